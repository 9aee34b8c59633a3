//! The only place that chooses what happens next. The same choice is made live, on resume and in simulation.

use super::conclude;
use std::ops::Range;

use jiff::Timestamp;

use super::action::Action;
use super::conclude::finish;
use super::cursor::Here;
use super::event::Event;
use super::outcome::{Failure, FailureKind, Outcome, StepStatus};
use super::payments::{contradictory, could_be_undone};
use super::settle::policy;
use super::state::State;
use super::step_state::StepState;
use super::{items, local_step};
use crate::base::value::{Map, Value};
use crate::expr::Template;
use crate::flow::plan::{PlanStep, StepInputError, Uses};
use crate::steps::step::Class;

/// The one next thing for a run.
pub fn decide(state: &State) -> Action {
    match &state.finished {
        Some(finished) => Action::Finish(Event::RunFinished {
            outcome: finished.outcome,
            outputs: finished.outputs.clone(),
            failure: finished.failure.clone(),
        }),
        None => next(state),
    }
}

/// The step of a run that waits for a person's yes or no, with its question.
pub fn question(state: &State) -> Option<(String, String)> {
    match next(state) {
        Action::Ask { step, question } => Some((step, question)),
        Action::Send(_)
        | Action::Listen { .. }
        | Action::Wait { .. }
        | Action::Record(_)
        | Action::Finish(_) => None,
    }
}

/// The next thing for a run that has not ended. What it waits for, it names by this machine's clock.
fn next(state: &State) -> Action {
    let came = flow(&Here::root(state), false);
    // no end is built on the word of an API that contradicts itself
    let torn = match came {
        Came::Done(_) | Came::Failed(_) => contradictory(state),
        Came::Act(_) | Came::Rest(_) | Came::Unclear(_) => None,
    };
    if torn.is_some() {
        return finish(Outcome::Unclear, Map::new(), torn);
    }
    match came {
        Came::Act(action) => *action,
        Came::Rest(rest) => match rest.action() {
            Action::Wait { until, why, step } => {
                Action::Wait { until: state.clocks.on_wall(until), why, step }
            }
            Action::Listen { until } => {
                Action::Listen { until: until.map(|until| state.clocks.on_wall(until)) }
            }
            other => other,
        },
        Came::Done(outputs) => {
            let failure = bad_output(&Here::root(state));
            finish(Outcome::Succeeded, outputs, failure)
        }
        Came::Failed(failure) => finish(Outcome::Failed, Map::new(), failure),
        Came::Unclear(failure) => finish(Outcome::Unclear, Map::new(), failure),
    }
}

/// What a step, a section of steps or a flow comes to just now.
enum Came {
    /// There is something to write down or to send.
    Act(Box<Action>),
    /// There is nothing to do at once.
    Rest(Rest),
    /// All of it was done.
    Done(Map),
    /// A step failed.
    Failed(Option<Failure>),
    /// Nobody can say what happened to a step.
    Unclear(Option<Failure>),
}

/// A moment to wait for.
struct Moment {
    until: Timestamp,
    why: String,
    step: Option<String>,
}

/// What there is to wait for while there is nothing to do.
#[derive(Default)]
struct Rest {
    /// An answer that is under way.
    in_flight: bool,
    /// A moment.
    wait: Option<Moment>,
    /// A person's answer to the question of a step.
    ask: Option<(String, String)>,
    /// Somebody who takes the run up again.
    paused: Option<Failure>,
}

impl Rest {
    fn join(&mut self, other: Self) {
        self.in_flight |= other.in_flight;
        self.wait = match (self.wait.take(), other.wait) {
            (Some(one), Some(two)) => Some(if two.until < one.until { two } else { one }),
            (one, two) => one.or(two),
        };
        self.ask = self.ask.take().or(other.ask);
        self.paused = self.paused.take().or(other.paused);
    }

