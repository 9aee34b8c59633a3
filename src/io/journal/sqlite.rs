//! The journal in an SQLite file: one writer, many readers, and a lock file per run.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::location::JournalPlace;
use super::locks::{JournalLock, holder, lock_batch, lock_run};
use super::prune::Leaving;
use super::reader::{READERS, Reader};
use super::writer::Writer;
use crate::base::ids::RunId;
use crate::engine::ports::{Entry, FlowText, Journal, JournalError, Record, RunFilter, RunRow};
use crate::run::index_row::{CUT_OFF, RUNNING};
use crate::run::payments::Payment;

/// The size of a page of the file.
const PAGE_BYTES: u64 = 4096;

/// A journal in one file. Clones share the writer; the last one to go writes what is queued.
#[derive(Debug, Clone)]
pub struct SqliteJournal {
    place: JournalPlace,
    writer: Arc<Writer>,
    reader: Arc<Reader>,
    /// Who may read now.
    reading: Arc<Semaphore>,
    /// Set once the index was seen to list every run.
    whole: Arc<OnceLock<()>>,
}

impl SqliteJournal {
    /// Opens the journal, and makes it where there is none.
    pub fn open(place: JournalPlace) -> Result<Self, JournalError> {
        let writer = Arc::new(Writer::start(place.clone())?);
        let reader = Arc::new(Reader::new(place.clone()));
        Ok(Self {
            place,
            writer,
            reader,
            reading: Arc::new(Semaphore::new(READERS)),
            whole: Arc::default(),
        })
    }

    /// Opens the journal only if there is one.
    pub fn open_existing(place: JournalPlace) -> Result<Option<Self>, JournalError> {
        match place.path().try_exists() {
            Ok(true) => Self::open(place).map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(place.failed(&error)),
        }
    }

    /// Where it is.
    pub fn place(&self) -> &JournalPlace {
        &self.place
    }

    /// Who carries out a run, if anybody does.
    pub async fn holder(
        &self,
        run: RunId,
        batch: Option<String>,
    ) -> Result<Option<String>, JournalError> {
        let place = self.place.clone();
        self.read(move |_| Ok(holder(&place, run, batch.as_deref()))).await
    }

    /// The same rows; a run that is under way, but that nobody carries out, is said to be cut off.
    pub async fn as_they_stand(&self, rows: Vec<RunRow>) -> Result<Vec<RunRow>, JournalError> {
        if rows.iter().all(|row| row.status != RUNNING) {
            return Ok(rows);
        }
        let place = self.place.clone();
        let one = move |reader: &Reader, row: RunRow| {
            if row.status != RUNNING || holder(&place, row.run, row.batch.as_deref()).is_some() {
                return Ok(row);
            }
            // it may have ended between the look at the row and that at the lock
            let row = reader.row(row.run)?.unwrap_or(row);
            let cut_off = row.status == RUNNING;
            Ok(RunRow { status: if cut_off { CUT_OFF.to_owned() } else { row.status }, ..row })
        };
        self.read(move |reader| rows.into_iter().map(|row| one(reader, row)).collect()).await
    }

    /// Removes runs that are final and still end with the event they were looked at with, in one transaction, and returns
    /// how many. A run with a key leaves its row, and the payments that have to be known with it.
    pub async fn prune(&self, runs: Vec<Leaving>, at: Timestamp) -> Result<u64, JournalError> {
        self.writer.prune(runs, at).await
    }

    /// A key that no run has may begin one, which pays. That is only known where the index lists every run: a row that was
    /// taken out of it hides a key that has paid. Looked at once, since this process adds rows and takes none away.
    async fn lists_every_run(&self) -> Result<(), JournalError> {
        if self.whole.get().is_some() {
            return Ok(());
        }
        let Some(run) = self.read(Reader::unlisted).await? else {
            let _ = self.whole.set(());
            return Ok(());
        };
        let what = format!(
            "its index does not list run {run}, whose key would pay again; nothing was begun: `dollr-flow runs rescue` makes \
             the index anew"
        );
        Err(JournalError::Corrupt { place: self.place.shown(), what })
    }

    /// The payments that pruned runs left behind which began under a key.
    pub async fn kept_payments(&self, flow: &str, key: &str) -> Result<Vec<Payment>, JournalError> {
        let (flow, key) = (flow.to_owned(), key.to_owned());
        self.read(move |reader| reader.kept_payments(&flow, &key)).await
    }

