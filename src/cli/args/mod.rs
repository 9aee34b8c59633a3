//! What the command line may say: the verbs with their options, as clap reads them.
//!
//! Enter by [`cli::Cli`]. Nothing is decided here; a value that can be refused by itself is refused by its parser in
//! `values`.

pub mod cli;
pub mod recipe_test;
pub(crate) mod shared;
pub(crate) mod values;
