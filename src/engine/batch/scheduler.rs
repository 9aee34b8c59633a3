//! The scheduler of a batch: so many runs at work, the others waiting with a time each.
//!
//! A run that has to wait gives up its place. When its time comes it competes for one with the rows that have not
//! begun, so neither starves the other, and the rate of status questions is bounded by the places. Of the runs that
//! wait only some are kept in memory; the rest cost their time and their name, and are read back from the journal.

use std::collections::{BTreeMap, HashSet};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::limit::Limit;
use super::open_run::{Next, Open, Turn};
use super::work::{Begin, Tag, Work};
use crate::engine::engine::{Broken, Engine};
use crate::engine::ports::{Clock, Journal, JournalError, Transport};
use crate::run::index_row::RunRow;
use crate::run::outcome::Outcome;
use crate::run::reporter::Warning;
use crate::run::settle::pace::LONGEST_HOLD_MS;
use crate::run::state::State;

/// How many waiting runs are kept in memory.
const MAX_HERE: usize = 1_024;

/// Hears what becomes of each run.
pub trait Hear {
    /// A run ended, or stopped for now.
    fn ended(&mut self, tag: &Tag, row: RunRow, state: Option<&State>);
    /// A run could not be carried on; what was written down stands.
    fn broken(&mut self, tag: &Tag, why: &Broken);
    /// What is at work, and what waits for its time.
    fn load(&mut self, _at_work: usize, _waiting: usize) {}
    /// Something is not as it should be; told once, not for each run.
    fn warning(&mut self, _warning: Warning) {}
}

/// Many runs at once.
pub struct Scheduler<T, C, J: Journal> {
    engine: Arc<Engine<T, C, J>>,
    limit: Limit,
    /// How many rows may fail before no more are begun.
    failures_left: Option<u64>,
    at_work: JoinSet<Done<J::Lock>>,
    waiting: BTreeMap<(Timestamp, u64), Open<J::Lock>>,
    here: usize,
    count: u64,
    warned: HashSet<Discriminant<Warning>>,
}

/// What one turn of a run came to.
struct Done<L> {
    open: Open<L>,
    end: End,
}

enum End {
    Waits(Timestamp),
    Ended(Box<RunRow>, Outcome),
    Broken(Broken),
}

/// Why a scheduler began no more rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// Too many rows failed.
    Failures,
    /// The process was told to stop.
    Asked,
    /// The journal can't be written.
    Journal,
    /// The API asks to be left alone for longer than a run waits.
    LeftAlone(Timestamp),
}

