//! Floor 6: what people and programs get to see. Writers are handed in.

pub mod aside;
pub mod batch;
pub mod diagnostics;
pub mod fit;
pub mod json;
pub mod kinds_page;
pub mod live;
pub mod money;
pub mod new_step;
pub mod paint;
pub mod progress;
pub mod recipe_test;
pub mod reconciliation;
pub mod resumed;
pub mod runs;
pub mod simulation;
pub mod summary;
