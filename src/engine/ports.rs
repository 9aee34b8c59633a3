//! What the engine needs from the world, named so that the world can be swapped: the network or the
//! sandbox, the wall clock or a virtual one, a file of records or memory.
//!
//! No trait here knows an async runtime. Each is used by static dispatch, and every future is `Send`.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use crate::base::ids::RunId;
use crate::base::secret::Secret;
use crate::run::delivery::Delivery;
pub use crate::run::index_row::{Order, RunFilter, RunRow};
use crate::steps::step::Call;

/// Carries a request to the API and says what became of it.
pub trait Transport: Send + Sync {
    /// Sends one request once: whatever goes wrong, it is never sent a second time from here.
    fn send(
        &self,
        call: &Call,
        auth: Option<&Secret>,
        timeout: Duration,
    ) -> impl Future<Output = Delivery> + Send;
}

/// Tells the time and lets it pass.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns once the clock shows `until` or later.
    fn sleep_until(&self, until: Timestamp) -> impl Future<Output = ()> + Send;
}

/// Keeps the facts of every run. It stores them as opaque text; floor 4 knows what they say.
pub trait Journal: Send + Sync {
    /// Held while a run is being carried out; dropping it lets the run go.
    type Lock: Send + Sync;

    /// Adds records to a run, all or none, in the order of the calls.
    ///
    /// With `durable`, it returns once they (and all before them) would survive a power cut. Without, it
    /// returns once their place in the order is fixed; if writing them fails later, the run's next append
    /// fails in their stead, so nothing is ever built on a record that is not there.
    fn append(&self, entry: Entry) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Every record of a run, in order, after checking that none was changed or lost.
    fn load(&self, run: RunId) -> impl Future<Output = Result<Vec<Record>, JournalError>> + Send;

    /// The index row of a run.
    fn row(&self, run: RunId) -> impl Future<Output = Result<Option<RunRow>, JournalError>> + Send;

    /// The index rows that pass a filter, in its order.
    fn rows(
        &self,
        filter: RunFilter,
    ) -> impl Future<Output = Result<Vec<RunRow>, JournalError>> + Send;

    /// The run of a flow under a key.
    fn find_key(
        &self,
        flow: &str,
        key: &str,
    ) -> impl Future<Output = Result<Option<RunRow>, JournalError>> + Send;

    /// The runs of a flow under any of these keys, in no order; keys that no run has are left out.
    fn find_keys(
        &self,
        flow: &str,
        keys: Vec<String>,
    ) -> impl Future<Output = Result<Vec<RunRow>, JournalError>> + Send;

    /// The one run whose id starts with `prefix`, or an error that lists the candidates.
    fn find_run(&self, prefix: &str) -> impl Future<Output = Result<RunId, JournalError>> + Send;

    /// The text of a flow as it was when a run of it started.
    fn flow(
        &self,
        digest: &str,
    ) -> impl Future<Output = Result<Option<FlowText>, JournalError>> + Send;

    /// Takes a run for this process alone, or says who holds it. The run of a batch is taken together with
    /// a share of its batch, so this fails while a process holds the whole batch, even this one.
    fn lock(&self, run: RunId) -> impl Future<Output = Result<Self::Lock, JournalError>> + Send;

    /// Takes a batch with all its runs, those to come included, or says who holds it or one of them. Whoever
    /// holds it needs no lock for a run of the batch.
    fn lock_batch(
        &self,
        batch: &str,
    ) -> impl Future<Output = Result<Self::Lock, JournalError>> + Send;
}

/// One fact of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the run, from 1 without gaps.
    pub n: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The fact's name.
    pub kind: String,
    /// The fact, as JSON text.
    pub data: String,
}

/// What is written together: records, and what the index says once they are there.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The run.
    pub run: RunId,
    /// Its new records. None at all still waits for those before, if `durable`.
    pub records: Vec<Record>,
    /// The run's index row from now on; `None` leaves it as it is.
    pub row: Option<RunRow>,
    /// The flow's text, to be kept with the run that starts.
    pub flow: Option<FlowText>,
    /// The failed run whose key the row's run takes over.
    pub supersedes: Option<RunId>,
    /// Whether to wait until it would survive a power cut.
    pub durable: bool,
}

impl Entry {
    /// Records that have to survive before anything else happens.
    pub fn durable(run: RunId, records: Vec<Record>) -> Self {
        Self { run, records, row: None, flow: None, supersedes: None, durable: true }
    }

    /// Records that only need their place in the order.
    pub fn ordered(run: RunId, records: Vec<Record>) -> Self {
        Self { durable: false, ..Self::durable(run, records) }
    }

    /// Whether it is nothing but records.
    pub fn is_plain(&self) -> bool {
        self.row.is_none() && self.flow.is_none() && self.supersedes.is_none()
    }

