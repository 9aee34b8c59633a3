//! What becomes of the rows of a batch: counted, shown, and written down one by one.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

use crate::base::scrub::Secrets;
use crate::cli::console::Emit;
use crate::cli::exit;
use crate::engine::batch::scheduler::{Halt, Hear};
use crate::engine::batch::work::Tag;
use crate::engine::engine::Broken;
use crate::engine::ports::Clock;
use crate::io::host::{Stopwatch, WallClock};
use crate::io::streams;
use crate::io::table::output::LineFile;
use crate::report::batch::bar::Bar;
use crate::report::batch::summary::{Summary, Tally};
use crate::run::index_row::RunRow;
use crate::run::reporter::Warning;
use crate::run::state::State;

/// The columns of a results file.
const COLUMNS: [&str; 7] =
    ["key", "status", "reference_id", "amount", "currency", "error", "run_id"];

/// Where the ends of rows go.
pub struct Ends {
    tally: Tally,
    bar: Bar<Box<dyn Write>>,
    results: Option<LineFile>,
    /// Why no more rows are begun.
    pub stopped: Option<String>,
    /// What could not be written; told once.
    failed: Option<String>,
    rows: u64,
    waiting: usize,
    began: Stopwatch,
    secrets: Secrets,
}

/// Words that may be another's, so that neither a secret nor a spreadsheet's formula is in them.
fn fit_for_tables(text: &str, secrets: &Secrets) -> String {
    let text = secrets.scrub().text(text);
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text,
    }
}

impl Ends {
    /// A place for so many rows, of which `tally` are over already.
    pub fn new(
        rows: u64,
        tally: Tally,
        results: Option<&Path>,
        emit: &Emit,
    ) -> Result<RefCell<Self>, String> {
        let mut results = results.map(LineFile::create).transpose()?;
        if let Some(file) = &mut results {
            file.cells(COLUMNS)?;
        }
        let bar: Bar<Box<dyn Write>> = match (emit.common.quiet, emit.terminal.stderr) {
            (true, _) => Bar::Silent,
            (false, true) => Bar::live(streams::bar(), rows),
            (false, false) => Bar::Lines(Box::new(emit.err()), WallClock.now()),
        };
        bar.begin_at(tally.all());
        let (failed, stopped, began) = (None, None, Stopwatch::start());
        let secrets = emit.secrets.clone();
        let waiting = 0;
        let mut ends = Self { tally, bar, results, stopped, failed, rows, waiting, began, secrets };
        ends.tell();
        Ok(RefCell::new(ends))
    }

    /// A row that was over before: it is counted already, and its line is written again.
    pub fn over(&mut self, key: &str, row: &RunRow) {
        self.line(key, row);
    }

    /// A row that can't be carried on.
    pub fn refused(&mut self, key: &str, why: String) {
        self.write([key, "paused", "", "", "", &why, ""]);
        self.tally.add_broken(key, why);
        self.tell();
    }

    /// A row that ended, or turned out to have ended.
    pub fn ended(&mut self, key: &str, row: &RunRow) {
        self.line(key, row);
        self.tally.add(key, row);
        self.tell();
    }

    fn line(&mut self, key: &str, row: &RunRow) {
        let all = |part: &dyn Fn(&crate::base::money::Money) -> String| {
            row.amount.iter().map(part).collect::<Vec<_>>().join(" ")
        };
        let (amount, currency) =
            (all(&|money| money.amount.to_string()), all(&|money| money.currency.to_string()));
        let reference = row.reference_id.map(|reference| reference.to_string());
        let (run, error) = (row.run.to_string(), row.error.clone().unwrap_or_default());
        // a run that was cut off goes on like one that is paused
        let status = if row.status == "running" { "paused" } else { row.status.as_str() };
        let reference = reference.unwrap_or_default();
        self.write([key, status, &reference, &amount, &currency, &error, &run]);
    }

    fn write(&mut self, [key, status, reference, amount, currency, error, run]: [&str; 7]) {
        let error = &fit_for_tables(error, &self.secrets);
        let cells = [key, status, reference, amount, currency, error, run];
        if let Some(file) = &mut self.results
            && let Err(error) = file.cells(cells)
        {
            // the journal has it all: the next start writes the file anew
            self.failed.get_or_insert(error);
            self.results = None;
        }
    }

    fn warn(&mut self, warning: Warning) {
        self.bar.say(&format!("warning: {warning}"));
    }

    fn tell(&mut self) {
        self.bar.tell(&self.tally, self.waiting, self.rows, WallClock.now());
    }

    /// Tells what the batch came to, and with which exit code.
    pub fn finish(mut self, mut summary: Summary, halt: Option<Halt>, emit: &Emit) -> u8 {
        self.bar.end();
        if let Some(file) = self.results.take() {
            self.failed = file.finish().err().or(self.failed.take());
        }
        self.stopped = match halt {
            Some(Halt::Failures) => Some("as many rows failed as were allowed to".to_owned()),
            Some(Halt::Asked) => Some("told to stop".to_owned()),
            Some(Halt::Journal) => Some("the journal can't be written".to_owned()),
            Some(Halt::LeftAlone(until)) => {
                Some(format!("the API asks to be left alone until {until:.0}"))
            }
            None => self.stopped.take(),
        };
        let tally = std::mem::take(&mut self.tally);
        let code = match (code(&tally, halt, self.stopped.is_some()), &self.failed) {
            // whoever reads the results must not take what is missing there for unpaid
            (exit::SUCCEEDED, Some(_)) => exit::UNCLEAR,
            (code, _) => code,
        };
        summary.stopped = self.stopped;
        summary.tally = tally;
        summary.exit_code = code.into();
        summary.duration_ms = (self.began.seconds() * 1_000.0) as u64;
        if let Some(failed) = &self.failed {
            emit.error(&format!("{failed}; the same batch again writes the results anew"));
        }
        match emit.json() {
            true => emit.result_json(&summary.json()),
            // a reader that went away is no error
            false => drop(summary.write(&mut emit.out(), emit.paint_out(), &emit.commands)),
        }
        code
    }
}

/// The worst row's exit code; a batch that stopped before its rows were all begun did not succeed.
fn code(tally: &Tally, halt: Option<Halt>, stopped: bool) -> u8 {
    let rows = [
        ("unclear", exit::UNCLEAR),
        ("failed", exit::FAILED),
        ("cancelled", exit::FAILED),
        ("paused", exit::PAUSED),
    ];
    let rows = rows.into_iter().filter(|(word, _)| tally.count(word) > 0).map(|(_, code)| code);
    let stopped = match halt {
        Some(Halt::Asked) => Some(exit::INTERRUPTED),
        Some(Halt::Journal | Halt::LeftAlone(_)) => Some(exit::PAUSED),
        Some(Halt::Failures) => Some(exit::FAILED),
        None => stopped.then_some(exit::FAILED),
    };
    exit::worst(rows.chain(stopped))
}

/// The ears of a scheduler whose rows are fed by somebody else who also has something to tell.
pub struct Ears<'a>(pub &'a RefCell<Ends>);

impl Hear for Ears<'_> {
    fn ended(&mut self, tag: &Tag, row: RunRow, _state: Option<&State>) {
        self.0.borrow_mut().ended(&tag.key, &row);
    }

    fn broken(&mut self, tag: &Tag, why: &Broken) {
        self.0.borrow_mut().refused(&tag.key, why.to_string());
    }

    fn load(&mut self, _at_work: usize, waiting: usize) {
        self.0.borrow_mut().waiting = waiting;
    }

    fn warning(&mut self, warning: Warning) {
        self.0.borrow_mut().warn(warning);
    }
}
