//! `reconcile`: asks the API about every payment that is not final, and says where journal and API differ.

use serde_json::json;

use super::args::cli::ReconcileArgs;
use super::console::Emit;
use super::history::{History, history};
use super::load::NotStarted;
use super::target::{self, Target, Where, World};
use super::{exit, exit_report};
use crate::base::ids::RunId;
use crate::base::value::Value;
use crate::engine::again::found;
use crate::engine::ports::{Journal, RunFilter};
use crate::engine::stop::Stop;
use crate::io::journal::sqlite::SqliteJournal;
use crate::report::money::{Movement, Standing, movements};
use crate::report::reconciliation::{self, Line};
use crate::run::event::Event;
use crate::run::payments::{Fate, fate_of};
use crate::run::state::State;
use crate::steps::step::Call;

/// Asks about payments.
pub async fn reconcile(args: ReconcileArgs, emit: &Emit, stop: Stop) -> u8 {
    let journal = match target::existing_journal(emit) {
        Ok(Some(journal)) => journal,
        Ok(None) => {
            emit.say(&target::no_journal(emit));
            return tell(&Found::default(), emit);
        }
        Err(why) => return exit_report::not_started(&why, None, emit),
    };
    match all(journal, &args, emit, stop.clone()).await {
        // what was asked is written down
        Ok(found) if stop.asked() => exit::worst([tell(&found, emit), exit::INTERRUPTED]),
        Ok(found) => tell(&found, emit),
        Err(why) => exit_report::not_started(&why, None, emit),
    }
}

/// What was found out.
#[derive(Default)]
struct Found {
    /// The payments that were asked about.
    lines: Vec<Line>,
    /// The runs that could not be read or asked about, and why. None keeps the others from being asked about.
    left: Vec<(RunId, String)>,
    /// Whether the API contradicts itself about one of the payments.
    torn: bool,
}

fn tell(found: &Found, emit: &Emit) -> u8 {
    let Found { lines, left, torn } = found;
    for (run, why) in left {
        emit.error(&format!("run {run}: {why}"));
    }
    if !left.is_empty() {
        emit.say(&format!(
            "nobody was asked about the payments of {}; what it says of them stands as it was",
            if left.len() == 1 {
                "that run".to_owned()
            } else {
                format!("these {} runs", left.len())
            }
        ));
    }
    if emit.json() {
        let left: Vec<_> =
            left.iter().map(|(run, why)| json!({ "run_id": run, "why": why })).collect();
        emit.result_json(&json!({
            "executions": lines.iter().map(reconciliation::json).collect::<Vec<_>>(),
            "differences": lines.iter().filter(|line| line.differs()).count(),
            "not_asked": left,
        }));
    } else if lines.is_empty() && left.is_empty() {
        emit.result("every payment in the journal is final; there is nothing to ask");
    } else if lines.is_empty() {
        emit.result("every payment of the other runs is final; there is nothing to ask");
    } else {
        // a reader that went away is no error
        let _ = reconciliation::table(&mut emit.out(), lines, emit.paint_out().width);
    }
    let unknown = lines.iter().any(|line| line.api.is_none()) || !left.is_empty() || *torn;
    match (unknown, lines.iter().any(Line::differs)) {
        (true, _) => exit::UNCLEAR,
        (false, true) => exit::FAILED,
        (false, false) => exit::SUCCEEDED,
    }
}