    /// Nobody is asked, and nothing stops, while something is under way.
    fn action(self) -> Action {
        match self {
            Self { in_flight: true, wait, .. } => {
                Action::Listen { until: wait.map(|wait| wait.until) }
            }
            Self { wait: Some(Moment { until, why, step }), .. } => {
                Action::Wait { until, why, step }
            }
            Self { ask: Some((step, question)), .. } => Action::Ask { step, question },
            Self { paused, .. } => finish(Outcome::Paused, Map::new(), paused),
        }
    }
}

/// A flow: its steps, then what follows a failure, then what follows in any case. `halted` if something beside
/// it has failed or paused: then nothing new begins in it, and only what may have changed something is settled.
fn flow(here: &Here<'_>, halted: bool) -> Came {
    let [main, on_failure, finally] = here.frame.plan.sections();
    let mut failed = match section(here, main, halted) {
        Came::Done(_) => None,
        Came::Failed(failure) => {
            // what undoes a failure must not undo a payment
            if !could_be_undone(here.state, here.frame) {
                match section(here, on_failure, halted) {
                    Came::Done(_) | Came::Failed(_) => {}
                    open => return open,
                }
            }
            Some(failure)
        }
        open => return open,
    };
    match section(here, finally, halted) {
        Came::Done(_) => {}
        Came::Failed(last) => failed = failed.or(Some(last)),
        open => return open,
    }
    match failed {
        Some(failure) => Came::Failed(failure),
        None => Came::Done(outputs(here)),
    }
}

/// The steps of a section in the order written; in a graph, each as soon as those it needs are done. Once one
/// has failed, paused or become unclear nothing new begins, and what may have changed something is settled
/// before the section ends with the worst of them.
fn section(here: &Here<'_>, range: Range<usize>, halted: bool) -> Came {
    let frame = here.frame;
    let steps = || {
        let steps = frame.plan.all().zip(&frame.steps).enumerate();
        steps.skip(range.start).take(range.len())
    };
    let ends = |(_, (plan, step)): &(usize, (&PlanStep, &StepState))| match step.status {
        StepStatus::Failed => !plan.continue_on_error,
        StepStatus::Unclear => true,
        _ => false,
    };
    let halted = halted || steps().any(|step| ends(&step));
    let (mut rest, mut send) = (Rest::default(), None);
    let (mut failed, mut unclear, mut open) = (None, None, false);
    for (index, (plan, step)) in steps() {
        let came = match step.status {
            StepStatus::Succeeded | StepStatus::Skipped => continue,
            StepStatus::Failed if plan.continue_on_error => continue,
            StepStatus::Failed => Came::Failed(step.failure.clone()),
            StepStatus::Unclear => Came::Unclear(step.failure.clone()),
            StepStatus::Pending if halted || !plan.needs.iter().all(|id| is_over(here, id)) => {
                open = true;
                continue;
            }
            StepStatus::Pending => begin(here, index, plan),
            StepStatus::Running => go_on(here, index, plan, step, halted),
        };
        match came {
            Came::Act(action) if matches!(*action, Action::Record(_)) => return Came::Act(action),
            Came::Act(action) => send = send.or(Some(action)),
            Came::Rest(other) => rest.join(other),
            Came::Failed(failure) => failed = failed.or(Some(failure)),
            Came::Unclear(failure) => unclear = unclear.or(Some(failure)),
            Came::Done(_) => {}
        }
        open = true;
        if !frame.plan.graph {
            break;
        }
    }
    if rest.paused.is_some() && !halted {
        return section(here, range, true);
    }
    match (send, unclear, failed) {
        (Some(action), ..) => Came::Act(action),
        _ if rest.in_flight || rest.wait.is_some() => Came::Rest(rest),
        (_, Some(failure), _) => Came::Unclear(failure),
        (_, _, Some(failure)) => Came::Failed(failure),
        _ if open => Came::Rest(rest),
        _ => Came::Done(Map::new()),
    }
}

fn is_over(here: &Here<'_>, id: &str) -> bool {
    let step = here.frame.index(id).and_then(|index| here.frame.steps.get(index));
    step.is_some_and(|step| step.ended_at.is_some())
}

