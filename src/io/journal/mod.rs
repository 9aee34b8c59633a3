//! The journal's file: SQLite in WAL mode, one writer, commits that many runs share.
//!
//! Enter by [`sqlite::SqliteJournal`]. What is durable when an append returns, is on the disk: `writer` and
//! `group_commit` see to that. `codec` makes each row, chained to the one before by a hash; [`locks`] keep a run with one
//! process; [`rescue`] reads what is whole of a damaged file.

pub(crate) mod codec;
pub(crate) mod error;
pub(crate) mod foreign;
pub(crate) mod group_commit;
pub mod location;
pub mod locks;
pub(crate) mod migrate_1;
pub mod prune;
pub(crate) mod reader;
pub mod rescue;
pub(crate) mod schema;
pub mod sqlite;
pub(crate) mod statements;
pub(crate) mod time;
pub(crate) mod writer;
