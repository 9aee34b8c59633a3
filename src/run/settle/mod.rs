//! What happens next with a request: what was observed of it, its step's class, and the time decide.
//!
//! Enter by `policy`. [`remedy`] is the table of what a lost answer allows, `fences` what money needs before it goes out
//! again, [`pace`] and [`backoff`] when, `failures` the words for an end. Nothing in here asks for a kind's name to decide
//! what is safe.

pub mod backoff;
pub(crate) mod failures;
pub(crate) mod fences;
pub mod pace;
pub(crate) mod policy;
pub mod remedy;
