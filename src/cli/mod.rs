//! Floor 8: one verb per file.

mod approval;
pub mod args;
pub(crate) mod batch;
mod blank;
mod check;
pub(crate) mod console;
pub(crate) mod drive;
pub mod exit;
pub(crate) mod exit_report;
pub(crate) mod generate;
pub(crate) mod history;
mod load;
pub(crate) mod main;
mod new;
mod reconcile;
pub(crate) mod resume;
mod run;
pub(crate) mod runs;
mod sandbox;
mod simulate;
mod statuses;
mod target;
mod test;

pub use main::main;
