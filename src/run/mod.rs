//! Floor 4: what a run is, pure. Facts come in as events, wishes go out as actions.

pub mod action;
pub mod backoff;
pub mod clocks;
pub mod decide;
pub mod delivery;
pub mod documents;
pub mod event;
pub mod exchange;
mod failures;
mod fences;
pub mod frame;
pub mod heard;
mod here;
pub mod items;
mod local;
pub mod outcome;
pub mod pace;
pub mod payments;
pub mod pii;
pub mod recovery;
pub mod retold;
pub mod row;
mod settle;
pub mod state;
pub mod step_state;
pub mod watch;
