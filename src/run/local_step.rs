//! Steps that send nothing: conditions, waits, and a person's yes or no.

use super::action::Action;
use super::conclude;
use super::cursor::Here;
use super::event::Event;
use super::outcome::{Failure, FailureKind};
use crate::base::value::{Map, Value};
use crate::flow::plan::PlanStep;
use crate::steps::step::{Answer, Class, Due, Params, Verdict};

/// Whether a step sends nothing.
pub(crate) fn is_local(here: &Here<'_>, index: usize, plan: &PlanStep) -> bool {
    let params = here.frame.params(index);
    let params = params.as_deref().and_then(|params| params.as_ref().ok());
    plan.kind().zip(params).is_some_and(|(kind, params)| kind.class(params) == Class::Local)
}

/// The next action for such a step.
pub(crate) fn step(here: &Here<'_>, index: usize, plan: &PlanStep, params: &Params) -> Action {
    let (Some(kind), Some(step)) = (plan.kind(), here.frame.steps.get(index)) else {
        return undecided(here, plan);
    };
    let name = || here.name_of(plan);
    if step.answer.is_none()
        && let Some(question) = kind.question(params)
    {
        return Action::Ask { step: name(), question };
    }
    let due = here.with_progress(index, |progress| kind.due(params, progress)).flatten();
    let clocks = &here.state.clocks;
    let due = due.map(|due| match due {
        Due::On(date) => (clocks.of_date(date), date),
        Due::At(moment) => (moment, clocks.to_date(moment)),
    });
    if let Some((until, date)) = due.filter(|(due, _)| here.state.now < *due) {
        let why = format!("until {date:.0}");
        return match step.began_at {
            // written down first: a process that takes the run up later waits for the same moment
            None => Action::Record(Event::NotFinalYet { step: name(), status: why, act: None }),
            Some(_) => Action::Wait { until, why, step: Some(name()) },
        };
    }
    match here.with_progress(index, |progress| kind.local(params, progress)) {
        Some(Verdict::Done(outputs)) => {
            conclude::succeeded(here, index, plan, &Value::Null, outputs)
        }
        Some(Verdict::Failed { message, outputs }) => {
            let kind = match step.answer {
                Some(Answer { approved: false, .. }) => FailureKind::Refused,
                Some(Answer { approved: true, .. }) | None => FailureKind::Assertion,
            };
            conclude::failed(here, plan, Failure::new(kind, message), outputs)
        }
        Some(Verdict::Next | Verdict::Again(_) | Verdict::Act { .. } | Verdict::Unreadable(_))
        | None => undecided(here, plan),
    }
}

fn undecided(here: &Here<'_>, plan: &PlanStep) -> Action {
    let failure = Failure::new(FailureKind::Template, "the step can't be decided");
    conclude::failed(here, plan, failure, Map::new())
}
