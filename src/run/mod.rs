//! Floor 4: what a run is, pure. Facts come in as events, wishes go out as actions.

pub mod action;
pub mod clocks;
pub(crate) mod conclude;
pub(crate) mod cursor;
pub mod decide;
pub mod delivery;
pub mod documents;
pub mod event;
pub mod exchange;
pub mod frame;
pub mod heard;
pub mod history;
pub mod index_row;
pub(crate) mod inputs_digest;
pub mod items;
pub(crate) mod local_step;
pub mod outcome;
pub mod payments;
pub mod pii;
pub mod reporter;
pub mod retold;
pub mod settle;
pub mod state;
pub mod step_state;
