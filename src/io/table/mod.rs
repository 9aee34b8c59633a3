//! Tables of rows on disk: CSV and JSON Lines in, results out.
//!
//! [`mod@file`] opens a table, `encoding` and [`csv`] read it strictly, [`rows`] passes over it as often as it is asked to.
//! [`output`] writes beside and renames, so that a results file is whole or not there.

pub mod csv;
pub(crate) mod encoding;
pub mod file;
pub mod output;
pub mod rows;
