//! `resume`: goes on with runs that are paused, interrupted, crashed or unclear.

use super::all;
use crate::base::ids::RunId;
use crate::cli::approval::Given;
use crate::cli::args::cli::ResumeArgs;
use crate::cli::args::shared::TargetArgs;
use crate::cli::batch::resume;
use crate::cli::console::Emit;
use crate::cli::drive::{drive, go_on};
use crate::cli::history::{history, secret_inputs};
use crate::cli::load::NotStarted;
use crate::cli::target::{Target, same_place};
use crate::cli::{exit_report, load, target};
use crate::engine::ports::{Journal, JournalError};
use crate::engine::stop::Stop;
use crate::io::journal::sqlite::SqliteJournal;
use crate::run::history::Outside;
use crate::run::state::State;

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
