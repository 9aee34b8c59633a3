//! How a step that did not succeed is put into words, and which end that is for the run.

use super::policy::Settle;
use crate::api::rejection;
use crate::base::value::{Map, Value};
use crate::run::action::Action;
use crate::run::clocks::clock_is_off;
use crate::run::conclude::failed;
use crate::run::conclude::finish;
use crate::run::delivery::{Answer, Delivery};
use crate::run::event::Event;
use crate::run::outcome::{Failure, FailureKind, Outcome};
use crate::run::payments::may_have_moved;
use crate::steps::step::Class;

impl Settle<'_> {
    pub(crate) fn failure(&self, kind: FailureKind, message: String) -> Failure {
        let money = self.class == Class::Money;
        let sent = money && self.exchange().intended.is_some();
        let asked = self.params.get("reference_id").and_then(Value::as_str);
        let asked = asked.filter(|_| self.kind.pace(self.params).is_some());
        Failure {
            step: Some(self.name()),
            reference_id: sent
                .then_some(self.progress.reference_id)
                .or_else(|| asked.and_then(|text| text.parse().ok())),
            ..Failure::new(kind, message)
        }
    }

    /// What the API refused, field by field, each with the line it was written on.
    pub(crate) fn refusal(&self, answer: &Answer) -> Failure {
        let errors = rejection::read(&answer.body);
        let said = rejection::summary(&errors);
        let kind = match answer.status {
            401 => FailureKind::Credentials,
            408 | 429 | 500.. => FailureKind::Network,
            _ => FailureKind::Rejected,
        };
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        let mut message = format!("the API answered {}{said}", answer.status);
        // what it refuses may be a date
        let off = self.here.state.clocks.off().filter(|_| answer.status == 422);
        if let Some(off) = off {
            message = format!("{message}; {}", clock_is_off(off));
        }
        let mut failure = self.failure(kind, message);
        failure.http_status = Some(answer.status);
        let written = |field: &str| {
            let top = field.split('.').next().unwrap_or(field);
            let template = self.plan.with.iter().find(|(name, _)| name == top)?;
            Some(self.here.place(template.1.span()))
        };
        failure.detail = errors
            .iter()
            .map(|error| match error.field.as_str() {
                "" => error.message.clone(),
                field => {
                    let place = written(field).unwrap_or_default();
                    format!("{field}: {}{place}", error.message)
                }
            })
            .collect();
        failure.help = match answer.status {
            401 => Some("check the client id and secret".to_owned()),
            403 => Some(
                "the merchant may not do this: not verified yet, a wrong passcode, or a wrong environment"
                    .to_owned(),
            ),
            _ => off.map(|_| "set this machine's clock, by NTP for one, and start again".to_owned()),
        };
        failure
    }

    /// The step's time is over. What kept it from ending is what people have to mend.
    pub(crate) fn late(&self) -> Failure {
        let cause = match &self.exchange().trouble {
            Some(Delivery::Answered(answer)) => Some(self.refusal(answer)),
            Some(Delivery::Maybe(cause) | Delivery::Never(cause)) => {
                Some(self.failure(FailureKind::Network, cause.message.clone()))
            }
            None => self.step.waits_for.as_ref().map(|status| {
                self.failure(FailureKind::NotFinal, format!("the status was still {status}"))
            }),
        };
        let message = "the step's time limit passed";
        match cause {
            Some(cause) => Failure {
                kind: FailureKind::Timeout,
                message: format!("{message}; before that, {}", cause.message),
                ..cause
            },
            None => self.failure(FailureKind::Timeout, message.to_owned()),
        }
    }

    pub(crate) fn unclear(&self, mut failure: Failure) -> Action {
        failure.step = Some(self.name());
        failure.help = Some(match self.class {
            Class::Money => format!(
                "money may have moved: do not start it again; `dollr-flow resume {}` or `dollr-flow reconcile` asks again",
                self.here.state.run
            ),
            _ => format!(
                "no money moved in this step, but it may have made something; see what the API lists, then `dollr-flow resume {}`",
                self.here.state.run
            ),
        });
        Action::Record(Event::StepUnclear { step: self.name(), failure })
    }

    /// Patience is at its end. Nothing is ever called failed that may have happened.
    pub(crate) fn give_up(&self, mut failure: Failure) -> Action {
        if self.class == Class::Money && self.exchange().doubt {
            return self.unclear(failure);
        }
        let paused = self.exchange().doubt || self.here.state.changed;
        if !paused {
            failure
                .help
                .get_or_insert_with(|| "nothing was changed at the API; start it again".to_owned());
            return failed(self.here, self.plan, failure, Map::new());
        }
        let run = self.here.state.run;
        failure.help = Some(format!("`dollr-flow resume {run}` goes on where it stopped"));
        finish(Outcome::Paused, Map::new(), Some(failure))
    }

    /// Asking on is of no use before a person has done something: the run stops until it is taken up again.
    pub(crate) fn act(&self, what: &str) -> Action {
        let mut failure = self.failure(FailureKind::RequiresAction, what.to_owned());
        failure.help = Some(format!(
            "nothing is final yet, and nothing is to be started again: once that is done, `dollr-flow resume {}` \
             goes on asking",
            self.here.state.run
        ));
        finish(Outcome::Paused, Map::new(), Some(failure))
    }

    /// The API said no to a request that changed nothing. A payment does not fail because a question
    /// about it was refused: then the run waits for somebody to mend that.
    pub(crate) fn refused(&self, mut failure: Failure) -> Action {
        if self.kind.pace(self.params).is_none() || !may_have_moved(self.here.state) {
            return failed(self.here, self.plan, failure, Map::new());
        }
        let first = failure.help.map(|help| format!("{help}; ")).unwrap_or_default();
        failure.help = Some(format!(
            "{first}the payment was sent, so do not start it again: `dollr-flow resume {}` asks again",
            self.here.state.run
        ));
        finish(Outcome::Paused, Map::new(), Some(failure))
    }
}
