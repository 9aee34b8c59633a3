//! A step that has begun: from what was observed of its request to the next action.

use jiff::Timestamp;

use super::remedy::{Patience, Remedy, patience, remedy};
use crate::api::rejection;
use crate::base::value::{Map, Value};
use crate::flow::plan::{Kind, PlanStep, Retry};
use crate::run::action::{Action, Auth, Send};
use crate::run::conclude::{broken, failed, succeeded};
use crate::run::cursor::{Here, credentials};
use crate::run::delivery::{Answer, Delivery};
use crate::run::event::{Event, Purpose, RequestIntended};
use crate::run::exchange::{Exchange, Observed};
use crate::run::outcome::{Failure, FailureKind};
use crate::run::step_state::StepState;
use crate::steps::step::{Call, Class, Landed, Params, Progress, Verdict};

/// How long one request may take.
const REQUEST_MS: u64 = 30_000;

/// The next action for a step that has begun, or is about to.
pub(crate) fn step(here: &Here<'_>, index: usize, plan: &PlanStep) -> Action {
    let frame = here.frame;
    let (Some(kind), Some(params), Some(step)) =
        (plan.kind(), frame.params(index), frame.steps.get(index))
    else {
        return broken(here, plan, "the step is no step of this plan");
    };
    let Ok(params) = params.as_ref() else {
        return broken(here, plan, "the parameters can no longer be made");
    };
    let class = kind.class(params);
    let retry = plan.retry.or(frame.plan.defaults.retry).filter(|_| class != Class::Money);
    let action = here.with_progress(index, |progress| {
        let patience = patience(class);
        let settle =
            Settle { here, index, plan, step, kind, params, class, progress, patience, retry };
        let settle = settle.with_retry();
        settle.in_pace(settle.next())
    });
    action.unwrap_or_else(|| broken(here, plan, "the step is no step of this plan"))
}

/// Everything there is to know for settling one request.
pub(crate) struct Settle<'a> {
    pub(crate) here: &'a Here<'a>,
    pub(crate) index: usize,
    pub(crate) plan: &'a PlanStep,
    pub(crate) step: &'a StepState,
    pub(crate) kind: Kind,
    pub(crate) params: &'a Params,
    pub(crate) class: Class,
    pub(crate) progress: &'a Progress<'a>,
    pub(crate) patience: Patience,
    pub(crate) retry: Option<Retry>,
}

