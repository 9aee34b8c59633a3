//! Runs that are carried out in virtual time on the sandbox's pure core: no socket, no waiting, no journal file.
//!
//! [`simulate`] plays schedules of crashes and faults, [`recipe_test`] plays the tests beside recipes, [`rehearse`] asks what
//! a run would move. All of them drive the very engine that runs live; `exchange` stands in for the network and
//! `single_run_journal` for the journal.

pub(crate) mod exchange;
pub mod recipe_test;
pub mod rehearse;
pub mod simulate;
pub(crate) mod single_run_journal;
