//! The one writer of a journal: a thread that puts everything waiting into one transaction, so that
//! many runs share one sync of the disk.
//!
//! Appends are written in the order they were queued. One that nobody waits for stays queued for a
//! moment, because the next durable one usually follows at once and can take it along.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::error::failed;
use super::group_commit::{CROWD, Group, Job, Work, gather, hold_back, merge};
use super::location::JournalPlace;
use super::prune::{Leaving, drop_flows, empty_log, give_back, leave, prune};
use super::schema::open_writer;
use super::statements::Statements;
use crate::base::ids::RunId;
use crate::engine::ports::{Entry, JournalError, Record};

/// How many appends may wait; the next one waits for room.
const MAX_QUEUED: usize = 4096;

/// The thread's handle. Dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Writer {
    jobs: Option<Sender<Job>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
    place: JournalPlace,
}

impl Writer {
    /// Opens the journal and starts the thread.
    pub fn start(place: JournalPlace) -> Result<Self, JournalError> {
        let conn = open_writer(&place)?;
        let (jobs, queue) = mpsc::channel();
        let (ready, readiness) = mpsc::channel();
        let at = place.clone();
        let thread = thread::Builder::new()
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
        self.submit(Work::Append(Box::new(entry)), durable).await.map(|_| ())
    }

    /// Removes runs that are over, and returns how many.
    pub async fn prune(&self, runs: Vec<Leaving>, at: Timestamp) -> Result<u64, JournalError> {
        self.submit(Work::Prune(runs, at), true).await
    }

    /// Removes flow texts that no run needs.
    pub async fn drop_flows(&self) -> Result<(), JournalError> {
        self.submit(Work::DropFlows, true).await.map(|_| ())
    }

    /// Puts the log into the file, if nobody is in the way.
    pub async fn empty_log(&self) -> Result<(), JournalError> {
        self.submit(Work::EmptyLog, true).await.map(|_| ())
    }

    /// Gives some of the free space back, and returns how many pages are still free.
    pub async fn give_back(&self) -> Result<u64, JournalError> {
        self.submit(Work::GiveBack, true).await
    }

    /// Returns when everything queued before is written, so that a reader sees it.
    pub async fn flush(&self) -> Result<(), JournalError> {
        if self.room.available_permits() == MAX_QUEUED {
            return Ok(());
        }
        self.submit(Work::Flush, true).await.map(|_| ())
    }

    async fn submit(&self, work: Work, wait: bool) -> Result<u64, JournalError> {
        let gone = || gone(&self.place);
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| gone())?;
        let (waiting, done) = match wait.then(oneshot::channel) {
            Some((sender, receiver)) => (Some(sender), Some(receiver)),
            None => (None, None),
        };
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        let queued = Instant::now();
        jobs.send(Job { work, waiting, queued, _room: room }).map_err(|_| gone())?;
        match done {
            Some(done) => done.await.map_err(|_| gone())?,
            None => Ok(0),
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
        let (mut held, mut waited) = (Vec::new(), 0);
        while let Some(mut group) = gather(held, queue, waited >= CROWD) {
            held = hold_back(&mut group, Instant::now());
            waited = group.jobs.iter().filter(|job| job.waiting.is_some()).count();
            let results = self.write(&mut group).unwrap_or_else(|error| {
                // the transaction is gone, and with it everybody's part in it
                self.statements.forget_all();
                let error = failed(&self.place, &error);
                group.jobs.iter().for_each(|job| self.remember(job, &error));
                vec![Err(error); group.jobs.len()]
            });
            for (job, result) in group.jobs.into_iter().zip(results) {
                if let Some(waiting) = job.waiting {
                    // whoever stopped waiting dropped the run; what it asked for is done all the same
                    drop(waiting.send(result));
                }
            }
        }
        drop(self.statements);
        leave(self.conn);
    }

    /// Keeps an error that nobody waited for, for the run's next append.
    fn remember(&mut self, job: &Job, error: &JournalError) {
        if let (None, Work::Append(entry)) = (&job.waiting, &job.work) {
            self.lost.entry(entry.run).or_insert_with(|| error.clone());
        }
    }

    /// One transaction for the group. A job that is refused leaves no trace in it; an error of the
    /// database undoes it all.
    fn write(&mut self, group: &mut Group) -> rusqlite::Result<Vec<Result<u64, JournalError>>> {
        merge(&mut group.jobs);
        self.statements.begin()?;
        let written = self.write_all(&group.jobs).and_then(|results| {
            self.statements.commit()?;
            Ok(results)
        });
        if written.is_err() && !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        // only outside of a transaction; what was written stands even if the log stays long
        if group.jobs.iter().any(|job| matches!(job.work, Work::EmptyLog)) {
            let _ = empty_log(self.conn);
        }
        written
    }

    fn write_all(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Result<u64, JournalError>>> {
        let mut results = Vec::with_capacity(jobs.len());
        for job in jobs {
            let result = match &job.work {
                Work::Append(entry) => self.append(entry)?.map(|()| 0),
                Work::Prune(runs, at) => {
                    self.statements.forget_all();
                    Ok(prune(self.conn, runs, *at)?)
                }
                Work::DropFlows => drop_flows(self.conn).map(|()| Ok(0))?,
                Work::GiveBack => Ok(give_back(self.conn)?),
                Work::EmptyLog | Work::Flush => Ok(0),
            };
            if let Err(error) = &result {
                self.remember(job, error);
            }
            results.push(result);
        }
        Ok(results)
    }

    /// Checks before it writes, so that a refusal needs no undoing.
    fn append(&mut self, entry: &Entry) -> rusqlite::Result<Result<(), JournalError>> {
        let statements = &mut self.statements;
        let head = statements.head(entry.run)?;
        if let Some((expected, got)) = first_gap(head.n, &entry.records) {
            if statements.forget(entry.run) {
                return self.append(entry);
            }
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
        if !statements.insert(entry.run, &head, &entry.records)? {
            // another process went on with the run meanwhile; what the file says is no guess
            statements.forget(entry.run);
            return self.append(entry);
        }
        self.lost.remove(&entry.run);
        if let Some(older) = entry.supersedes {
            statements.take_key(older)?;
        }
        if let Some(flow) = &entry.flow {
            statements.keep_flow(flow)?;
        }
        if let Some(row) = &entry.row {
            statements.set_row(row)?;
            if row.exit_code.is_some() {
                statements.forget(entry.run);
            }
        }
        Ok(Ok(()))
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
    fn append_on(cripple: &str, appends: u64) -> Vec<Result<u64, JournalError>> {
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
                    data: format!("\"{}\"", "x".repeat(100_000)),
                };
                let work =
                    Work::Append(Box::new(Entry::durable(RunId(uuid::Uuid::nil()), vec![record])));
                let room = Arc::clone(&room).try_acquire_owned().unwrap();
                let queued = Instant::now();
                jobs.send(Job { work, waiting: Some(waiting), queued, _room: room }).unwrap();
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
