//! `runs`: history, read from the journal. `verb` finds the word after `runs`; each larger one has a file.
//!
//! Reading history needs no secret, and damage of one run never keeps another from being read.

pub(crate) mod export;
pub(crate) mod prune;
pub(crate) mod rescue;
pub(crate) mod verb;
pub(crate) mod verify;
