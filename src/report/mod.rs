//! Floor 6: what people and programs get to see. Writers are handed in.

pub mod aside;
pub mod batch;
pub mod batch_bar;
pub mod carets;
pub mod diagnostics_formats;
pub mod fit;
pub mod json;
pub mod kinds_page;
pub mod live;
pub mod money;
pub mod new_step;
pub mod paint;
pub mod progress;
pub mod reconciliation;
pub mod resumed;
pub mod runs;
pub mod simulation;
pub mod summary;
pub mod trials;
pub mod trials_formats;
