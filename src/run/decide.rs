//! The only place that chooses what happens next. The same choice is made live, on resume and in simulation.

use super::action::Action;
use super::event::Event;
use super::outcome::{Failure, FailureKind, Outcome, StepStatus};
use super::settle;
use super::state::State;
use crate::base::value::{Map, Value};
use crate::flow::plan::{PlanStep, StepInputError};
use crate::steps::step::{Class, Verdict};

/// The one next thing for a run.
pub fn decide(state: &State) -> Action {
    if let Some(finished) = &state.finished {
        return Action::Finish(Event::RunFinished {
            outcome: finished.outcome,
            outputs: finished.outputs.clone(),
            failure: finished.failure.clone(),
        });
    }
    for (index, (plan, step)) in state.plan.steps.iter().zip(&state.steps).enumerate() {
        match step.status {
            StepStatus::Succeeded | StepStatus::Skipped => {}
            StepStatus::Failed if plan.continue_on_error => {}
            StepStatus::Failed => return finish(Outcome::Failed, Map::new(), step.failure.clone()),
            StepStatus::Unclear => {
                return finish(Outcome::Unclear, Map::new(), step.failure.clone());
            }
            StepStatus::Pending => return begin(state, index, plan),
            StepStatus::Running => return settle::step(state, index, plan),
        }
    }
    finish(Outcome::Succeeded, outputs(state), None)
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
    let verdict = state.with_progress(index, |progress| kind.local(params, progress));
    match verdict {
        Some(Verdict::Done(outputs)) => settle::succeeded(state, plan, &Value::Null, outputs),
        Some(Verdict::Failed { message, outputs }) => {
            let failure = Failure::new(FailureKind::Assertion, message);
            settle::failed(plan, failure, outputs)
        }
        Some(Verdict::Next | Verdict::Again(_) | Verdict::Unreadable(_)) | None => {
            let failure = Failure::new(FailureKind::Template, "the step can't be decided");
            settle::failed(plan, failure, Map::new())
        }
    }
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
