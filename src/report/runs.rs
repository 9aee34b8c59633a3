//! The history of runs: a table of many, the timeline of one.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::aside::Commands;
use super::fit::{self, Cell, Column};
use super::money::movements;
use super::paint::{self, Paint, outcome_mark};
use crate::run::delivery::Delivery;
use crate::run::event::{Event, Purpose};
use crate::run::history::Recorded;
use crate::run::index_row::{CUT_OFF, RUNNING, RunRow};
use crate::run::outcome::Outcome;
use crate::run::pii::Pii;
use crate::run::state::State;

/// A list of runs that is written page by page: a table for people, or one JSON array.
#[derive(Debug)]
pub struct List {
    written: usize,
    /// Whether the array has begun.
    opened: bool,
    /// Whether it is JSON.
    json: bool,
    /// The width of the terminal it is for.
    width: Option<usize>,
}

impl List {
    /// As a table, within that width if it is for a terminal.
    pub fn table(width: Option<usize>) -> Self {
        Self { written: 0, opened: false, json: false, width }
    }

    /// As JSON.
    pub fn json() -> Self {
        Self { written: 0, opened: false, json: true, width: None }
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Writes some rows more.
    pub fn page(&mut self, out: &mut impl Write, rows: &[RunRow], last: bool) -> io::Result<()> {
        match self.json {
            false => self.lines(out, rows)?,
            true => self.objects(out, rows, last)?,
        }
        self.written += rows.len();
        Ok(())
    }

    fn lines(&self, out: &mut impl Write, rows: &[RunRow]) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns =
            [("RUN", false), ("FLOW", true), ("STATUS", false), ("KEY", true), ("STARTED", false)];
        let columns = columns.map(|(name, may_cut)| Column { name, may_cut });
        let cells = |row: &RunRow| {
            let started = |format: &str| row.started_at.strftime(format).to_string();
            [
                Cell::id(row.run),
                Cell::of(&row.flow),
                Cell::of(&row.status),
                Cell::of(row.key.clone().unwrap_or_default()),
                Cell::or(started("%Y-%m-%d %H:%M:%SZ"), started("%m-%d %H:%MZ")),
            ]
        };
        let cells: Vec<[Cell; 5]> = rows.iter().map(cells).collect();
        fit::table(out, columns, self.is_empty(), &cells, self.width)
    }

    fn objects(&mut self, out: &mut impl Write, rows: &[RunRow], last: bool) -> io::Result<()> {
        if !self.opened {
            write!(out, "[")?;
            self.opened = true;
        }
        for (n, row) in rows.iter().enumerate() {
            let comma = if self.written + n > 0 { "," } else { "" };
            write!(out, "{comma}\n  {}", object(row))?;
        }
        match last {
            true if self.is_empty() && rows.is_empty() => writeln!(out, "]"),
            true => writeln!(out, "\n]"),
            false => Ok(()),
        }
    }
}

/// One run as JSON.
pub fn object(row: &RunRow) -> Json {
    let amount: Vec<String> = row.amount.iter().map(ToString::to_string).collect();
    json!({
        "run_id": row.run,
        "flow": row.flow,
        "key": row.key,
        "status": row.status,
        "exit_code": row.exit_code,
        "started_at": row.started_at,
        "updated_at": row.updated_at,
        "base_url": row.base_url,
        "batch": row.batch,
        "reference_id": row.reference_id,
        "amount": amount,
        "moved": row.moved,
        "error": row.error,
        "next": next(row),
    })
}

/// The command that goes on with a run, if there is anything to go on with and nobody does.
fn next(row: &RunRow) -> Option<String> {
    let goes_on = matches!(row.status.as_str(), "paused" | "unclear" | CUT_OFF);
    goes_on.then(|| format!("dollr-flow resume {}", row.run))
}