    /// The runs of a flow with these inputs that began under a key, and gave it up to another run.
    pub async fn gave_up(
        &self,
        flow: &str,
        digest: &str,
        key: &str,
    ) -> Result<Vec<RunRow>, JournalError> {
        let given = [flow, digest, key].map(str::to_owned);
        self.read(move |reader| reader.gave_up(given.each_ref().map(String::as_str))).await
    }

    /// Every run that has events, the oldest first.
    pub async fn all_runs(&self) -> Result<Vec<RunId>, JournalError> {
        self.read(Reader::all_runs).await
    }

    /// The rows of the index whose runs have no events.
    pub async fn bare_rows(&self) -> Result<Vec<RunRow>, JournalError> {
        self.read(Reader::bare_rows).await
    }

    /// Removes what no run needs any more, and gives free space back to the disk bit by bit. Returns how many bytes
    /// stay free inside the file.
    pub async fn tidy(&self) -> Result<u64, JournalError> {
        self.writer.drop_flows().await?;
        let mut before = u64::MAX;
        loop {
            let left = self.writer.give_back().await?;
            // a file that was made before this was possible keeps its pages, and fills them again
            if left == 0 || left >= before {
                self.writer.empty_log().await?;
                return Ok(left * PAGE_BYTES);
            }
            before = left;
        }
    }

    /// How many bytes its file and the log beside it take.
    pub fn bytes(&self) -> u64 {
        let log = format!("{}-wal", self.place.shown());
        let of = |path: &Path| fs::metadata(path).map_or(0, |about| about.len());
        of(self.place.path()) + of(Path::new(&log))
    }

    /// Reads off the async threads, after everything queued so far is there to be read.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        self.writer.flush().await?;
        let broken = |error: &dyn fmt::Display| JournalError::Other {
            place: self.place.shown(),
            what: format!("reading it was broken off: {error}"),
        };
        let _turn = self.reading.acquire().await.map_err(|error| broken(&error))?;
        let reader = Arc::clone(&self.reader);
        match tokio::task::spawn_blocking(move || read(&reader)).await {
            Ok(result) => result,
            Err(error) => Err(broken(&error)),
        }
    }
}

impl Journal for SqliteJournal {
    type Lock = JournalLock;

    async fn append(&self, entry: Entry) -> Result<(), JournalError> {
        self.writer.append(entry).await
    }

    async fn load(&self, run: RunId) -> Result<Vec<Record>, JournalError> {
        self.read(move |reader| reader.load(run)).await
    }

    async fn row(&self, run: RunId) -> Result<Option<RunRow>, JournalError> {
        self.read(move |reader| reader.row(run)).await
    }

    async fn rows(&self, filter: RunFilter) -> Result<Vec<RunRow>, JournalError> {
        self.read(move |reader| reader.rows(&filter)).await
    }

    async fn find_key(&self, flow: &str, key: &str) -> Result<Option<RunRow>, JournalError> {
        let (flow, key) = (flow.to_owned(), key.to_owned());
        let found = self.read(move |reader| reader.find_key(&flow, &key)).await?;
        if found.is_none() {
            self.lists_every_run().await?;
        }
        Ok(found)
    }

    async fn find_keys(&self, flow: &str, keys: Vec<String>) -> Result<Vec<RunRow>, JournalError> {
        let (flow, asked) = (flow.to_owned(), keys.len());
        let found = self.read(move |reader| reader.find_keys(&flow, &keys)).await?;
        if found.len() < asked {
            self.lists_every_run().await?;
        }
        Ok(found)
    }

    async fn find_run(&self, prefix: &str) -> Result<RunId, JournalError> {
        let prefix = prefix.to_owned();
        self.read(move |reader| reader.find_run(&prefix)).await
    }

    async fn flow(&self, digest: &str) -> Result<Option<FlowText>, JournalError> {
        let digest = digest.to_owned();
        self.read(move |reader| reader.flow(&digest)).await
    }

    async fn lock(&self, run: RunId) -> Result<JournalLock, JournalError> {
        let place = self.place.clone();
        self.read(move |reader| lock_run(&place, reader, run)).await
    }

    async fn lock_batch(&self, batch: &str) -> Result<JournalLock, JournalError> {
        let (place, batch) = (self.place.clone(), batch.to_owned());
        self.read(move |reader| lock_batch(&place, reader, &batch)).await
    }
}