impl Settle<'_> {
    fn with_retry(mut self) -> Self {
        if let Some(retry) = self.retry {
            self.patience.troubles = retry.attempts;
            self.patience.sends = retry.attempts;
        }
        self
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.step.exchange
    }

    fn next(&self) -> Action {
        if let Some(action) = self.torn() {
            return action;
        }
        if let Some(body) = &self.exchange().adopted {
            return self.read(body, true);
        }
        if self.exchange().in_flight.is_some() {
            return Action::Listen { until: None };
        }
        let answered = self.exchange().last.as_ref().is_some_and(Observed::settles);
        if self.timed_out() && !answered {
            return self.give_up(self.late());
        }
        match &self.exchange().last {
            Some(last) if last.purpose == Purpose::Fence && !self.fenced() => {
                self.after_fence(last)
            }
            Some(last) if last.purpose == Purpose::Main => self.after_main(last),
            Some(last) if last.purpose == Purpose::Fence => match self.exchange().intended {
                Some(_) => self.not_landed(last),
                None => self.first(),
            },
            Some(last) => self.after_lookup(last),
            None => self.first(),
        }
    }

    pub(crate) fn fenced(&self) -> bool {
        self.exchange().fence.is_some()
    }

    fn after_main(&self, last: &Observed) -> Action {
        match &last.delivery {
            Delivery::Answered(answer) => self.after_answer(last, answer),
            Delivery::Maybe(cause) => {
                self.lost(last, self.failure(FailureKind::Network, cause.message.clone()))
            }
            Delivery::Never(cause) => {
                let failure = self.failure(FailureKind::Network, cause.message.clone());
                match self.exchange().doubt
                    && remedy(self.class, self.has_lookup()) == Remedy::LookUp
                {
                    true => self.again(last, Purpose::Lookup, failure),
                    false => self.again(last, Purpose::Main, failure),
                }
            }
        }
    }

    fn after_answer(&self, last: &Observed, answer: &Answer) -> Action {
        let failure = self.refusal(answer);
        match answer.status {
            200..=299 => self.read(&answer.body, false),
            401 => self.after_unauthorized(last, failure),
            404 if self.class == Class::Read => {
                match self.kind.missing(self.params, self.progress) {
                    Some(Verdict::Again(status)) => self.again_later(status, None),
                    Some(Verdict::Done(outputs)) => {
                        succeeded(self.here, self.index, self.plan, &Value::Null, outputs)
                    }
                    _ => self.refused(failure),
                }
            }
            429 => self.again(last, self.careful(), failure),
            408 | 500.. => self.lost(last, failure),
            _ if self.exchange().doubt && self.has_lookup() => self.send(Purpose::Lookup),
            403 => self.refused(failure),
            // the API knows the reference already: something of ours did land
            _ if self.reference_refused(answer) => self.send(Purpose::Lookup),
            // a copy of the request may have been here first: then "no" is about the copy
            _ if self.may_be_a_repetition() => self.send(Purpose::Confirm),
            _ => self.refused(failure),
        }
    }

    fn reference_refused(&self, answer: &Answer) -> bool {
        let about = |error: &rejection::FieldError| error.field == "reference_id";
        self.class == Class::Money && rejection::read(&answer.body).iter().any(about)
    }

    fn may_be_a_repetition(&self) -> bool {
        matches!(self.class, Class::Money | Class::Idempotent) && self.has_lookup()
    }

    /// One fresh token, once. The token call itself gets none.
    fn after_unauthorized(&self, last: &Observed, failure: Failure) -> Action {
        let own = self.kind.name() == "token";
        if own || self.exchange().refusals > 1 {
            return match self.exchange().doubt {
                true => self.give_up(failure),
                false => self.refused(failure),
            };
        }
        match last.purpose {
            Purpose::Main => self.send(self.careful()),
            other => self.send(other),
        }
    }

    /// What goes out after a request that was turned away: for money a look first, since "turned away
    /// before it did anything" is an assumption.
    fn careful(&self) -> Purpose {
        match (self.class, self.exchange().doubt) {
            (Class::Money, false) => Purpose::Confirm,
            (_, true) if self.has_lookup() => Purpose::Lookup,
            _ => Purpose::Main,
        }
    }

    /// The answer of a main request, or what stands for it.
    fn read(&self, body: &Value, adopted: bool) -> Action {
        match self.kind.read(self.params, body, self.progress) {
            Verdict::Done(outputs) => succeeded(self.here, self.index, self.plan, body, outputs),
            Verdict::Next => {
                Action::Record(Event::RequestDone { step: self.name(), body: body.clone() })
            }
            Verdict::Again(status) => self.again_later(status, None),
            Verdict::Act { status, what } => self.again_later(status, Some(what)),
            Verdict::Failed { message, outputs } => {
                failed(self.here, self.plan, self.failure(FailureKind::Declined, message), outputs)
            }
            Verdict::Unreadable(message) => {
                let failure = self.failure(FailureKind::Reply, message);
                match (&self.exchange().last, adopted) {
                    (Some(last), false) => self.lost(last, failure),
                    _ => self.unclear(failure),
                }
            }
        }
    }

    fn again_later(&self, status: String, act: Option<String>) -> Action {
        Action::Record(Event::NotFinalYet { step: self.name(), status, act })
    }

    /// The main request may have arrived and no clear answer came.
    fn lost(&self, last: &Observed, failure: Failure) -> Action {
        match remedy(self.class, self.has_lookup()) {
            Remedy::SendAgain => self.again(last, Purpose::Main, failure),
            Remedy::LookUp => self.send(Purpose::Lookup),
            Remedy::Unclear => self.unclear(failure),
        }
    }

    pub(crate) fn has_lookup(&self) -> bool {
        self.kind.lookup(self.params, self.progress).is_some()
    }

    fn after_lookup(&self, last: &Observed) -> Action {
        let answer = match &last.delivery {
            Delivery::Answered(answer) => answer,
            Delivery::Maybe(cause) | Delivery::Never(cause) => {
                let failure = self.failure(FailureKind::Network, cause.message.clone());
                return self.again(last, last.purpose, failure);
            }
        };
        let body = match answer.status {
            200..=299 => Some(&answer.body),
            404 => None,
            401 => return self.after_unauthorized(last, self.refusal(answer)),
            408 | 429 | 500.. => return self.again(last, last.purpose, self.refusal(answer)),
            _ => return self.unclear(self.refusal(answer)),
        };
        match self.kind.landed(self.params, body, self.progress) {
            Landed::Yes(body) => Action::Record(Event::RequestAdopted { step: self.name(), body }),
            Landed::Unsure(message) => self.unclear(self.failure(FailureKind::Unclear, message)),
            Landed::No if last.purpose == Purpose::Confirm => match &self.exchange().rejected {
                Some(answer) => failed(self.here, self.plan, self.refusal(answer), Map::new()),
                None => self.send(Purpose::Main),
            },
            Landed::No => self.not_landed(last),
        }
    }

    fn after_fence(&self, last: &Observed) -> Action {
        match &last.delivery {
            Delivery::Answered(answer) if answer.status == 401 => {
                self.after_unauthorized(last, self.refusal(answer))
            }
            Delivery::Answered(answer) => {
                let failure = self.refusal(answer);
                match answer.status {
                    200..=299 | 404 if self.asks_again() => self.first(),
                    408 | 429 | 500.. => self.again(last, Purpose::Fence, failure),
                    _ if self.exchange().intended.is_none() => {
                        failed(self.here, self.plan, failure, Map::new())
                    }
                    _ => self.unclear(failure),
                }
            }
            Delivery::Maybe(cause) | Delivery::Never(cause) => {
                let failure = self.failure(FailureKind::Network, cause.message.clone());
                self.again(last, Purpose::Fence, failure)
            }
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.here.state.now
    }

    pub(crate) fn name(&self) -> String {
        self.here.name_of(self.plan)
    }

    pub(crate) fn send(&self, purpose: Purpose) -> Action {
        let call = match purpose {
            Purpose::Main => self.main_call(),
            Purpose::Lookup | Purpose::Confirm => {
                self.kind.lookup(self.params, self.progress).ok_or_else(|| "no lookup".to_owned())
            }
            Purpose::Fence => self.fence().ok_or_else(|| "no fence".to_owned()),
        };
        let call = match call {
            Ok(call) => call,
            Err(message) => {
                let failure = self.failure(FailureKind::Template, message);
                return match self.exchange().doubt {
                    true => self.unclear(failure),
                    false => failed(self.here, self.plan, failure, Map::new()),
                };
            }
        };
        let changed = self.exchange().intended.as_ref().is_some_and(|first| !first.matches(&call));
        if purpose == Purpose::Main && changed && self.class != Class::Read {
            let message = "the request would differ from the one that was written down".to_owned();
            return self.unclear(self.failure(FailureKind::Unclear, message));
        }
        self.sending(purpose, call)
    }

    fn sending(&self, purpose: Purpose, call: Call) -> Action {
        let money = purpose == Purpose::Main && self.class == Class::Money;
        let intent = RequestIntended {
            step: self.name(),
            purpose,
            class: self.class.into(),
            method: call.method,
            path: call.path.clone(),
            query: call.query.clone(),
            body: call.body.clone(),
            reference_id: money.then_some(self.progress.reference_id),
            moves: money.then(|| self.moves()).flatten().map(|money| money.to_string()),
            api_at: None,
        };
        let limit = self.plan.timeout_ms.or(self.here.frame.plan.defaults.timeout_ms);
        let timeout_ms = limit.map_or(REQUEST_MS, |limit| limit.min(REQUEST_MS));
        let (auth, hold_ms) = (self.auth(), self.hold_ms());
        Action::Send(Box::new(Send { intent, call, auth, timeout_ms, hold_ms }))
    }

    fn auth(&self) -> Auth {
        if self.kind.name() == "token" {
            return Auth::Obtain(credentials(self.params));
        }
        let own = self.here.credentials();
        let refused = self.exchange().last.as_ref().is_some_and(
            |last| matches!(&last.delivery, Delivery::Answered(answer) if answer.status == 401),
        );
        match refused {
            true => Auth::Fresh(own),
            false => Auth::Bearer(own),
        }
    }
}
