//! How a run's end is told, and what the process exits with.

use super::emit::Emit;
use super::exit;
use super::load::NotStarted;
use crate::engine::local::Broken;
use crate::engine::ports::RunRow;
use crate::report::{json, summary};
use crate::run::pii::Pii;
use crate::run::state::{Finished, State};

/// Tells how a run ended.
pub fn ended(state: &State, finished: &Finished, emit: &Emit) -> u8 {
    let code = exit::of(finished);
    let pii = Pii::of(state, emit.common.show_pii);
    if emit.json() {
        emit.result_json(&json::run(state, code.into(), &pii));
    } else {
        // a reader that went away is no error of the run
        let _ = summary::write(&mut emit.out(), state, &pii, emit.paint_out());
    }
    code
}

/// Tells how a run ended of which nothing but its row in the index is left.
pub fn pruned(row: &RunRow, emit: &Emit) -> u8 {
    let code = row.exit_code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::UNCLEAR);
    let amount: Vec<String> = row.amount.iter().map(ToString::to_string).collect();
    let money = match (row.moved, amount.is_empty()) {
        (true, false) => format!("{} was paid", amount.join(", ")),
        (true, true) => "money moved or may have".to_owned(),
        (false, _) => "no money moved".to_owned(),
    };
    let reference = row.reference_id.map_or(String::new(), |id| format!(", reference {id}"));
    let ended = row.updated_at.strftime("%Y-%m-%d %H:%M:%SZ");
    emit.say(&format!(
        "run {} {} at {ended}: {money}{reference}. Its events were pruned; nothing was sent. To do it once more, take another key",
        row.run, row.status
    ));
    match emit.json() {
        true => emit.result_json(&json::of_row(row)),
        false => emit.result(&format!("run {} {}", row.run, row.status)),
    }
    code
}

/// Tells that a run could not be carried on: the journal stopped it. What is written down stands.
pub fn broken(state: &State, broken: &Broken, emit: &Emit) -> u8 {
    emit.error(&broken.to_string());
    emit.say(&format!(
        "nothing more was sent; `dollr-flow resume {}` goes on once that is mended",
        state.run
    ));
    if emit.json() {
        let mut told = json::run(state, exit::PAUSED.into(), &Pii::of(state, emit.common.show_pii));
        told["error"] =
            json::not_run(None, "paused", exit::PAUSED.into(), &broken.to_string())["error"].take();
        told["error"]["kind"] = "journal".into();
        emit.result_json(&told);
    }
    exit::PAUSED
}

/// Tells that nothing was started.
pub fn not_started(why: &NotStarted, flow: Option<&str>, emit: &Emit) -> u8 {
    why.tell(emit);
    if emit.json() {
        let code = exit::NOT_STARTED;
        emit.result_json(&json::not_run(flow, "failed", code.into(), &why.summary()));
    }
    exit::NOT_STARTED
}

/// Tells that another process is carrying the run out.
pub fn held(message: &str, emit: &Emit) -> u8 {
    emit.error(message);
    if emit.json() {
        emit.result_json(&json::not_run(None, "paused", exit::PAUSED.into(), message));
    }
    exit::PAUSED
}
