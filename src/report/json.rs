//! A run as the one JSON object that machines read.

use serde_json::{Value as Json, json};

use super::aside::Aside;
use super::money::movements;
use crate::base::value::Value;
use crate::run::documents::left_open;
use crate::run::frame::At;
use crate::run::index_row::RunRow;
use crate::run::outcome::{Failure, Outcome, StepStatus};
use crate::run::pii::Pii;
use crate::run::state::State;

/// The object that `run --output json` prints. Its fields are stable.
pub fn run(state: &State, exit_code: i32, pii: &Pii, aside: &Aside) -> Json {
    let finished = state.finished.as_ref();
    let outcome = finished.map_or(Outcome::Paused, |finished| finished.outcome);
    let outputs = finished.map(|finished| Value::Map(pii.map(&finished.outputs)));
    let steps: Vec<Json> = state.root.all().iter().map(|at| one_step(at, pii)).collect();
    let payments: Vec<Json> =
        movements(state).iter().map(|one| one.json(aside.had_moved(one))).collect();
    let left: Vec<Json> = match outcome {
        Outcome::Failed | Outcome::Cancelled => {
            left_open(state).iter().map(|seen| aside.left_json(seen)).collect()
        }
        Outcome::Succeeded | Outcome::Paused | Outcome::Unclear => Vec::new(),
    };
    let failure = finished.and_then(|finished| finished.failure.as_ref());
    json!({
        "run_id": state.run,
        "flow": state.started.flow,
        "key": state.started.key,
        "status": outcome.word(),
        "exit_code": exit_code,
        "outputs": outputs.map_or_else(|| json!({}), |outputs| outputs.masked()),
        "steps": steps,
        "payments": payments,
        "left_open": left,
        "error": failure.map(|failure| error(failure, pii, aside)),
    })
}

fn one_step(at: &At<'_>, pii: &Pii) -> Json {
    let At { plan, step, .. } = at;
    let outputs = match step.status {
        StepStatus::Failed => Value::Map(step.outputs.clone()),
        _ => step.yields(plan),
    };
    let lasted = step.started_at.zip(step.ended_at);
    let duration_ms =
        lasted.map(|(from, to)| u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0));
    json!({
        "id": at.name(),
        "uses": plan.uses(),
        "status": step.status.word(),
        "attempts": step.attempts,
        "duration_ms": duration_ms,
        "outputs": pii.value(&outputs).masked(),
    })
}

/// The `error` object.
fn error(failure: &Failure, pii: &Pii, aside: &Aside) -> Json {
    let detail: Vec<String> = failure.detail.iter().map(|line| pii.text(line)).collect();
    let mut told = json!({
        "step": failure.step,
        "kind": failure.kind.word(),
        "message": pii.text(&failure.message),
        "http_status": failure.http_status,
        "detail": detail,
        "reference_id": failure.reference_id,
        "help": failure.help.as_ref().map(|help| aside.commands.fit(help)),
    });
    if let Some(due) = failure.due {
        told["due"] = due.to_string().into();
    }
    told
}

/// The same object for a run of which nothing but its row in the index is left.
pub fn of_row(row: &RunRow) -> Json {
    let error = row.error.as_ref().map(|message| {
        json!({
            "step": null, "kind": "pruned", "message": message, "http_status": null,
            "detail": [], "reference_id": row.reference_id, "help": null,
        })
    });
    json!({
        "run_id": row.run,
        "flow": row.flow,
        "key": row.key,
        "status": row.status,
        "exit_code": row.exit_code,
        "outputs": {},
        "steps": [],
        "payments": [],
        "left_open": [],
        "error": error,
    })
}

/// The object for a run that could not be started, or could not be written down: there is no state to tell.
pub fn not_run(flow: Option<&str>, status: &str, exit_code: i32, message: &str) -> Json {
    json!({
        "run_id": null,
        "flow": flow,
        "key": null,
        "status": status,
        "exit_code": exit_code,
        "outputs": {},
        "steps": [],
        "payments": [],
        "left_open": [],
        "error": {
            "step": null, "kind": "not_started", "message": message, "http_status": null,
            "detail": [], "reference_id": null, "help": null,
        },
    })
}
