//! `run FLOW`: one flow, from its file to its end.

use super::history;
use std::sync::Arc;

use indexmap::IndexMap;

use super::args::cli::RunArgs;
use super::console::Emit;
use super::drive::drive;
use super::exit_report;
use super::history::History;
use super::load::{self, NotStarted};
use super::resume::one;
use super::resume::one::TakeUp;
use super::target::{self, Target, Where};
use crate::base::key::Key;
use crate::base::money::Money;
use crate::base::value::{Map, Value};
use crate::engine::engine::Broken;
use crate::engine::ports::{Clock, Journal, JournalError, RunRow};
use crate::engine::stop::Stop;
use crate::flow::plan::Plan;
use crate::io::host;
use crate::io::journal::sqlite::SqliteJournal;
use crate::run::event::{FORMAT, RunStarted};
use crate::run::history::Outside;
use crate::run::state::State;

/// Everything a run needs before its first event.
struct Ready {
    plan: Arc<Plan>,
    /// The key, as a new run may have it; none too where an old run has one that is no key today.
    key: Option<Key>,
    inputs: Map,
    outside: Outside,
    at: Where,
    /// The run that has the key already, and its journal.
    known: Option<(SqliteJournal, RunRow)>,
    file: String,
}

/// Runs a flow.
pub async fn run(args: RunArgs, emit: &Emit, stop: Stop) -> u8 {
    let mut ready = match prepare(&args, emit).await {
        Ok(ready) => ready,
        Err(why) => return exit_report::not_started(&why, None, emit),
    };
    match ready.known.take() {
        // what is over needs neither credentials nor a yes
        Some((journal, row)) => same_key(ready, journal, &row, &args, emit, stop).await,
        None => start(ready, &args, emit, stop).await,
    }
}

async fn prepare(args: &RunArgs, emit: &Emit) -> Result<Ready, NotStarted> {
    if let Some(limit) = &args.max_total {
        limit
            .parse::<Money>()
            .and_then(Money::payable)
            .map_err(|error| format!("--max-total: {error}"))?;
    }
    let source = load::source(&args.flow)?;
    let (plan, warnings) = load::plan(&source)?;
    if !warnings.is_empty() && !emit.common.quiet {
        NotStarted::Diagnostics(warnings).tell(emit);
    }
    let known = known(args, &plan.name, emit).await?;
    let key = key(args, known.is_some())?;
    let at = Where::of(&args.target)?;
    let inputs = load::inputs(&plan, &args.inputs, matches!(at, Where::Sandbox), emit)?;
    // a run that is there already is told without them; if it goes on, that asks for them
    let secrets = match known {
        Some(_) => IndexMap::new(),
        None => load::secrets(&plan, emit)?,
    };
    let outside = Outside { secrets, inputs: Map::new() };
    Ok(Ready { plan, key, known, inputs, outside, at, file: source.name().to_owned() })
}

/// The run that has the key already. One that began when keys had no rule is found by the very text it was given.
async fn known(
    args: &RunArgs,
    flow: &str,
    emit: &Emit,
) -> Result<Option<(SqliteJournal, RunRow)>, NotStarted> {
    let Some(key) = &args.key else { return Ok(None) };
    let Some(journal) = target::existing_journal(emit)? else { return Ok(None) };
    let row = journal.find_key(flow, key).await.map_err(|error| error.to_string())?;
    Ok(row.map(|row| (journal, row)))
}

/// The key to begin under, if a run is to begin.
fn key(args: &RunArgs, known: bool) -> Result<Option<Key>, NotStarted> {
    let parsed = args.key.as_deref().map(Key::parse);
    match (parsed.transpose(), known) {
        (Ok(key), _) => Ok(key),
        (Err(_), true) => Ok(None),
        (Err(bad), false) => Err(format!("--key: {bad}; nothing was sent").into()),
    }
}

/// The run that has the key already: its result if it ended, else it is resumed. A rehearsal is no payment:
/// a key that was used elsewhere is refused.
async fn same_key(
    ready: Ready,
    journal: SqliteJournal,
    row: &RunRow,
    args: &RunArgs,
    emit: &Emit,
    stop: Stop,
) -> u8 {
    let key = args.key.as_deref().unwrap_or_default();
    if !ready.at.continues(&row.base_url) {
        let message = format!(
            "the key {key} belongs to run {} at {}, and this one is to go to {}: take another key or another --journal; \
             nothing was sent",
            row.run,
            row.base_url,
            ready.at.name()
        );
        return exit_report::not_started(
            &NotStarted::Message(message),
            Some(&ready.plan.name),
            emit,
        );
    }
    emit.say(&format!("key {key} is run {} already ({})", row.run, row.status));
    if row.pruned_at.is_some() {
        return exit_report::pruned(row, emit);
    }
    let began = history::history(&journal, row.run).await;
    if let Ok(History { started, .. }) = began {
        let differs = |(name, value): (&String, &Value)| {
            let other = started.inputs.get(name).map(Value::masked);
            (other != Some(value.masked())).then(|| name.clone())
        };
        let changed: Vec<String> = ready.inputs.iter().filter_map(differs).collect();
        if !changed.is_empty() {
            emit.say(&format!(
                "warning: it was started with another {}; that run stands",
                changed.join(", ")
            ));
        }
    }
    one::one(journal, row.run, &as_it_is(args), emit, stop).await
}

/// A run that has the key goes on with nothing but what it needs again.
fn as_it_is(args: &RunArgs) -> TakeUp<'_> {
    TakeUp { input: &args.inputs.input, target: &args.target, answer: None }
}

async fn start(ready: Ready, args: &RunArgs, emit: &Emit, stop: Stop) -> u8 {
    let Ready { plan, key, known: _, inputs, outside, at, file } = ready;
    let flow = plan.name.clone();
    let not_started = |message: String| {
        exit_report::not_started(&NotStarted::Message(message), Some(&flow), emit)
    };
    let opened = Target::moving(&plan, at, &args.target, emit)
        .and_then(|target| Ok((target, target::journal(emit)?)));
    let (target, journal) = match opened {
        Ok(opened) => opened,
        Err(why) => return exit_report::not_started(&why, Some(&flow), emit),
    };
    let run = host::new_run();
    let lock = match journal.lock(run).await {
        Ok(lock) => lock,
        Err(error) => return not_started(error.to_string()),
    };
    let world = match target::world(target, journal.clone(), stop.clone(), emit).await {
        Ok(world) => world,
        Err(why) => return exit_report::not_started(&why, Some(&flow), emit),
    };
    let started = RunStarted {
        format: FORMAT,
        flow: flow.clone(),
        flow_digest: plan.digest.clone(),
        file,
        key,
        seed: host::new_seed(),
        inputs,
        base_url: world.base_url.clone(),
        sandbox: world.sandbox,
        max_total: args.max_total.clone(),
        batch: None,
    };
    let mut state = State::begin(run, plan, started, world.engine.clock.now(), outside);
    let mut watch = emit.watch();
    match world.engine.start(&state, &mut watch).await {
        Ok(()) => {}
        Err(Broken::Journal(JournalError::KeyTaken(other))) => {
            // another process started the same key between our look and our start
            drop((watch, lock));
            world.close().await;
            return Box::pin(one::one(journal, other, &as_it_is(args), emit, stop)).await;
        }
        Err(error) => return not_started(error.to_string()),
    }
    drive(world, &mut state, watch, emit).await
}
