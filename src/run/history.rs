//! What a run is read back from, and why it may not be.

use indexmap::IndexMap;
use jiff::Timestamp;

use super::event::Event;
use super::outcome::{Failure, Outcome};
use crate::base::secret::Secret;
use crate::base::value::Map;

/// An event in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its number in the run, from 1 without gaps.
    pub n: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// How a run ended or stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// How.
    pub outcome: Outcome,
    /// What it yields.
    pub outputs: Map,
    /// Why it did not succeed.
    pub failure: Option<Failure>,
}

/// What a fold needs that no journal holds.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// The flow's secrets; those of sub-flows under the names of the steps that use them, `pay/passcode`.
    pub secrets: IndexMap<String, Secret>,
    /// Inputs that are secret, for a run whose first event is read back from a journal.
    pub inputs: Map,
}

impl Outside {
    /// What a run needs again once it is read back: its secrets, and those of its inputs that are secret.
    pub fn again(secrets: IndexMap<String, Secret>, inputs: &Map) -> Self {
        let secret = inputs.iter().filter(|(_, value)| value.holds_secret());
        let inputs = secret.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { secrets, inputs }
    }
}

/// Why events do not make a run, or not one that can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadHistory {
    /// They contradict each other, or the flow.
    Contradiction(String),
    /// They make a run, which lacks something to go on with.
    Lacking(String),
}

impl std::fmt::Display for BadHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Contradiction(what) => {
                write!(f, "the run's events do not fit together: {what}")
            }
            Self::Lacking(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for BadHistory {}
