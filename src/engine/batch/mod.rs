//! Many runs of one flow at once: how many, in which turn, and where they stand.

pub mod limit;
pub(crate) mod open_run;
pub mod row_standing;
pub mod scheduler;
pub(crate) mod work;
