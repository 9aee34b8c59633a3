//! Results of recipe tests: as [`text`] for people, in other [`formats`] for machines.

pub mod formats;
pub mod text;
