//! Where a row of a table stands already, by the run under its key.

use crate::run::index_row::RunRow;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No run has its key.
    New,
    /// Its run succeeded, or was called off.
    Done,
    /// Its run failed, and nothing moved: it may be tried again.
    Failed,
    /// Its run failed although money moved or may have: a person decides.
    FailedAfterMoney,
    /// Its run is paused, unclear, or was cut off: it goes on.
    Open,
}

impl Standing {
    /// Where a row stands whose key has this run.
    pub fn of(run: Option<&RunRow>) -> Self {
        let Some(run) = run else { return Self::New };
        match run.status.as_str() {
            "succeeded" | "cancelled" => Self::Done,
            "failed" if run.moved => Self::FailedAfterMoney,
            "failed" => Self::Failed,
            // nothing is left of it that could go on
            _ if run.pruned_at.is_some() => Self::FailedAfterMoney,
            // what is not known to be over goes on: that asks, and never pays twice
            _ => Self::Open,
        }
    }

    /// Whether nothing is to do for the row.
    pub fn is_over(self, retry_failed: bool) -> bool {
        match self {
            Self::Done | Self::FailedAfterMoney => true,
            Self::Failed => !retry_failed,
            Self::New | Self::Open => false,
        }
    }
}
