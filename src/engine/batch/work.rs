//! What the scheduler is handed: a run to begin or to go on with.

use crate::base::ids::RunId;
use crate::engine::again::Older;
use crate::run::history::Outside;
use crate::run::state::State;

/// Which row a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its line in the table; 0 where there is no table.
    pub line: u64,
    /// What tells it from the others.
    pub key: String,
}

/// A run for the scheduler.
pub struct Work<L> {
    /// Which row it is.
    pub tag: Tag,
    /// Where it stands.
    pub state: Box<State>,
    /// What no journal holds of it.
    pub outside: Outside,
    /// How it goes on.
    pub begin: Begin,
    /// The run's own lock, unless its batch is held, and those of the runs that failed before it.
    pub locks: Vec<L>,
}

/// How a run goes on.
pub enum Begin {
    /// It is new.
    New,
    /// It is new, and takes over the key of one that failed, if neither that nor any before it under the key turned out
    /// otherwise.
    InsteadOf(RunId, Vec<Older>),
    /// It began before.
    Again,
}