/// The end of a timeline that has none yet: who carries the run out, or that nobody does.
pub fn open_end(
    out: &mut impl Write,
    state: &State,
    holder: Option<&str>,
    paint: Paint,
    commands: &Commands,
) -> io::Result<()> {
    let word = if holder.is_some() { RUNNING } else { CUT_OFF };
    let said = format!("{} {} {word}", outcome_mark(Outcome::Paused), state.started.flow);
    writeln!(out, "\n{}", paint.outcome(Outcome::Paused, &said))?;
    let mut row = |name: &str, text: &str| paint::row(out, paint, name, 9, text);
    match holder {
        Some(holder) => row("what", &format!("it is being carried out by {holder}"))?,
        None => row("what", "the process that carried it out is gone")?,
    }
    for movement in &movements(state) {
        row("money", &movement.words(false))?;
        row("reference", &movement.reference_id.to_string())?;
    }
    row("run", &state.run.to_string())?;
    match holder {
        Some(_) => Ok(()),
        None => {
            let next = format!("`dollr-flow resume {}` goes on where it stopped", state.run);
            row("next", &commands.fit(&next))
        }
    }
}

/// The timeline of a run: what was written down, when.
pub fn timeline(
    out: &mut impl Write,
    state: &State,
    events: &[Recorded],
    pii: &Pii,
    paint: Paint,
) -> io::Result<()> {
    writeln!(out, "{} {}", paint.bold(&state.started.flow), paint.dim(&state.run.to_string()))?;
    writeln!(out, "{} {}", paint.dim("at"), state.started.base_url)?;
    if let Some(key) = &state.started.key {
        writeln!(out, "{} {key}", paint.dim("key"))?;
    }
    writeln!(out)?;
    for recorded in events {
        let ms = recorded.at.duration_since(state.started_at).as_millis().max(0);
        let at = since(u64::try_from(ms).unwrap_or(0));
        let step = recorded.event.step().unwrap_or_default();
        let told = pii.text(&told(&recorded.event));
        writeln!(out, "{}  {step:<14} {told}", paint.dim(&at))?;
    }
    Ok(())
}

/// How long into a run something happened: to the millisecond in its first hour, then to the second.
fn since(ms: u64) -> String {
    let seconds = ms / 1_000;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds {
        0..3_600 => format!("{seconds:>5}.{:03}s", ms % 1_000),
        3_600..86_400 => format!("{clock:>10}"),
        _ => format!("{}d {clock}", seconds / 86_400),
    }
}

/// One event in words.
pub fn told(event: &Event) -> String {
    match event {
        Event::RunStarted(started) => format!("started from {}", started.file),
        Event::RunResumed { .. } => "taken up again".to_owned(),
        Event::StepSkipped { reason, .. } => format!("skipped: `{reason}` does not hold"),
        Event::RequestIntended(intent) => {
            let reference = intent.reference_id.map_or(String::new(), |id| format!(" as {id}"));
            format!("{}{} {}{reference}", why(intent.purpose), intent.method, intent.path)
        }
        Event::ReplyObserved { delivery, .. } => match delivery {
            Delivery::Answered(answer) => format!("answered {}", answer.status),
            Delivery::Maybe(cause) => format!("may have arrived: {cause}"),
            Delivery::Never(cause) => format!("never left: {cause}"),
        },
        Event::RequestAdopted { .. } => "had landed; its result is taken over".to_owned(),
        Event::RequestDone { .. } => "one part is done".to_owned(),
        Event::Answered { approved, by, .. } => {
            let who = by.as_deref().unwrap_or("a person");
            format!("{who} {}", if *approved { "approved it" } else { "refused it" })
        }
        Event::NotFinalYet { status, .. } => format!("not final yet: {status}"),
        Event::Waited {} => "waited".to_owned(),
        Event::TurnSucceeded { .. } => "one item is done".to_owned(),
        Event::StepSucceeded { .. } => "succeeded".to_owned(),
        Event::StepFailed { failure, .. } => format!("failed: {}", failure.message),
        Event::StepUnclear { failure, .. } => format!("unclear: {}", failure.message),
        Event::Reconciled { found, .. } => {
            let status = found.as_ref().and_then(|body| body.get("status")?.as_str());
            format!("reconciled: {}", status.unwrap_or("not found"))
        }
        Event::RunFinished { outcome, .. } => format!("run {}", outcome.word()),
    }
}

fn why(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Main => "",
        Purpose::Lookup => "looks whether it landed: ",
        Purpose::Confirm => "makes sure it did not land: ",
        Purpose::Fence => "looks at the source: ",
    }
}
