//! A flow's inputs: what it declares, and the values a run begins with.
//!
//! `parse` reads the declarations, `resolve` makes the values from command line, files, environment and defaults,
//! [`table`] makes them of a table's rows. All wrong inputs are told at once.

pub mod declared;
pub(crate) mod parse;
pub(crate) mod resolve;
pub mod table;