    /// The same with the run's index row.
    pub fn row(mut self, row: RunRow) -> Self {
        self.row = Some(row);
        self
    }

    /// The same for a run that takes over the key of an older one. Refused unless the older one has that key,
    /// failed or was called off for good, and moved no money.
    pub fn supersedes(mut self, older: RunId) -> Self {
        self.supersedes = Some(older);
        self
    }

    /// The same with the flow's text.
    pub fn flow(mut self, flow: FlowText) -> Self {
        self.flow = Some(flow);
        self
    }
}

/// A flow's text, under the digest that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowText {
    /// The digest of the text.
    pub digest: String,
    /// The flow's name.
    pub name: String,
    /// The text itself.
    pub text: String,
}

/// Why the journal could not do it. Its words say what to do; nothing was sent because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalError {
    /// No room on the disk.
    Full {
        /// The journal's place.
        place: String,
    },
    /// The file or its file system can't be written.
    ReadOnly {
        /// The journal's place.
        place: String,
    },
    /// This user may not read or write it.
    Permission {
        /// The journal's place.
        place: String,
    },
    /// Another process kept the whole journal busy for too long.
    Locked {
        /// The journal's place.
        place: String,
    },
    /// Another process is carrying out the run.
    Held {
        /// The run.
        run: RunId,
        /// Who holds it.
        holder: String,
    },
    /// Another process is carrying out the batch, or a run of it.
    BatchHeld {
        /// The batch.
        batch: String,
        /// Who holds it.
        holder: String,
    },
    /// It is damaged, or was changed from outside.
    Corrupt {
        /// The journal's place.
        place: String,
        /// What is wrong where.
        what: String,
    },
    /// It is something else, and was left as it is.
    Foreign {
        /// The place of what should have been a journal.
        place: String,
        /// What it is.
        what: &'static str,
    },
    /// Another run of the same flow has the key.
    KeyTaken(RunId),
    /// The older run keeps its key.
    KeyKept(RunId),
    /// The records don't follow the run's last one: another writer was there, or a write before failed.
    OutOfOrder {
        /// The run.
        run: RunId,
        /// The number that comes next.
        expected: u64,
        /// The number that was given.
        got: u64,
    },
    /// No run's id starts so.
    NoSuchRun(String),
    /// The ids of several runs start so.
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// Some of the runs it could mean.
        candidates: Vec<RunId>,
    },
    /// Anything else.
    Other {
        /// The journal's place.
        place: String,
        /// What happened.
        what: String,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { place } => write!(
                f,
                "there is no room left for the journal {place}: free some space, or name another place with --journal"
            ),
            Self::ReadOnly { place } => write!(
                f,
                "the journal {place} can't be written: make it writable, or name another place with --journal"
            ),
            Self::Permission { place } => write!(
                f,
                "this user may not use the journal {place}: change its owner or mode, or name another place with --journal"
            ),
            Self::Locked { place } => write!(
                f,
                "another process keeps the journal {place} busy: wait for it to finish, or stop it"
            ),
            Self::Held { run, holder } => write!(
                f,
                "run {run} is being carried out by {holder}: wait for it, or stop that process and resume"
            ),
            Self::BatchHeld { batch, holder } => write!(
                f,
                "batch {batch} is being carried out by {holder}: wait for it, or stop that process and start again"
            ),
            Self::Corrupt { place, what } => write!(
                f,
                "the journal {place} is damaged or was changed from outside: {what}; keep the file, and start nothing again that it may have paid: \
                 `dollr-flow runs rescue --to NEW` copies every run that is whole into a new journal, and `dollr-flow reconcile --journal NEW` \
                 asks the API about their payments"
            ),
            Self::Foreign { place, what } => write!(
                f,
                "{place} is no journal but {what}; it was left as it is: name another place with --journal"
            ),
            Self::KeyTaken(run) => {
                write!(f, "run {run} of this flow already has that key: resume that one")
            }
            Self::KeyKept(run) => write!(
                f,
                "run {run} keeps its key: only a run that failed and moved no money gives it up; look at it with `dollr-flow runs show {run}`"
            ),
            Self::OutOfOrder { run, expected, got } => write!(
                f,
                "run {run} would continue with event {expected}, not {got}: another process wrote to it; resume it to go on from what is there"
            ),
            Self::NoSuchRun(prefix) => {
                write!(f, "no run's id starts with `{prefix}`: `dollr-flow runs list` shows them")
            }
            Self::Ambiguous { prefix, candidates } => {
                write!(f, "several runs start with `{prefix}`; give more of the id:")?;
                candidates.iter().try_for_each(|run| write!(f, " {run}"))
            }
            Self::Other { place, what } => write!(f, "the journal {place} failed ({what})"),
        }
    }
}

impl std::error::Error for JournalError {}
