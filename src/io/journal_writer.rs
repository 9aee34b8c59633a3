//! The one writer of a journal: a thread that puts everything waiting into one transaction, so that
//! many runs share one sync of the disk.
//!
//! Appends are written in the order they were queued. One that nobody waits for stays queued for a
//! moment, because the next durable one usually follows at once and can take it along.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::journal_place::JournalPlace;
use super::journal_schema::{chain, failed, open_writer, sortable};
use super::journal_statements::{Statements, remove};
use crate::base::ids::RunId;
use crate::engine::ports::{Entry, JournalError, Record};

/// How many appends may wait; the next one waits for room.
const MAX_QUEUED: usize = 4096;

/// How many appends one transaction takes.
const MAX_GROUP: usize = 1024;

/// How long an append that nobody waits for may wait for company.
const LINGER: Duration = Duration::from_millis(5);

/// The thread's handle. Dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Writer {
    jobs: Option<Sender<Job>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
    place: JournalPlace,
}

#[derive(Debug)]
struct Job {
    work: Work,
    /// Who waits for it; nobody, if it only has to be in order.
    waiting: Option<oneshot::Sender<Result<(), JournalError>>>,
    /// Its room in the queue, given back when it is done.
    _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Work {
    Append(Box<Entry>),
    Remove(Vec<RunId>),
    /// Nothing; it is done when all before it is.
    Flush,
}

impl Writer {
    /// Opens the journal and starts the thread.
    pub fn start(place: JournalPlace) -> Result<Self, JournalError> {
        let conn = open_writer(&place)?;
        let (jobs, queue) = mpsc::channel();
        let (ready, readiness) = mpsc::channel();
        let at = place.clone();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                let desk = Desk::new(&conn, at);
                // `start` waits for this message before it goes anywhere
                let _ = ready.send(desk.as_ref().map(|_| ()).map_err(Clone::clone));
                if let Ok(desk) = desk {
                    desk.serve(&queue);
                }
            })
            .map_err(|error| place.failed(&error))?;
        readiness.recv().unwrap_or_else(|_| Err(gone(&place)))?;
        let room = Arc::new(Semaphore::new(MAX_QUEUED));
        Ok(Self { jobs: Some(jobs), room, thread: Some(thread), place })
    }

    /// Queues an append, and waits for it if it is durable.
    pub async fn append(&self, entry: Entry) -> Result<(), JournalError> {
        let durable = entry.durable;
        self.submit(Work::Append(Box::new(entry)), durable).await
    }

    /// Removes runs.
    pub async fn remove(&self, runs: Vec<RunId>) -> Result<(), JournalError> {
        self.submit(Work::Remove(runs), true).await
    }

    /// Returns when everything queued before is written, so that a reader sees it.
    pub async fn flush(&self) -> Result<(), JournalError> {
        if self.room.available_permits() == MAX_QUEUED {
            return Ok(());
        }
        self.submit(Work::Flush, true).await
    }

    async fn submit(&self, work: Work, wait: bool) -> Result<(), JournalError> {
        let gone = || gone(&self.place);
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| gone())?;
        let (waiting, done) = match wait.then(oneshot::channel) {
            Some((sender, receiver)) => (Some(sender), Some(receiver)),
            None => (None, None),
        };
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Job { work, waiting, _room: room }).map_err(|_| gone())?;
        match done {
            Some(done) => done.await.map_err(|_| gone())?,
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // a thread that panicked has nothing left to write
            let _ = thread.join();
        }
    }
}

fn gone(place: &JournalPlace) -> JournalError {
    JournalError::Other { place: place.shown(), what: "its writer has stopped".to_owned() }
}

/// What the thread works on.
struct Desk<'conn> {
    conn: &'conn Connection,
    statements: Statements<'conn>,
    place: JournalPlace,
    /// Why the append that a run still misses was not written.
    lost: HashMap<RunId, JournalError>,
}

impl<'conn> Desk<'conn> {
    fn new(conn: &'conn Connection, place: JournalPlace) -> Result<Self, JournalError> {
        let statements = Statements::prepare(conn).map_err(|error| failed(&place, &error))?;
        Ok(Self { conn, statements, place, lost: HashMap::new() })
    }

    fn serve(mut self, queue: &Receiver<Job>) {
        while let Some(group) = gather(queue) {
            let results = self.write(&group).unwrap_or_else(|error| {
                // the transaction is gone, and with it everybody's part in it
                let error = failed(&self.place, &error);
                group.iter().for_each(|job| self.remember(job, &error));
                vec![Err(error); group.len()]
            });
            for (job, result) in group.into_iter().zip(results) {
                if let Some(waiting) = job.waiting {
                    // whoever stopped waiting dropped the run; what it asked for is done all the same
                    drop(waiting.send(result));
                }
            }
        }
    }

