//! The only place that chooses what happens next. The same choice is made live, on resume and in simulation.

use std::ops::Range;

use uuid::Uuid;

use super::action::Action;
use super::event::Event;
use super::local;
use super::outcome::{Failure, FailureKind, Outcome, StepStatus};
use super::settle;
use super::state::State;
use crate::base::value::{Map, Value};
use crate::flow::plan::{PlanStep, StepInputError};
use crate::steps::step::Class;

/// The one next thing for a run.
pub fn decide(state: &State) -> Action {
    if let Some(finished) = &state.finished {
        return Action::Finish(Event::RunFinished {
            outcome: finished.outcome,
            outputs: finished.outputs.clone(),
            failure: finished.failure.clone(),
        });
    }
    let [main, on_failure, finally] = state.plan.sections();
    let mut failure = match section(state, main) {
        Section::Act(action) => return *action,
        Section::Done => None,
        Section::Failed(failure) => {
            // what undoes a failure must not undo a payment
            if !may_have_moved(state)
                && let Section::Act(action) = section(state, on_failure)
            {
                return *action;
            }
            Some(failure)
        }
    };
    match section(state, finally) {
        Section::Act(action) => return *action,
        Section::Done => {}
        Section::Failed(last) => failure = failure.or(Some(last)),
    }
    match failure {
        Some(failure) => finish(Outcome::Failed, Map::new(), failure),
        None => finish(Outcome::Succeeded, outputs(state), None),
    }
}

/// The step of a run that waits for a person's yes or no, with its question.
pub fn question(state: &State) -> Option<(String, String)> {
    let mut open = state.clone();
    open.finished = None;
    match decide(&open) {
        Action::Ask { step, question } => Some((step, question)),
        Action::Send(_) | Action::Wait { .. } | Action::Record(_) | Action::Finish(_) => None,
    }
}

/// What the steps of a section come to.
enum Section {
    /// There is something to do.
    Act(Box<Action>),
    /// All of it was done.
    Done,
    /// A step failed.
    Failed(Option<Failure>),
}

/// The steps of a section in the order written; where some name their needs, each once those are done.
fn section(state: &State, range: Range<usize>) -> Section {
    let steps = state.plan.all().zip(&state.steps).enumerate();
    let steps = steps.skip(range.start).take(range.len());
    for (index, (plan, step)) in steps {
        let action = match step.status {
            StepStatus::Succeeded | StepStatus::Skipped => continue,
            StepStatus::Failed if plan.continue_on_error => continue,
            StepStatus::Failed => return Section::Failed(step.failure.clone()),
            StepStatus::Unclear => finish(Outcome::Unclear, Map::new(), step.failure.clone()),
            StepStatus::Pending if !plan.needs.iter().all(|id| is_over(state, id)) => continue,
            StepStatus::Pending => begin(state, index, plan),
            StepStatus::Running if plan.foreach.is_some() && step.is_fresh() => {
                next_turn(state, index, plan)
            }
            StepStatus::Running if local::is_local(state, index, plan) => turn(state, index, plan),
            StepStatus::Running => settle::step(state, index, plan),
        };
        return Section::Act(Box::new(action));
    }
    Section::Done
}

fn is_over(state: &State, id: &str) -> bool {
    let step = state.index(id).and_then(|index| state.steps.get(index));
    step.is_some_and(|step| step.ended_at.is_some())
}

/// Whether a payment of the run moved money, or could have: anything but a refusal or a FAILED.
pub fn may_have_moved(state: &State) -> bool {
    let failed = |reference: Uuid| {
        let reference = reference.to_string();
        state.steps.iter().any(|step| {
            let text = |name: &str| step.outputs.get(name).and_then(Value::as_str);
            text("reference_id") == Some(&reference) && text("status") == Some("FAILED")
        })
    };
    let steps = state.steps.iter();
    steps.flat_map(|step| step.payments.iter().map(move |payment| (step, payment))).any(
        |(step, payment)| {
            let last = step.payments.last() == Some(payment);
            let refused = last && step.status == StepStatus::Failed && step.outputs.is_empty();
            !refused && !payment.reference_id.is_some_and(failed)
        },
    )
}

/// The end of a run, or its stop for now.
pub fn finish(outcome: Outcome, outputs: Map, failure: Option<Failure>) -> Action {
    Action::Finish(Event::RunFinished { outcome, outputs, failure })
}

/// What happened stands, whatever its report looks like: an output that can't be made is null.
fn outputs(state: &State) -> Map {
    let one = |(name, template): &(String, crate::expr::Template)| {
        (name.clone(), template.eval(&state.scope).unwrap_or(Value::Null))
    };
    state.plan.outputs.iter().map(one).collect()
}

fn begin(state: &State, index: usize, plan: &PlanStep) -> Action {
    if let Some(condition) = &plan.cond {
        match condition.holds(&state.scope) {
            Ok(true) => {}
            Ok(false) => {
                let reason = condition.text().to_owned();
                return Action::Record(Event::StepSkipped { step: plan.id.clone(), reason });
            }
            Err(error) => {
                let place = place(state, error.span);
                let failure =
                    Failure::new(FailureKind::Template, format!("`if`: {}{place}", error.message));
                return settle::failed(plan, with_help(failure, error.help), Map::new());
            }
        }
    }
    next_turn(state, index, plan)
}

/// The next turn of a step that runs once per item; of any other step, its only one.
fn next_turn(state: &State, index: usize, plan: &PlanStep) -> Action {
    let Some(items) = state.items(index) else { return turn(state, index, plan) };
    let taken = state.steps.get(index).map_or(0, |step| step.turns.len());
    match items.as_ref() {
        Ok(items) if taken >= items.len() => {
            Action::Record(Event::StepSucceeded { step: plan.id.clone(), outputs: Map::new() })
        }
        Ok(_) => turn(state, index, plan),
        Err(error) => {
            let failure = bad_parameters(state, std::slice::from_ref(error));
            settle::failed(plan, failure, Map::new())
        }
    }
}

/// The first action of a step, or of one of its turns.
fn turn(state: &State, index: usize, plan: &PlanStep) -> Action {
    let Some(kind) = plan.kind() else {
        let failure =
            Failure::new(FailureKind::Template, "a sub-flow can't be run by this version");
        return settle::failed(plan, failure, Map::new());
    };
    let Some(params) = state.params(index) else {
        return finish(Outcome::Failed, Map::new(), None);
    };
    let params = match params.as_ref() {
        Ok(params) => params,
        Err(errors) => return settle::failed(plan, bad_parameters(state, errors), Map::new()),
    };
    if kind.class(params) != Class::Local {
        return settle::step(state, index, plan);
    }
    local::step(state, index, plan, params)
}

fn bad_parameters(state: &State, errors: &[StepInputError]) -> Failure {
    let line = |error: &StepInputError| {
        format!("{}: {}{}", error.field, error.message, place(state, error.span))
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

fn place(state: &State, span: crate::base::span::Span) -> String {
    let (line, column) = state.plan.source.line_col(span.start);
    format!(" ({}:{line}:{column})", state.started.file)
}
