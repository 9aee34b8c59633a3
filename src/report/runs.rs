//! The history of runs: a table of many, the timeline of one.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value as Json, json};

use super::money::movements;
use super::paint::{Paint, outcome_mark};
use crate::run::delivery::Delivery;
use crate::run::event::{Event, Purpose};
use crate::run::outcome::Outcome;
use crate::run::pii::Pii;
use crate::run::row::{CUT_OFF, RUNNING, RunRow};
use crate::run::state::{Recorded, State};

/// A list of runs that is written page by page: a table for people, or one JSON array.
#[derive(Debug)]
pub struct List {
    written: usize,
    /// Whether the array has begun.
    opened: bool,
    /// The width of the table; none for JSON.
    width: Option<u16>,
}

impl List {
    /// As a table of about that width.
    pub fn table(width: u16) -> Self {
        Self { written: 0, opened: false, width: Some(width.max(60)) }
    }

    /// As JSON.
    pub fn json() -> Self {
        Self { written: 0, opened: false, width: None }
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Writes some rows more.
    pub fn page(&mut self, out: &mut impl Write, rows: &[RunRow], last: bool) -> io::Result<()> {
        match self.width {
            Some(width) => self.lines(out, rows, width)?,
            None => self.objects(out, rows, last)?,
        }
        self.written += rows.len();
        Ok(())
    }

    fn lines(&self, out: &mut impl Write, rows: &[RunRow], width: u16) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
        if self.is_empty() {
            table.set_header(["RUN", "FLOW", "STATUS", "KEY", "STARTED"]);
        }
        for row in rows {
            table.add_row([
                row.run.to_string(),
                row.flow.clone(),
                row.status.clone(),
                row.key.clone().unwrap_or_default(),
                row.started_at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            ]);
        }
        table.lines().try_for_each(|line| writeln!(out, "{line}"))
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
) -> io::Result<()> {
    let word = if holder.is_some() { RUNNING } else { CUT_OFF };
    let said = format!("{} {} {word}", outcome_mark(Outcome::Paused), state.started.flow);
    writeln!(out, "\n{}", paint.outcome(Outcome::Paused, &said))?;
    let mut row =
        |name: &str, text: &str| writeln!(out, "  {}  {text}", paint.dim(&format!("{name:<9}")));
    match holder {
        Some(holder) => row("what", &format!("it is being carried out by {holder}"))?,
        None => row("what", "the process that carried it out is gone")?,
    }
    for movement in &movements(state) {
        row("money", &movement.words())?;
        row("reference", &movement.reference_id.to_string())?;
    }
    row("run", &state.run.to_string())?;
    match holder {
        Some(_) => Ok(()),
        None => row("next", &format!("`dollr-flow resume {}` goes on where it stopped", state.run)),
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
        let at = format!("{:>5}.{:03}s", ms / 1_000, ms % 1_000);
        let step = recorded.event.step().unwrap_or_default();
        let told = pii.text(&told(&recorded.event));
        writeln!(out, "{}  {step:<14} {told}", paint.dim(&at))?;
    }
    Ok(())
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