async fn all(
    journal: SqliteJournal,
    args: &ReconcileArgs,
    emit: &Emit,
    stop: Stop,
) -> Result<Found, NotStarted> {
    let rows = journal.rows(RunFilter::default()).await.map_err(|error| error.to_string())?;
    let mut found = Found::default();
    let mut worlds: Vec<(String, Result<World, String>)> = Vec::new();
    let mut unread = 0;
    for row in rows.into_iter().rev() {
        if stop.asked() {
            break;
        }
        let recent = args.since.is_some_and(|since| row.started_at >= since);
        let (state, asked) = match open_payments(&journal, row.run, recent).await {
            Ok((_, asked)) if asked.is_empty() => continue,
            Ok(found) => found,
            Err(why) => {
                found.left.push((row.run, why.summary()));
                unread += 1;
                continue;
            }
        };
        let place = state.started.base_url.clone();
        let known = worlds.iter().position(|(name, _)| *name == place);
        let at = match known {
            Some(at) => at,
            None => {
                let world = world(&state, args, journal.clone(), stop.clone(), emit).await;
                worlds.push((place, world.map_err(|why| why.summary())));
                worlds.len() - 1
            }
        };
        let told = match worlds.get(at) {
            Some((_, Ok(world))) => ask(world, &journal, state, asked, emit).await,
            Some((_, Err(why))) => Err(NotStarted::Message(why.clone())),
            None => continue,
        };
        match told {
            Ok(lines) => {
                found.torn |= lines.iter().any(|(_, torn)| *torn);
                found.lines.extend(lines.into_iter().map(|(line, _)| line));
            }
            Err(why) => found.left.push((row.run, why.summary())),
        }
    }
    let nowhere = worlds.iter().find_map(|(_, world)| world.as_ref().err().cloned());
    for world in worlds.into_iter().filter_map(|(_, world)| world.ok()) {
        world.close().await;
    }
    match nowhere {
        // no credentials, most often: that is not about one run
        Some(why) if found.lines.is_empty() && unread == 0 => Err(NotStarted::Message(why)),
        _ => Ok(found),
    }
}

/// The payments of a run that are worth asking about.
async fn open_payments(
    journal: &SqliteJournal,
    run: RunId,
    final_too: bool,
) -> Result<(State, Vec<Movement>), NotStarted> {
    let History { plan, events, .. } = history(journal, run).await?;
    let state = State::told(run, plan, events).map_err(|error| error.to_string())?;
    let open = |movement: &Movement| match movement.standing {
        Standing::Open | Standing::Unknown => true,
        Standing::Moved | Standing::Not => final_too,
    };
    let asked: Vec<Movement> = movements(&state).into_iter().filter(open).collect();
    Ok((state, asked))
}

async fn world(
    state: &State,
    args: &ReconcileArgs,
    journal: SqliteJournal,
    stop: Stop,
    emit: &Emit,
) -> Result<World, NotStarted> {
    let at = match (&args.target.base_url, state.started.sandbox) {
        (Some(_), false) => Where::of(&args.target)?,
        (_, sandbox) => Where::again(&state.started.base_url, sandbox)?,
    };
    target::world(Target::reading(at, false)?, journal, stop, emit).await
}

/// Asks about one run's payments, and writes down what the API said of them.
async fn ask(
    world: &World,
    journal: &SqliteJournal,
    mut state: State,
    asked: Vec<Movement>,
    emit: &Emit,
) -> Result<Vec<(Line, bool)>, NotStarted> {
    let lock = journal.lock(state.run).await;
    if let Err(error) = &lock {
        emit.say(&format!("{error}; it is asked about, but not written to"));
    }
    let own = state.credentials();
    let mut lines = Vec::new();
    for movement in asked {
        let path = format!("/v1/status/{}/{}", movement.operation, movement.reference_id);
        let delivery = world.engine.ask(own.as_ref(), &Call::get(path, Vec::new())).await;
        let found = found(&delivery);
        let api = match &found {
            Ok(Some(body)) => body.get("status").and_then(Value::as_str).map(str::to_owned),
            Ok(None) => Some("not found".to_owned()),
            Err(why) => {
                emit.say(&format!("{}: {why}", movement.reference_id));
                None
            }
        };
        let before = movement.standing;
        if let (Ok(found), Ok(_)) = (found, &lock) {
            let (step, reference_id) = (movement.step.clone(), movement.reference_id);
            let event = Event::Reconciled { step, reference_id, found };
            let written = world.engine.note(&mut state, event).await;
            written.map_err(|error| error.to_string())?;
        }
        let line = Line { run: state.run, flow: state.started.flow.clone(), movement, api };
        let torn = fate_of(&state, line.movement.reference_id) == Some(Fate::Torn);
        if torn && before != Standing::Unknown {
            tell_torn(&state, emit);
        }
        lines.push((line, torn));
    }
    Ok(lines)
}

/// A payment that does not stand as the API once said is never a line among others.
fn tell_torn(state: &State, emit: &Emit) {
    let Some(failure) = state.finished.as_ref().and_then(|ended| ended.failure.as_ref()) else {
        return;
    };
    let help = failure.help.as_deref().unwrap_or_default();
    emit.error(&format!("run {}: {}; {help}", state.run, failure.message));
}
