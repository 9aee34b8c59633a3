//! How steps and runs end.

use super::action::Action;
use super::cursor::Here;
use super::event::Event;
use super::outcome::{Failure, FailureKind, Outcome};
use crate::base::value::{Map, Value};
use crate::flow::plan::PlanStep;

/// The end of a run, or its stop for now.
pub(crate) fn finish(outcome: Outcome, outputs: Map, failure: Option<Failure>) -> Action {
    Action::Finish(Event::RunFinished { outcome, outputs, failure })
}

/// The step is done, if what the flow expects of it holds.
pub(crate) fn succeeded(
    here: &Here<'_>,
    index: usize,
    plan: &PlanStep,
    response: &Value,
    outputs: Map,
) -> Action {
    if !plan.expect.is_empty() {
        let scope =
            here.frame.scope_of(index).with_reply(response.clone(), Value::Map(outputs.clone()));
        for condition in &plan.expect {
            let message = match condition.holds(&scope) {
                Ok(true) => continue,
                Ok(false) => format!("expected `{}`, which does not hold", condition.text()),
                Err(error) => format!("`expect: {}`: {}", condition.text(), error.message),
            };
            return failed(here, plan, Failure::new(FailureKind::Assertion, message), outputs);
        }
    }
    let step = here.name_of(plan);
    match plan.foreach.is_some() {
        true => Action::Record(Event::TurnSucceeded { step, outputs }),
        false => Action::Record(Event::StepSucceeded { step, outputs }),
    }
}

/// The step failed, definitely. Of a step that uses a flow, a step in there may be at fault.
pub(crate) fn failed(
    here: &Here<'_>,
    plan: &PlanStep,
    mut failure: Failure,
    outputs: Map,
) -> Action {
    let step = here.name_of(plan);
    failure.step.get_or_insert_with(|| step.clone());
    Action::Record(Event::StepFailed { step, failure, outputs })
}

pub(crate) fn broken(here: &Here<'_>, plan: &PlanStep, message: &str) -> Action {
    let mut failure = Failure::new(FailureKind::Template, message);
    failure.step = Some(here.name_of(plan));
    finish(Outcome::Unclear, Map::new(), Some(failure))
}
