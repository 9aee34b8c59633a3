//! `resume`: goes on with runs that are paused, interrupted, crashed or unclear.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::all;
use crate::base::ids::RunId;
use crate::base::value::{Map, Value};
use crate::cli::approval::Given;
use crate::cli::args::cli::{ResumeArgs, TargetArgs};
use crate::cli::batch::resume;
use crate::cli::console::Emit;
use crate::cli::drive::{drive, go_on};
use crate::cli::exit_report;
use crate::cli::load;
use crate::cli::load::NotStarted;
use crate::cli::target;
use crate::cli::target::{Target, Where};
use crate::engine::engine::events;
use crate::engine::ports::{Journal, JournalError};
use crate::engine::stop::Stop;
use crate::flow::plan::Plan;
use crate::io::journal::sqlite::SqliteJournal;
use crate::run::event::{Event, FORMAT, RunStarted};
use crate::run::state::{Outside, Recorded, State};

/// The statuses of runs that can go on.
pub const OPEN: [&str; 3] = ["running", "paused", "unclear"];

/// Resumes one run or all.
pub async fn resume(args: ResumeArgs, emit: &Emit, stop: Stop) -> u8 {
    let journal = match target::existing_journal(emit) {
        Ok(Some(journal)) => journal,
        Ok(None) => return no_journal(&args, emit),
        Err(why) => return exit_report::not_started(&why, None, emit),
    };
    if let Some(batch) = &args.batch {
        return match resume::batch(journal, batch, &args, emit, stop).await {
            Ok(code) => code,
            Err(why) => exit_report::not_started(&why, None, emit),
        };
    }
    match &args.run {
        Some(prefix) => match journal.find_run(prefix).await {
            Ok(run) => one(journal, run, &TakeUp::of(&args), emit, stop).await,
            Err(error) => {
                exit_report::not_started(&NotStarted::Message(error.to_string()), None, emit)
            }
        },
        None => match all::all(journal, &args, emit, stop).await {
            Ok(code) => code,
            Err(why) => exit_report::not_started(&why, None, emit),
        },
    }
}

/// Where nothing ever ran there is nothing to go on with, unless one run was asked for.
fn no_journal(args: &ResumeArgs, emit: &Emit) -> u8 {
    let none = target::no_journal(emit);
    match (&args.run, &args.batch) {
        (Some(_), _) => exit_report::not_started(&NotStarted::Message(none), None, emit),
        (None, Some(batch)) => resume::nothing(batch, &none, emit),
        (None, None) => all::nothing(&none, emit),
    }
}

/// What a run that goes on is given.
pub struct TakeUp<'a> {
    /// Inputs that are secrets.
    pub input: &'a [String],
    /// Where requests go.
    pub target: &'a TargetArgs,
    /// A person's answer.
    pub answer: Option<Given>,
}

impl<'a> TakeUp<'a> {
    fn of(args: &'a ResumeArgs) -> Self {
        Self { input: &args.input, target: &args.target, answer: Given::of(args) }
    }
}

/// Resumes one run, or prints its result if it has ended.
pub async fn one(
    journal: SqliteJournal,
    run: RunId,
    with: &TakeUp<'_>,
    emit: &Emit,
    stop: Stop,
) -> u8 {
    let lock = match journal.lock(run).await {
        Ok(lock) => lock,
        Err(error @ JournalError::Held { .. }) => {
            return exit_report::held(&error.to_string(), emit);
        }
        Err(error) => {
            return exit_report::not_started(&NotStarted::Message(error.to_string()), None, emit);
        }
    };
    let code = match take_up(journal, run, with, emit, stop).await {
        Ok(code) => code,
        Err(why) => exit_report::not_started(&why, None, emit),
    };
    drop(lock);
    code
}

async fn take_up(
    journal: SqliteJournal,
    run: RunId,
    with: &TakeUp<'_>,
    emit: &Emit,
    stop: Stop,
) -> Result<u8, NotStarted> {
    let history = history(&journal, run).await?;
    // what the API said of its payments since may have opened its end again
    let plan = history.plan.clone();
    let known = State::told(run, plan, history.events.clone());
    let known = known.map_err(|error| error.to_string())?;
    let ended = known.finished.as_ref().is_some_and(|finished| finished.outcome.is_final());
    let started = history.started.clone();
    let plan = history.plan.clone();
    let state = match ended {
        true => State::told(run, history.plan, history.events),
        false => {
            let secrets = load::secrets(&history.plan, emit)?;
            let inputs = secret_inputs(&history.plan, &started, with.input)?;
            State::fold(run, history.plan, history.events, Outside { secrets, inputs })
        }
    };
    let mut state = state.map_err(|error| error.to_string())?;
    emit.secrets.learn(state.secrets());
    let answer = with.answer.as_ref().map(|given| given.fact(&state)).transpose()?;
    if let (true, Some(finished)) = (ended, &state.finished) {
        return Ok(exit_report::ended_before(&state, finished, emit));
    }
    let at = same_place(&started, with.target)?;
    let target = Target::moving(&plan, at, with.target, emit)?;
    let world = target::world(target, journal, stop, emit).await?;
    let mut watch = emit.watch();
    if let Err(error) = go_on(&world, &mut state, answer, &mut watch).await {
        drop(watch);
        world.close().await;
        return Ok(exit_report::broken(&state, &error, emit));
    }
    Ok(drive(world, &mut state, watch, emit).await)
}

