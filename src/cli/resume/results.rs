//! What becomes of runs that are taken up together: shown as it goes, told in order at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde_json::Value as Json;
use tokio::sync::Semaphore;

use crate::cli::console::Emit;
use crate::cli::{exit, exit_report};
use crate::engine::batch::scheduler::{Halt, Hear};
use crate::engine::batch::work::Tag;
use crate::engine::engine::Broken;
use crate::engine::ports::Clock;
use crate::io::host::WallClock;
use crate::io::streams;
use crate::report::batch::bar::Bar;
use crate::report::batch::summary::Tally;
use crate::report::resumed::{Left, counted};
use crate::report::{json, summary};
use crate::run::index_row::RunRow;
use crate::run::pii::Pii;
use crate::run::reporter::Warning;
use crate::run::state::State;

/// Where the ends of runs go.
pub struct Ends<'a> {
    rows: &'a [RunRow],
    told: BTreeMap<usize, Told>,
    tally: Tally,
    bar: Bar<Box<dyn Write>>,
    /// How many runs wait for their time, by place.
    waiting: BTreeMap<usize, usize>,
    emit: &'a Emit,
}

/// How one ended, as it will be told.
struct Told {
    code: u8,
    words: Words,
}

enum Words {
    Json(Json),
    Text(Vec<u8>),
}

impl<'a> Ends<'a> {
    /// A place for the ends of these runs.
    pub fn new(rows: &'a [RunRow], emit: &'a Emit) -> Self {
        let bar: Bar<Box<dyn Write>> = match (emit.common.quiet, emit.terminal.stderr) {
            (true, _) => Bar::Silent,
            (false, true) => Bar::live(streams::bar(), rows.len() as u64),
            (false, false) => Bar::Lines(Box::new(emit.err()), WallClock.now()),
        };
        let (told, tally, waiting) = (BTreeMap::new(), Tally::default(), BTreeMap::new());
        Self { rows, told, tally, bar, waiting, emit }
    }

    /// A run that ended, stopped for now, or turned out to have ended before.
    pub fn ended(&mut self, n: usize, row: &RunRow, state: &State) {
        let code = state.finished.as_ref().map_or(exit::PAUSED, exit::of);
        let pii = Pii::of(state, self.emit.common.show_pii);
        let aside = exit_report::aside(state, BTreeSet::new(), self.emit);
        let words = match self.emit.json() {
            true => Words::Json(json::run(state, code.into(), &pii, &aside)),
            false => {
                let mut text = Vec::new();
                // writing to memory can't fail
                let _ = summary::write(
                    &mut self.emit.edge.memory(&mut text),
                    state,
                    &pii,
                    self.emit.paint_out(),
                    &aside,
                );
                Words::Text(text)
            }
        };
        self.tally.add(&label(row), row);
        self.tell(n, Told { code, words });
    }

    /// A run that is left as it is.
    pub fn left(&mut self, n: usize, left: &Left) {
        let Some(row) = self.rows.get(n) else { return };
        let words = match self.emit.json() {
            true => Words::Json(left.json(row, &self.emit.commands)),
            false => {
                let mut text = Vec::new();
                // writing to memory can't fail
                let _ = left.write(
                    &mut self.emit.edge.memory(&mut text),
                    row,
                    self.emit.paint_out(),
                    &self.emit.commands,
                );
                Words::Text(text)
            }
        };
        self.tally.add_broken(&label(row), left.why.clone());
        self.tell(n, Told { code: left.code, words });
    }

    fn tell(&mut self, n: usize, told: Told) {
        self.told.insert(n, told);
        let (waiting, rows) = (self.waiting.values().sum(), self.rows.len() as u64);
        self.bar.tell(&self.tally, waiting, rows, WallClock.now());
    }

    /// Tells all of them, the oldest first, and returns the exit code: the worst one's.
    pub fn finish(mut self, halts: Vec<Option<Halt>>) -> u8 {
        let untold = |n: &usize| !self.told.contains_key(n);
        let untold: Vec<usize> = (0..self.rows.len()).filter(untold).collect();
        let left = not_begun(halts.into_iter().flatten().next());
        untold.into_iter().for_each(|n| self.left(n, &left));
        self.bar.end();
        let code = exit::worst(self.told.values().map(|told| told.code));
        let mut list = Vec::new();
        for told in self.told.into_values() {
            match told.words {
                Words::Json(json) => list.push(json),
                // a reader that went away is no error
                Words::Text(text) => drop(self.emit.edge.print(&text)),
            }
        }
        match self.emit.json() {
            true => self.emit.result_json(&Json::Array(list)),
            false => {
                self.emit.say("");
                self.emit.say(&counted(&self.tally, self.rows.len()));
            }
        }
        code
    }
}

/// Why a run was not even taken up.
fn not_begun(halt: Option<Halt>) -> Left {
    let left_alone;
    let (kind, why, code) = match halt {
        Some(Halt::Asked) => ("interrupted", "told to stop before its turn", exit::INTERRUPTED),
        Some(Halt::Failures) => ("not_started", "as many runs failed as may", exit::PAUSED),
        Some(Halt::Journal) => ("journal", "the journal can't be written", exit::PAUSED),
        Some(Halt::LeftAlone(until)) => {
            left_alone = format!("the API asks to be left alone until {until:.0}");
            ("network", left_alone.as_str(), exit::PAUSED)
        }
        None => ("not_started", "it was not carried on to its end", exit::PAUSED),
    };
    Left { kind, why: why.to_owned(), code }
}

fn label(row: &RunRow) -> String {
    row.key.clone().unwrap_or_else(|| row.run.to_string())
}

/// The ears of the scheduler of one place.
pub struct Ears<'a, 'b> {
    /// Where the ends go.
    pub ends: &'a std::cell::RefCell<Ends<'b>>,
    /// Which place it is.
    pub place: usize,
    /// The room that a run takes as long as it is open.
    pub room: &'a Semaphore,
}

impl Hear for Ears<'_, '_> {
    fn ended(&mut self, tag: &Tag, row: RunRow, state: Option<&State>) {
        self.room.add_permits(1);
        if let Some(state) = state {
            self.ends.borrow_mut().ended(number(tag), &row, state);
        }
    }

    fn broken(&mut self, tag: &Tag, why: &Broken) {
        self.room.add_permits(1);
        let left = Left { kind: "journal", why: why.to_string(), code: exit::PAUSED };
        self.ends.borrow_mut().left(number(tag), &left);
    }

    fn warning(&mut self, warning: Warning) {
        self.ends.borrow_mut().bar.say(&format!("warning: {warning}"));
    }

    fn load(&mut self, _at_work: usize, waiting: usize) {
        self.ends.borrow_mut().waiting.insert(self.place, waiting);
    }
}

fn number(tag: &Tag) -> usize {
    usize::try_from(tag.line).unwrap_or(usize::MAX)
}
