//! The history of runs: a table of many, the timeline of one.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value as Json, json};

use super::paint::Paint;
use super::pii::Pii;
use crate::run::delivery::Delivery;
use crate::run::event::{Event, Purpose};
use crate::run::row::RunRow;
use crate::run::state::{Recorded, State};

/// A table of runs, newest first.
pub fn table(out: &mut impl Write, rows: &[RunRow], width: u16) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width.max(60));
    table.set_header(["RUN", "FLOW", "STATUS", "KEY", "STARTED"]);
    for row in rows {
        table.add_row([
            row.run.to_string(),
            row.flow.clone(),
            row.status.clone(),
            row.key.clone().unwrap_or_default(),
            row.started_at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        ]);
    }
    writeln!(out, "{table}")
}

/// The same as JSON.
pub fn rows(rows: &[RunRow]) -> Json {
    let one = |row: &RunRow| {
        json!({
            "run_id": row.run,
            "flow": row.flow,
            "key": row.key,
            "status": row.status,
            "exit_code": row.exit_code,
            "started_at": row.started_at,
            "updated_at": row.updated_at,
            "base_url": row.base_url,
        })
    };
    Json::Array(rows.iter().map(one).collect())
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
