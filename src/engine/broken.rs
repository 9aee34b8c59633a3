//! Why a run could not be carried on.

use std::fmt;

use super::ports::JournalError;
use crate::run::history::BadHistory;

/// Why a run could not be carried on. What was written down before stands, and `resume` goes on from it.
#[derive(Debug)]
pub enum Broken {
    /// The journal failed; nothing was sent after that.
    Journal(JournalError),
    /// The run's events contradict each other.
    History(BadHistory),
    /// An event could not be put into words.
    Encoding(String),
    /// A payment that failed could not be asked for again, so nothing was begun in its stead.
    Unasked(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::History(error) => error.fmt(f),
            Self::Unasked(what) => f.write_str(what),
            Self::Encoding(error) => write!(f, "an event can't be written: {error}"),
        }
    }
}

impl std::error::Error for Broken {}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<BadHistory> for Broken {
    fn from(error: BadHistory) -> Self {
        Self::History(error)
    }
}
