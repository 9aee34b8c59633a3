//! What an index of runs says of each.

use jiff::Timestamp;

use crate::base::ids::RunId;

/// One line of the index of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// The run.
    pub run: RunId,
    /// The flow's name.
    pub flow: String,
    /// The digest of the flow's text.
    pub flow_digest: String,
    /// The key it was started under.
    pub key: Option<String>,
    /// The run's status in the words of floor 4.
    pub status: String,
    /// The exit code, once it stopped.
    pub exit_code: Option<i32>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Where its requests go.
    pub base_url: String,
    /// The batch it is a row of.
    pub batch: Option<String>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only these statuses; none given means all.
    pub statuses: Vec<String>,
    /// Only runs of this flow.
    pub flow: Option<String>,
    /// Only rows of this batch.
    pub batch: Option<String>,
    /// Only runs that started at or after this time.
    pub since: Option<Timestamp>,
    /// At most this many.
    pub limit: Option<u32>,
}