/// What a step that has begun comes to. Beside something that failed, it is only settled what it has changed.
fn go_on(here: &Here<'_>, index: usize, plan: &PlanStep, step: &StepState, halted: bool) -> Came {
    if step.exchange.in_flight.is_some() {
        return Came::Rest(Rest { in_flight: true, ..Rest::default() });
    }
    let came = match &plan.uses {
        Uses::Flow { .. } => return next_turn(here, index, plan, halted),
        Uses::Kind(_) if plan.foreach.is_some() && step.is_fresh() => {
            next_turn(here, index, plan, halted)
        }
        Uses::Kind(_) if local_step::is_local(here, index, plan) => turn(here, index, plan, halted),
        Uses::Kind(_) => Came::of(policy::step(here, index, plan)),
    };
    match came {
        Came::Act(action) if !matches!(*action, Action::Record(_)) && halted => {
            match step.exchange.changes() {
                true => Came::Act(action),
                false => Came::Rest(Rest::default()),
            }
        }
        Came::Rest(rest) if halted && !step.exchange.changes() => {
            Came::Rest(Rest { paused: rest.paused, ..Rest::default() })
        }
        came => came,
    }
}

impl Came {
    /// What one step wishes, sorted by what it means for those beside it.
    fn of(action: Action) -> Self {
        match action {
            Action::Record(_) | Action::Send(_) => Self::Act(Box::new(action)),
            Action::Wait { until, why, step } => {
                let wait = Some(Moment { until, why, step });
                Self::Rest(Rest { wait, ..Rest::default() })
            }
            Action::Listen { until } => {
                let wait = until.map(|until| Moment { until, why: String::new(), step: None });
                Self::Rest(Rest { in_flight: true, wait, ..Rest::default() })
            }
            Action::Ask { step, question } => {
                Self::Rest(Rest { ask: Some((step, question)), ..Rest::default() })
            }
            Action::Finish(Event::RunFinished { outcome, failure, outputs }) => match outcome {
                Outcome::Paused => Self::Rest(Rest { paused: failure, ..Rest::default() }),
                Outcome::Succeeded => Self::Done(outputs),
                Outcome::Failed | Outcome::Cancelled => Self::Failed(failure),
                Outcome::Unclear => Self::Unclear(failure),
            },
            Action::Finish(_) => Self::Unclear(None),
        }
    }
}

/// What a flow yields. What happened stands, whatever its report looks like: an output that can't be made takes nothing back.
/// Of a run it is null, and the run says why. Of a sub-flow there is none, and whoever reads it is told.
fn outputs(here: &Here<'_>) -> Map {
    let one = |(name, template): &(String, Template)| match template.eval(&here.frame.scope) {
        Ok(value) => Some((name.clone(), value)),
        Err(_) => here.is_root().then(|| (name.clone(), Value::Null)),
    };
    here.frame.plan.outputs.iter().filter_map(one).collect()
}

/// The outputs of a run that can't be made.
fn bad_output(here: &Here<'_>) -> Option<Failure> {
    let templates = here.frame.plan.outputs.iter();
    let errors: Vec<(String, Option<String>)> = templates
        .filter_map(|(name, template)| {
            let error = template.eval(&here.frame.scope).err()?;
            let place = here.place(error.span);
            Some((format!("output `{name}`: {}{place}", error.message), error.help))
        })
        .collect();
    let (first, help) = errors.first()?.clone();
    let mut failure = Failure::new(FailureKind::Template, first);
    failure.detail = errors.into_iter().map(|(line, _)| line).collect();
    let advice = help.map(|help| format!("; {help}")).unwrap_or_default();
    Some(failure.help(format!(
        "the run is done and stands, do not start it again; mend the output in the flow{advice}"
    )))
}