    /// Keeps an error that nobody waited for, for the run's next append.
    fn remember(&mut self, job: &Job, error: &JournalError) {
        if let (None, Work::Append(entry)) = (&job.waiting, &job.work) {
            self.lost.entry(entry.run).or_insert_with(|| error.clone());
        }
    }

    /// One transaction for the group. A job that is refused leaves no trace in it; an error of the
    /// database undoes it all.
    fn write(&mut self, group: &[Job]) -> rusqlite::Result<Vec<Result<(), JournalError>>> {
        let tx = Transaction::new_unchecked(self.conn, TransactionBehavior::Immediate)?;
        let mut results = Vec::with_capacity(group.len());
        for job in group {
            let result = match &job.work {
                Work::Append(entry) => self.append(entry)?,
                Work::Remove(runs) => remove(self.conn, runs).map(Ok)?,
                Work::Flush => Ok(()),
            };
            if let Err(error) = &result {
                self.remember(job, error);
            }
            results.push(result);
        }
        tx.commit()?;
        Ok(results)
    }

    /// Checks before it writes, so that a refusal needs no undoing.
    fn append(&mut self, entry: &Entry) -> rusqlite::Result<Result<(), JournalError>> {
        let statements = &mut self.statements;
        let run = entry.run.to_string();
        let (last, mut hash) = statements.head(&run)?;
        if let Some((expected, got)) = first_gap(last, &entry.records) {
            let lost = self.lost.get(&entry.run).cloned();
            return Ok(Err(lost.unwrap_or(JournalError::OutOfOrder {
                run: entry.run,
                expected,
                got,
            })));
        }
        if let Some(refusal) = statements.refuses(entry)? {
            return Ok(Err(refusal));
        }
        self.lost.remove(&entry.run);
        if let Some(older) = entry.supersedes {
            statements.take_key(older)?;
        }
        for record in &entry.records {
            let at = sortable(record.at);
            hash = chain(&hash, entry.run, record, &at).to_vec();
            statements.insert(&run, record, &at, &hash)?;
        }
        if let Some(record) = entry.records.last() {
            statements.set_head(&run, record.n, &hash)?;
        }
        if let Some(flow) = &entry.flow {
            statements.keep_flow(flow)?;
        }
        if let Some(row) = &entry.row {
            statements.set_row(row)?;
        }
        Ok(Ok(()))
    }
}

/// The next group: what is queued, as soon as somebody waits for any of it.
fn gather(queue: &Receiver<Job>) -> Option<Vec<Job>> {
    let mut group = vec![queue.recv().ok()?];
    let deadline = Instant::now() + LINGER;
    loop {
        group.extend(queue.try_iter().take(MAX_GROUP - group.len()));
        if group.len() >= MAX_GROUP || group.iter().any(|job| job.waiting.is_some()) {
            return Some(group);
        }
        match queue.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(job) => group.push(job),
            Err(_) => return Some(group),
        }
    }
}

/// The first record that does not follow the one before it, with the number that would.
fn first_gap(last: u64, records: &[Record]) -> Option<(u64, u64)> {
    (last + 1..).zip(records).find(|(next, record)| record.n != *next).map(|(n, r)| (n, r.n))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    /// Appends with one record each, from 1, on a database that some statement has crippled.
    fn append_on(cripple: &str, appends: u64) -> Vec<Result<(), JournalError>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let place = JournalPlace::parse(path.to_str().unwrap()).unwrap();
        let conn = open_writer(&place).unwrap();
        conn.execute_batch(cripple).unwrap();
        let (jobs, queue) = mpsc::channel();
        let room = Arc::new(Semaphore::new(MAX_QUEUED));
        let waiting: Vec<_> = (1..=appends)
            .map(|n| {
                let (waiting, done) = oneshot::channel();
                let record = Record {
                    n,
                    at: "2026-02-03T08:15:00Z".parse().unwrap(),
                    kind: "k".into(),
                    data: "x".repeat(100_000),
                };
                let work =
                    Work::Append(Box::new(Entry::durable(RunId(uuid::Uuid::nil()), vec![record])));
                let room = Arc::clone(&room).try_acquire_owned().unwrap();
                jobs.send(Job { work, waiting: Some(waiting), _room: room }).unwrap();
                done
            })
            .collect();
        drop(jobs);
        Desk::new(&conn, place).unwrap().serve(&queue);
        waiting.into_iter().map(|done| done.blocking_recv().unwrap()).collect()
    }

    #[test]
    fn a_full_disk_and_a_read_only_one_are_told_to_all_who_wait() {
        for result in append_on("PRAGMA max_page_count = 30", 3) {
            assert!(matches!(result, Err(JournalError::Full { .. })), "{result:?}");
        }
        for result in append_on("PRAGMA query_only = ON", 2) {
            assert!(matches!(result, Err(JournalError::ReadOnly { .. })), "{result:?}");
        }
        assert!(append_on("", 3).iter().all(Result::is_ok));
    }
}
