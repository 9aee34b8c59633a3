//! Floor 8: one verb per file.

mod approval;
pub mod args;
pub mod args_trials;
mod args_values;
mod batch;
mod batch_end;
mod batch_feed;
mod batch_resume;
mod batch_rows;
mod batch_survey;
mod blank;
mod carry;
mod check;
mod emit;
pub mod exit;
mod export;
mod finish;
mod load;
mod main_loop;
mod meta;
mod new;
mod prune;
mod reconcile;
mod rescue;
mod resume;
mod resume_all;
mod resume_end;
mod run;
mod runs;
mod sandbox;
mod simulate;
mod statuses;
mod target;
mod test;
mod verify;

pub use main_loop::main;
