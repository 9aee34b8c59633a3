//! How a run's end is told, and what the process exits with.

use std::collections::BTreeSet;
use std::path::Path;

use uuid::Uuid;

use super::console::Emit;
use super::load;
use super::load::NotStarted;
use super::{exit, target};
use crate::engine::engine::Broken;
use crate::engine::ports::RunRow;
use crate::report::aside::{Aside, Canceller};
use crate::report::money::{Standing, movements};
use crate::report::{json, summary};
use crate::run::documents::left_open;
use crate::run::event::RunStarted;
use crate::run::history::Finished;
use crate::run::pii::Pii;
use crate::run::state::State;

/// The name of a recipe that cancels documents.
const CANCELLER: &str = "cancel-unpaid.yaml";

/// The payments of a run that have moved so far.
pub fn moved(state: &State) -> BTreeSet<Uuid> {
    let moved = movements(state).into_iter().filter(|one| one.standing == Standing::Moved);
    moved.map(|one| one.reference_id).collect()
}

/// Tells how a run ended. `before`: the payments that had moved when this command took it up.
pub fn ended(state: &State, finished: &Finished, before: BTreeSet<Uuid>, emit: &Emit) -> u8 {
    let code = exit::of(finished);
    let pii = Pii::of(state, emit.common.show_pii);
    let aside = aside(state, before, emit);
    if emit.json() {
        emit.result_json(&json::run(state, code.into(), &pii, &aside));
    } else {
        // a reader that went away is no error of the run
        let _ = summary::write(&mut emit.out(), state, &pii, emit.paint_out(), &aside);
    }
    code
}

/// Tells how a run had ended before this command began.
pub fn ended_before(state: &State, finished: &Finished, emit: &Emit) -> u8 {
    ended(state, finished, moved(state), emit)
}

/// What there is to say beside the run's events.
pub fn aside(state: &State, before: BTreeSet<Uuid>, emit: &Emit) -> Aside {
    let left = !left_open(state).is_empty();
    let canceller = if left { canceller(&state.started) } else { None };
    Aside { before, canceller, commands: emit.commands.clone() }
}

/// The recipe beside a run's flow that cancels documents, as the project's own folder of recipes has one.
fn canceller(started: &RunStarted) -> Option<Canceller> {
    let path = Path::new(&started.file).with_file_name(CANCELLER);
    let (plan, _) = load::plan(&load::source(&path).ok()?).ok()?;
    let needed = plan.inputs.iter().filter(|input| input.required && input.default.is_none());
    let target = match started.sandbox {
        true => vec!["--sandbox".to_owned()],
        false if started.base_url == target::LIVE => Vec::new(),
        false => vec!["--base-url".to_owned(), started.base_url.clone()],
    };
    Some(Canceller {
        file: path.display().to_string(),
        needs: needed.map(|input| input.name.clone()).collect(),
        target,
    })
}

/// Tells how a run ended of which nothing but its row in the index is left.
pub fn pruned(row: &RunRow, emit: &Emit) -> u8 {
    let code = row.exit_code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::UNCLEAR);
    let amount: Vec<String> = row.amount.iter().map(ToString::to_string).collect();
    let money = match (row.moved, amount.is_empty()) {
        (true, false) => format!("{} was paid then", amount.join(", ")),
        (true, true) => "money moved or may have then".to_owned(),
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
        let pii = Pii::of(state, emit.common.show_pii);
        let aside = Aside { commands: emit.commands.clone(), ..Aside::default() };
        let mut told = json::run(state, exit::PAUSED.into(), &pii, &aside);
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
