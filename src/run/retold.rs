//! Whether a run that is read back says what it said while it was carried out.

use serde_json::{Value as Json, json};

use super::frame::At;
use super::payments::{may_have_moved, payments};
use super::state::State;
use crate::base::value::{Map, Value};

/// What a run that is read back, by whoever has no secrets, says otherwise than it did live; nothing if it is the
/// same run to everybody.
pub fn differences(live: &State, told: &State) -> Vec<String> {
    let mut found = Vec::new();
    let mut same = |what: &str, live: Json, told: Json| {
        let fields = live.as_object().into_iter().flatten();
        for (field, live) in fields.filter(|(field, live)| told.get(field) != Some(live)) {
            let told = told.get(field).unwrap_or(&Json::Null);
            found.push(format!(
                "without its secrets {what} reads back otherwise: `{field}` was {live} and is {told}"
            ));
        }
    };
    same("the run", run(live), run(told));
    let (live, told) = (begun(live), begun(told));
    let names = |all: &[At<'_>]| all.iter().map(At::name).collect::<Vec<_>>();
    same("the run", json!({ "steps": names(&live) }), json!({ "steps": names(&told) }));
    for (live, told) in live.iter().zip(&told) {
        same(&format!("the step {}", live.name()), step(live), step(told));
    }
    found
}

/// The steps that something happened in: a flow that is to begin next may be laid out already where it is carried
/// out.
fn begun(state: &State) -> Vec<At<'_>> {
    state.root.all().into_iter().filter(|at| at.step.started_at.is_some()).collect()
}

fn run(state: &State) -> Json {
    let moved: Vec<String> = state.root.moved.iter().map(ToString::to_string).collect();
    let fates: Vec<(String, String)> = payments(state)
        .into_iter()
        .map(|payment| (payment.reference_id.to_string(), format!("{:?}", payment.fate)))
        .collect();
    let finished = state.finished.as_ref().map(|finished| {
        json!({
            "status": finished.outcome.word(),
            "outputs": masked(&finished.outputs),
            "failure": finished.failure,
        })
    });
    json!({
        "events": state.n,
        "finished": finished,
        "changed": state.changed,
        "set_out_to_move": moved,
        "moved": may_have_moved(state),
        "fates": fates,
    })
}

fn step(at: &At<'_>) -> Json {
    let step = at.step;
    json!({
        "status": step.status.word(),
        "attempts": step.attempts,
        "outputs": masked(&step.outputs),
        "turns": step.turns.iter().map(masked).collect::<Vec<_>>(),
        "failure": step.failure,
        "waits_for": step.waits_for,
        "payments": step.payments,
        "ended_at": step.ended_at,
    })
}

fn masked(map: &Map) -> Json {
    Value::Map(map.clone()).masked()
}