impl<T, C, J> Scheduler<T, C, J>
where
    T: Transport + 'static,
    C: Clock + 'static,
    J: Journal + 'static,
    J::Lock: 'static,
{
    /// A scheduler with nothing to do yet.
    pub fn new(engine: Arc<Engine<T, C, J>>, limit: Limit, stop_after: Option<u64>) -> Self {
        Self {
            engine,
            limit,
            failures_left: stop_after,
            at_work: JoinSet::new(),
            waiting: BTreeMap::new(),
            here: 0,
            count: 0,
            warned: HashSet::new(),
        }
    }

    /// Carries out all that is fed to it. Says why it took no more, if it did not take all.
    pub async fn carry_out(
        mut self,
        feed: mpsc::Receiver<Work<J::Lock>>,
        hear: &mut impl Hear,
    ) -> Option<Halt> {
        let mut feed = Some(feed);
        let mut halt = None;
        loop {
            if self.at_work.is_empty() && self.waiting.is_empty() && feed.is_none() {
                return halt;
            }
            let room = self.at_work.len() < self.limit.now();
            let due = self.waiting.keys().next().map(|(due, _)| *due);
            let (engine, stopping) = (self.engine.clone(), halt == Some(Halt::Asked));
            tokio::select! {
                Some(done) = self.at_work.join_next(), if !self.at_work.is_empty() => {
                    // a panic is a fault of this program: its run stands as the journal has it
                    let Ok(done) = done else { continue };
                    halt = self.settle(done, hear).or(halt);
                }
                work = next(&mut feed), if room && feed.is_some() => match work {
                    Some(work) => self.begin(work),
                    None => feed = None,
                },
                () = engine.clock.sleep_until(due.unwrap_or(Timestamp::MAX)), if room && due.is_some() => {
                    self.wake();
                }
                () = engine.stop.wait(), if !stopping => {
                    halt = Some(Halt::Asked);
                    self.wake_all();
                }
            }
            if feed.is_some() {
                halt = halt.or_else(|| self.left_alone());
            }
            if halt.is_some() {
                feed = None;
            }
            hear.load(self.at_work.len(), self.waiting.len());
        }
    }

    /// Rows that begin now would only be paused.
    fn left_alone(&self) -> Option<Halt> {
        let now = self.engine.clock.now();
        let longest =
            SignedDuration::from_millis(i64::try_from(LONGEST_HOLD_MS).unwrap_or(i64::MAX));
        let until = self.engine.gate.closed_until(now)?;
        (until.duration_since(now) > longest).then_some(Halt::LeftAlone(until))
    }

    fn begin(&mut self, work: Work<J::Lock>) {
        let next = match work.begin {
            Begin::New => Next::Start(None),
            Begin::InsteadOf(holder, older) => Next::Start(Some((holder, older))),
            Begin::Again => Next::TakeUp,
        };
        self.spawn(Open::new(work.tag, work.state, work.outside, next, work.locks));
    }

    fn wake(&mut self) {
        if let Some((_, open)) = self.waiting.pop_first() {
            self.here -= usize::from(open.is_here());
            self.spawn(open);
        }
    }

    /// Everything that waits stops where it is, as soon as there is a place for it.
    fn wake_all(&mut self) {
        for (n, (_, mut open)) in (0..).zip(std::mem::take(&mut self.waiting)) {
            open.next = Next::Stop;
            self.waiting.insert((Timestamp::MIN, n), open);
        }
        self.count = self.waiting.len() as u64;
    }

    fn spawn(&mut self, mut open: Open<J::Lock>) {
        let engine = self.engine.clone();
        self.at_work.spawn(async move {
            let end = match open.go(&engine).await {
                Ok(Turn::Waits(until)) => End::Waits(until),
                Ok(Turn::Ended(row, outcome)) => End::Ended(row, outcome),
                Err(broken) => End::Broken(broken),
            };
            Done { open, end }
        });
    }

    fn settle(&mut self, done: Done<J::Lock>, hear: &mut impl Hear) -> Option<Halt> {
        self.learn();
        let Done { mut open, end } = done;
        for warning in std::mem::take(&mut open.warned.0) {
            if self.warned.insert(discriminant(&warning)) {
                hear.warning(warning);
            }
        }
        match end {
            End::Waits(until) => {
                open.next = Next::Wake(until);
                if self.here >= MAX_HERE {
                    open.put_away();
                }
                self.here += usize::from(open.is_here());
                self.count += 1;
                self.waiting.insert((until, self.count), open);
                None
            }
            End::Ended(row, outcome) => {
                hear.ended(&open.tag, *row, open.state());
                self.failed(outcome)
            }
            End::Broken(broken) => {
                hear.broken(&open.tag, &broken);
                matches!(&broken, Broken::Journal(error) if !is_of_one_run(error))
                    .then_some(Halt::Journal)
            }
        }
    }

    /// One failure more, and whether that is too many.
    fn failed(&mut self, outcome: Outcome) -> Option<Halt> {
        let left = self.failures_left.as_mut()?;
        match outcome {
            Outcome::Failed | Outcome::Cancelled => *left = left.saturating_sub(1),
            Outcome::Succeeded | Outcome::Paused | Outcome::Unclear => {}
        }
        (*left == 0).then_some(Halt::Failures)
    }

    fn learn(&mut self) {
        let window = self.engine.gate.window();
        if self.limit.is_due(&window) {
            // the run that just finished its turn had a place too
            let full = self.at_work.len() + 1 >= self.limit.now();
            self.limit.learn(&window, full);
            self.engine.gate.next_window();
        }
    }
}

async fn next<L>(feed: &mut Option<mpsc::Receiver<Work<L>>>) -> Option<Work<L>> {
    match feed {
        Some(feed) => feed.recv().await,
        None => None,
    }
}

/// Whether an error of the journal says nothing about other runs.
fn is_of_one_run(error: &JournalError) -> bool {
    match error {
        JournalError::Held { .. }
        | JournalError::BatchHeld { .. }
        | JournalError::KeyTaken(_)
        | JournalError::KeyKept(_)
        | JournalError::OutOfOrder { .. }
        | JournalError::NoSuchRun(_)
        | JournalError::Ambiguous { .. }
        | JournalError::Corrupt { .. } => true,
        JournalError::Full { .. }
        | JournalError::ReadOnly { .. }
        | JournalError::Permission { .. }
        | JournalError::Locked { .. }
        | JournalError::Foreign { .. }
        | JournalError::Other { .. } => false,
    }
}