/// A run as the journal has it.
pub struct History {
    /// The plan, from the text kept with the run.
    pub plan: Arc<Plan>,
    /// What it began with.
    pub started: RunStarted,
    /// All of its events.
    pub events: Vec<Recorded>,
}

/// Reads a run back: the flow's text is the one it started with, whatever the file says today.
pub async fn history(journal: &SqliteJournal, run: RunId) -> Result<History, NotStarted> {
    Plans::default().history(journal, run).await
}

/// The plans of runs that are read back one after the other, made once per flow.
#[derive(Default)]
pub struct Plans(RefCell<HashMap<(String, String), Arc<Plan>>>);

impl Plans {
    /// [`history`], with a plan that may be known.
    pub async fn history(
        &self,
        journal: &SqliteJournal,
        run: RunId,
    ) -> Result<History, NotStarted> {
        let (started, events) = facts(journal, run).await?;
        let flow = (started.flow_digest.clone(), started.file.clone());
        let known = self.0.borrow().get(&flow).cloned();
        if let Some(plan) = known {
            return Ok(History { plan, started, events });
        }
        let plan = kept_plan(journal, &started).await?;
        self.0.borrow_mut().insert(flow, plan.clone());
        Ok(History { plan, started, events })
    }
}

/// All of a run's events, and what the first one says.
pub async fn facts(
    journal: &SqliteJournal,
    run: RunId,
) -> Result<(RunStarted, Vec<Recorded>), NotStarted> {
    let records = journal.load(run).await.map_err(|error| error.to_string())?;
    let events = events(records).map_err(|error| error.to_string())?;
    let Some(Recorded { event: Event::RunStarted(started), .. }) = events.first() else {
        return Err(NotStarted::Message(format!("run {run} has no first event")));
    };
    let started = started.clone();
    if started.format > FORMAT {
        return Err(NotStarted::Message(format!(
            "run {run} was written by a newer dollr-flow (event format {}, this one reads {FORMAT}): update it",
            started.format
        )));
    }
    Ok((started, events))
}

/// The plan of the flow's text that was kept with a run.
pub async fn kept_plan(
    journal: &SqliteJournal,
    started: &RunStarted,
) -> Result<Arc<Plan>, NotStarted> {
    let kept = journal.flow(&started.flow_digest).await.map_err(|error| error.to_string())?;
    let kept = kept.ok_or_else(|| "the run's flow is not in the journal".to_owned())?;
    let plan = load::kept(&started.file, kept.text)?;
    if plan.digest != started.flow_digest {
        let message = "the flow that was kept with the run is not the one it began with";
        return Err(NotStarted::Message(message.to_owned()));
    }
    Ok(plan)
}

/// A run goes on where it began: its references mean nothing anywhere else.
pub fn same_place(started: &RunStarted, args: &TargetArgs) -> Result<Where, NotStarted> {
    place_of(&started.base_url, started.sandbox, args)
}

/// The place of a run that began at `base_url`.
pub fn place_of(base_url: &str, sandbox: bool, args: &TargetArgs) -> Result<Where, NotStarted> {
    let began = Where::again(base_url, sandbox)?;
    if args.sandbox && !sandbox {
        return Err(NotStarted::Message(format!(
            "the run began at {base_url}, not on the embedded sandbox; resume it there"
        )));
    }
    match &args.base_url {
        Some(_) if sandbox => Ok(began),
        Some(url) => {
            let here = Where::of(&TargetArgs { base_url: Some(url.clone()), ..args.clone() })?;
            match here.continues(base_url) {
                true => Ok(here),
                false => Err(NotStarted::Message(format!(
                    "the run began at {base_url}: its payments mean nothing at another host; nothing was sent"
                ))),
            }
        }
        None => Ok(began),
    }
}

/// Secret inputs are not in the journal: they come again from the command line or the environment.
pub fn secret_inputs(
    plan: &Plan,
    started: &RunStarted,
    given: &[String],
) -> Result<Map, NotStarted> {
    let withheld: Vec<&String> = started
        .inputs
        .iter()
        .filter(|(_, value)| matches!(value, Value::Secret(_)))
        .map(|(name, _)| name)
        .collect();
    if withheld.is_empty() {
        return Ok(Map::new());
    }
    load::again(plan, &withheld, given)
}
