//! What one commit of a journal takes: which of the queued appends go together, and which wait for company.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::prune::Leaving;
use crate::base::ids::RunId;
use crate::engine::ports::{Entry, JournalError, Record};

/// How many appends one transaction takes.
const MAX_GROUP: usize = 1024;

/// How long an append that nobody waits for may wait for company.
const LINGER: Duration = Duration::from_millis(5);

/// So many that waited for one commit are many runs at work: the next will not be alone either.
pub(crate) const CROWD: usize = 8;

/// How long the others are waited for then. Short beside a sync of the disk, and each commit that is saved saves one.
const ROOM_FOR_MORE: Duration = Duration::from_micros(500);

/// Something for the writer to do.
#[derive(Debug)]
pub(crate) struct Job {
    /// What.
    pub work: Work,
    /// Who waits for it, and for how much of it was done; nobody, if it only has to be in order.
    pub waiting: Option<oneshot::Sender<Result<u64, JournalError>>>,
    /// When it was queued.
    pub queued: Instant,
    /// Its room in the queue, given back when it is done.
    pub _room: OwnedSemaphorePermit,
}

/// What there is to do.
#[derive(Debug)]
pub(crate) enum Work {
    /// These records go to the end of their run.
    Append(Box<Entry>),
    /// These runs go if each still ends with that event, at that time.
    Prune(Vec<Leaving>, Timestamp),
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
    /// The run that it appends to, if it appends.
    pub(crate) fn run(&self) -> Option<RunId> {
        match &self.work {
            Work::Append(entry) => Some(entry.run),
            Work::Prune(..) | Work::DropFlows | Work::GiveBack | Work::EmptyLog | Work::Flush => {
                None
            }
        }
    }
}

/// What one transaction takes.
pub(crate) struct Group {
    pub jobs: Vec<Job>,
    /// Whether it has to take all there is, because the queue has ended.
    pub last: bool,
}

/// The next group: what is queued, as soon as somebody waits for any of it or it has lingered. In a crowd it takes along
/// those who are about to come.
pub(crate) fn gather(held: Vec<Job>, queue: &Receiver<Job>, crowd: bool) -> Option<Group> {
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
pub(crate) fn hold_back(group: &mut Group, now: Instant) -> Vec<Job> {
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
pub(crate) fn merge(jobs: &mut Vec<Job>) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    /// Whatever the moment, what is written now and what is held back are both in order, and nothing is lost.
    #[test]
    fn no_append_is_held_back_behind_one_that_follows_it() {
        let began = Instant::now();
        let runs = [1, 2, 3].map(|n| RunId(uuid::Uuid::from_u128(n)));
        for us in (0..30_000).step_by(137) {
            let room = Arc::new(Semaphore::new(60));
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
}