fn begin(here: &Here<'_>, index: usize, plan: &PlanStep) -> Came {
    if let Some(condition) = &plan.cond {
        match condition.holds(&here.frame.scope) {
            Ok(true) => {}
            Ok(false) => {
                let reason = condition.text().to_owned();
                let step = here.name_of(plan);
                return Came::of(Action::Record(Event::StepSkipped { step, reason }));
            }
            Err(error) => {
                let place = here.place(error.span);
                let failure =
                    Failure::new(FailureKind::Template, format!("`if`: {}{place}", error.message));
                return failed(here, plan, with_help(failure, error.help));
            }
        }
    }
    if let (Some(foreach), Some(items)) = (&plan.foreach, here.frame.items(index))
        && let Some(bad) = items.as_ref().as_ref().ok().and_then(|all| items::bad_key(foreach, all))
    {
        return failed(here, plan, bad_parameters(here, &[bad]));
    }
    next_turn(here, index, plan, false)
}

/// The next turn of a step that runs once per item; of any other step, its only one.
fn next_turn(here: &Here<'_>, index: usize, plan: &PlanStep, halted: bool) -> Came {
    let Some(items) = here.frame.items(index) else { return turn(here, index, plan, halted) };
    let taken = here.frame.steps.get(index).map_or(0, |step| step.turns.len());
    match items.as_ref() {
        Ok(items) if taken >= items.len() => {
            let step = here.name_of(plan);
            Came::of(Action::Record(Event::StepSucceeded { step, outputs: Map::new() }))
        }
        Ok(_) => turn(here, index, plan, halted),
        Err(error) => failed(here, plan, bad_parameters(here, std::slice::from_ref(error))),
    }
}

/// The next thing of a step, or of one of its turns.
fn turn(here: &Here<'_>, index: usize, plan: &PlanStep, halted: bool) -> Came {
    let Some(kind) = plan.kind() else { return subflow(here, index, plan, halted) };
    let Some(params) = here.frame.params(index) else { return Came::Failed(None) };
    let params = match params.as_ref() {
        Ok(params) => params,
        Err(errors) => return failed(here, plan, bad_parameters(here, errors)),
    };
    Came::of(match kind.class(params) {
        Class::Local => local_step::step(here, index, plan, params),
        _ => policy::step(here, index, plan),
    })
}

/// A step that uses a flow: what that flow comes to.
fn subflow(here: &Here<'_>, index: usize, plan: &PlanStep, halted: bool) -> Came {
    let frame = match here.frame.child(index) {
        Some(Ok(frame)) => frame,
        Some(Err(errors)) => return failed(here, plan, bad_parameters(here, errors)),
        None => return Came::Failed(None),
    };
    match flow(&here.inside(index, frame), halted) {
        Came::Done(outputs) => {
            Came::of(conclude::succeeded(here, index, plan, &Value::Null, outputs))
        }
        Came::Failed(failure) => {
            let failure = failure.unwrap_or_else(|| {
                Failure::new(FailureKind::Template, "the sub-flow can't be carried on")
            });
            failed(here, plan, failure)
        }
        Came::Unclear(failure) => {
            let step = here.name_of(plan);
            let failure = failure.unwrap_or_else(|| {
                Failure::new(FailureKind::Unclear, "the sub-flow can't be carried on")
            });
            Came::of(Action::Record(Event::StepUnclear { step, failure }))
        }
        open => open,
    }
}

fn failed(here: &Here<'_>, plan: &PlanStep, failure: Failure) -> Came {
    Came::of(conclude::failed(here, plan, failure, Map::new()))
}

fn bad_parameters(here: &Here<'_>, errors: &[StepInputError]) -> Failure {
    let line = |error: &StepInputError| {
        format!("{}: {}{}", error.field, error.message, here.place(error.span))
    };
    let first = errors.first().map(line).unwrap_or_default();
    let mut failure = Failure::new(FailureKind::Template, first);
    failure.detail = errors.iter().map(line).collect();
    with_help(failure, errors.first().and_then(|error| error.help.clone()))
}

fn with_help(mut failure: Failure, help: Option<String>) -> Failure {
    failure.help = help.or(failure.help);
    failure
}
