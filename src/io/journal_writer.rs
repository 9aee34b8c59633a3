//! The one writer of a journal: a thread that puts everything waiting into one transaction, so that
//! many runs share one sync of the disk.
//!
//! Appends are written in the order they were queued. One that nobody waits for stays queued for a
//! moment, because the next durable one usually follows at once and can take it along.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::journal_place::JournalPlace;
use super::journal_prune::{drop_flows, empty_log, give_back, leave, prune};
use super::journal_schema::{failed, open_writer};
use super::journal_statements::Statements;
use crate::base::ids::RunId;
use crate::engine::ports::{Entry, JournalError, Record};

/// How many appends may wait; the next one waits for room.
const MAX_QUEUED: usize = 4096;

/// How many appends one transaction takes.
const MAX_GROUP: usize = 1024;

/// How long an append that nobody waits for may wait for company.
const LINGER: Duration = Duration::from_millis(5);

/// So many that waited for one commit are many runs at work: the next will not be alone either.
const CROWD: usize = 8;

/// How long the others are waited for then. Short beside a sync of the disk, and each commit that is saved saves one.
const ROOM_FOR_MORE: Duration = Duration::from_micros(500);

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
    /// Who waits for it, and for how much of it was done; nobody, if it only has to be in order.
    waiting: Option<oneshot::Sender<Result<u64, JournalError>>>,
    queued: Instant,
    /// Its room in the queue, given back when it is done.
    _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Work {
    Append(Box<Entry>),
    /// These runs go if each still ends with that event, at that time.
    Prune(Vec<(RunId, u64)>, Timestamp),
    /// Flow texts go that no run needs.
    DropFlows,
    /// Some of the free space goes back to the disk.
    GiveBack,
    /// The log goes into the file, and the file gets as short as it may.
    EmptyLog,
    /// Nothing; it is done when all before it is.
    Flush,
}

impl Job {
    fn run(&self) -> Option<RunId> {
        match &self.work {
            Work::Append(entry) => Some(entry.run),
            Work::Prune(..) | Work::DropFlows | Work::GiveBack | Work::EmptyLog | Work::Flush => {
                None
            }
        }
    }
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
    pub async fn prune(&self, runs: Vec<(RunId, u64)>, at: Timestamp) -> Result<u64, JournalError> {
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

/// What one transaction takes.
struct Group {
    jobs: Vec<Job>,
    /// Whether it has to take all there is, because the queue has ended.
    last: bool,
}

/// The next group: what is queued, as soon as somebody waits for any of it or it has lingered. In a crowd it takes along
/// those who are about to come.
fn gather(held: Vec<Job>, queue: &Receiver<Job>, crowd: bool) -> Option<Group> {
    let mut jobs = held;
    if jobs.is_empty() {
        jobs.push(queue.recv().ok()?);
    }
    if crowd {
        thread::sleep(ROOM_FOR_MORE);
    }
    loop {
        jobs.extend(queue.try_iter().take(MAX_GROUP.saturating_sub(jobs.len())));
        if jobs.len() >= MAX_GROUP || jobs.iter().any(|job| job.waiting.is_some()) {
            return Some(Group { jobs, last: false });
        }
        let oldest = jobs.first().map_or(Duration::ZERO, |job| job.queued.elapsed());
        match queue.recv_timeout(LINGER.saturating_sub(oldest)) {
            Ok(job) => jobs.push(job),
            Err(RecvTimeoutError::Timeout) => return Some(Group { jobs, last: false }),
            Err(RecvTimeoutError::Disconnected) => return Some(Group { jobs, last: true }),
        }
    }
}

/// Takes the appends out of a group that nobody waits for, that nothing of their run follows, and that are
/// young: the next append of their run can take them along. Nothing is held back from somebody who wants to
/// read all there is. All are as old as they are at one moment, so that none is held back that one after it isn't.
fn hold_back(group: &mut Group, now: Instant) -> Vec<Job> {
    let all = |job: &Job| !matches!(job.work, Work::Append(_));
    if group.last || group.jobs.len() >= MAX_GROUP || group.jobs.iter().any(all) {
        return Vec::new();
    }
    let waited_for: HashSet<RunId> =
        group.jobs.iter().filter(|job| job.waiting.is_some()).filter_map(Job::run).collect();
    let stays = |job: &mut Job| {
        job.waiting.is_none()
            && now.saturating_duration_since(job.queued) < LINGER
            && job.run().is_some_and(|run| !waited_for.contains(&run))
    };
    group.jobs.extract_if(.., stays).collect()
}

/// Puts appends of one run that follow each other into one, so that they become one row: the last one takes the
/// records of those before it that nobody waits for.
fn merge(jobs: &mut Vec<Job>) {
    let mut before: HashMap<RunId, Vec<Record>> = HashMap::new();
    let mut last: HashMap<RunId, usize> = HashMap::new();
    for (n, job) in jobs.iter().enumerate() {
        job.run().map(|run| last.insert(run, n));
    }
    let mut n = 0;
    jobs.retain_mut(|job| {
        let place = n;
        n += 1;
        let waits = job.waiting.is_some();
        let Work::Append(entry) = &mut job.work else { return true };
        let follows = last.get(&entry.run).is_some_and(|last| *last > place);
        if follows && !waits && entry.is_plain() {
            before.entry(entry.run).or_default().append(&mut entry.records);
            return false;
        }
        if let Some(mut records) = before.remove(&entry.run) {
            records.append(&mut entry.records);
            entry.records = records;
        }
        true
    });
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

    /// Whatever the moment, what is written now and what is held back are both in order, and nothing is lost.
    #[test]
    fn no_append_is_held_back_behind_one_that_follows_it() {
        let began = Instant::now();
        let runs = [1, 2, 3].map(|n| RunId(uuid::Uuid::from_u128(n)));
        for us in (0..30_000).step_by(137) {
            let room = Arc::new(Semaphore::new(MAX_QUEUED));
            let job = |n: u64| {
                let record = Record {
                    n: n / 3 + 1,
                    at: "2026-02-03T08:15:00Z".parse().unwrap(),
                    kind: "k".into(),
                    data: "{}".into(),
                };
                let run = runs[usize::try_from(n % 3).unwrap()];
                Job {
                    work: Work::Append(Box::new(Entry::ordered(run, vec![record]))),
                    waiting: (n == 40).then(|| oneshot::channel().0),
                    queued: began + Duration::from_micros(n * 300),
                    _room: Arc::clone(&room).try_acquire_owned().unwrap(),
                }
            };
            let mut group = Group { jobs: (0..60).map(job).collect(), last: false };
            let mut held = hold_back(&mut group, began + Duration::from_micros(us));
            for jobs in [&mut group.jobs, &mut held] {
                merge(jobs);
            }
            for run in runs {
                let numbers: Vec<u64> = group
                    .jobs
                    .iter()
                    .chain(&held)
                    .filter_map(|job| match &job.work {
                        Work::Append(entry) if entry.run == run => Some(&entry.records),
                        _ => None,
                    })
                    .flatten()
                    .map(|record| record.n)
                    .collect();
                assert_eq!(numbers, (1..=20).collect::<Vec<_>>(), "{us} us");
            }
        }
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
