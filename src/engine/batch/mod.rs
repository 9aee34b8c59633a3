//! Many runs of one flow at once: how many, in which turn, and where they stand.

pub mod limit;
mod open;
pub mod schedule;
pub mod standing;
