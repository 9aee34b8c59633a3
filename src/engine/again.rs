//! Asking the API about payments apart from their run, and once more before anything is begun in the stead of one that
//! failed: an API may say FAILED of a payment, and COMPLETED later.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::engine::{Broken, Engine};
use super::gate::Passed;
use super::ports::{Clock, Entry, Journal, RunRow, Transport};
use super::tokens::{self, Got, Ways};
use crate::api::asked::Asked;
use crate::base::ids::{RunId, Seed};
use crate::base::value::Value;
use crate::run::action::Credentials;
use crate::run::delivery::{Cause, CauseKind, Delivery};
use crate::run::event::Event;
use crate::run::outcome::Outcome;
use crate::run::payments::{Payment, may_have_moved, payments};
use crate::run::state::State;
use crate::steps::step::Call;

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long one may be held back.
const HOLD: SignedDuration = SignedDuration::from_mins(5);

/// How often a question is asked that finds no answer.
const TRIES: u32 = 3;

/// How long after the first try the second one comes; the third after twice that.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// A run that failed, and in whose stead another is to begin.
#[derive(Debug)]
pub enum Older {
    /// As its events tell it.
    Run(Box<State>),
    /// Nothing is left of it but the payments it made, and the row that has the key.
    Pruned(Box<RunRow>, Vec<Payment>),
}

/// Whether anything may be begun in the stead of runs that failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Again {
    /// Every payment they ever made is refused or FAILED, as the API says now.
    Free,
    /// A payment of one moved money, or may have. What the API says now is written down, and this is how that run stands.
    Taken(Box<RunRow>),
    /// The API could not be asked about a payment of it.
    Unasked(String),
}

impl Older {
    fn run(&self) -> RunId {
        match self {
            Self::Run(state) => state.run,
            Self::Pruned(row, _) => row.run,
        }
    }

    /// What the index says of it.
    fn row(&self) -> RunRow {
        match self {
            Self::Run(state) => RunRow::of(state),
            Self::Pruned(row, _) => RunRow::clone(row),
        }
    }

    fn payments(&self) -> Vec<Payment> {
        match self {
            Self::Run(state) => payments(state),
            Self::Pruned(_, payments) => payments.clone(),
        }
    }

    /// Whether it has failed, and moved nothing as far as is known.
    fn failed(&self) -> bool {
        match self {
            Self::Run(state) => {
                let ended = state.finished.as_ref().map(|finished| finished.outcome);
                matches!(ended, Some(Outcome::Failed | Outcome::Cancelled))
                    && !may_have_moved(state)
            }
            Self::Pruned(row, _) => !row.moved,
        }
    }
}

impl<T: Transport, C: Clock, J: Journal> Engine<T, C, J> {
    /// Whether what failed may be begun anew: every payment of all the runs that failed is asked for once more.
    pub async fn asked_again(&self, all: &mut [Older]) -> Result<Again, Broken> {
        for older in all {
            match self.one_again(older).await? {
                Again::Free => {}
                other => return Ok(other),
            }
        }
        Ok(Again::Free)
    }

    async fn one_again(&self, older: &mut Older) -> Result<Again, Broken> {
        let own = match older {
            Older::Run(state) => state.credentials(),
            Older::Pruned(..) => None,
        };
        for payment in older.payments() {
            if !older.failed() {
                break;
            }
            let delivery = self.ask_patiently(own.as_ref(), &payment.question()).await;
            match found(&delivery) {
                Ok(found) => self.learn(older, &payment, found).await?,
                Err(why) => {
                    return Ok(Again::Unasked(format!(
                        "payment {} of run {} had failed, and could not be asked for again ({why}): nothing was begun \
                         in its stead",
                        payment.reference_id,
                        older.run()
                    )));
                }
            }
        }
        Ok(if older.failed() { Again::Free } else { Again::Taken(Box::new(older.row())) })
    }

    /// Writes down what the API says of a payment now.
    async fn learn(
        &self,
        older: &mut Older,
        payment: &Payment,
        found: Option<Value>,
    ) -> Result<(), Broken> {
        match older {
            Older::Run(state) => {
                let (step, reference_id) = (payment.step.clone(), payment.reference_id);
                self.note(state, Event::Reconciled { step, reference_id, found }).await
            }
            Older::Pruned(row, _) => {
                let status = found.as_ref().and_then(|body| body.get("status")?.as_str());
                let Some(status) = status.filter(|status| *status != "FAILED") else {
                    return Ok(());
                };
                row.moved = true;
                row.status = Outcome::Unclear.word().to_owned();
                row.exit_code = Some(Outcome::Unclear.exit_code());
                row.updated_at = self.clock.now();
                row.error = Some(format!(
                    "the API contradicts itself about payment {}: it said FAILED, and says {status} now; the run's events \
                     were pruned, so ask Dollr about the payment, and do not start it again",
                    payment.reference_id
                ));
                // the row that has the key is another run's, if its own events are there
                if row.pruned_at.is_none() {
                    return Ok(());
                }
                let entry = Entry::durable(row.run, Vec::new()).row(RunRow::clone(row));
                self.journal.append(entry).await.map_err(Broken::from)
            }
        }
    }

    async fn ask_patiently(&self, own: Option<&Credentials>, call: &Call) -> Delivery {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            let delivery = self.ask(own, call).await;
            let hopeless = match &delivery {
                Delivery::Answered(answer) => !matches!(answer.status, 408 | 429 | 500..),
                Delivery::Maybe(_) | Delivery::Never(_) => false,
            };
            if hopeless || self.stop.asked() {
                return delivery;
            }
            let until = self.clock.now().saturating_add(pause).unwrap_or(self.clock.now());
            self.clock.sleep_until(until).await;
            pause = pause.saturating_add(pause);
        }
        self.ask(own, call).await
    }

    /// One question, with a fresh token if that is what it takes. An answer about anything else is none.
    pub async fn ask(&self, own: Option<&Credentials>, call: &Call) -> Delivery {
        let unsent = |message: String| Delivery::Never(Cause::new(CauseKind::Other, message));
        let held = |until: Timestamp| {
            unsent(format!("not sent: the API asks to be left alone until {until:.0}"))
        };
        let stopped = || unsent("told to stop before it was sent".to_owned());
        let mut refused = None;
        loop {
            let ways = Ways {
                transport: &self.transport,
                clock: &self.clock,
                gate: &self.gate,
                stop: &self.stop,
                hold: HOLD,
                seed: Seed(uuid::Uuid::nil()),
            };
            let token = match self.tokens.get(own, refused.as_ref(), ways).await {
                Got::Token(token, _) => token,
                Got::None(delivery) => return tokens::none(&delivery),
                Got::Held(until) => return held(until),
                Got::Stopped => return stopped(),
            };
            self.secrets.learn([&token]);
            match self.gate.pass(&self.clock, &self.stop, HOLD).await {
                Passed::Open => {}
                Passed::Held(until) => return held(until),
                Passed::Stopped => return stopped(),
            }
            let sent_at = self.clock.now();
            let delivery = self.transport.send(call, Some(&token), TIMEOUT).await;
            self.gate.heed(&delivery, sent_at, self.clock.now());
            let denied = matches!(&delivery, Delivery::Answered(answer) if answer.status == 401);
            if !denied || refused.is_some() {
                return delivery.to(&Asked::of(&call.path, &call.query, call.body.as_ref()));
            }
            refused = Some(token);
        }
    }
}

/// What the API says of a payment it was asked for: its body, or that it knows none; or why it says nothing.
pub fn found(delivery: &Delivery) -> Result<Option<Value>, String> {
    match delivery {
        Delivery::Answered(answer) if answer.is_success() => {
            match answer.body.get("status").and_then(Value::as_str) {
                Some(_) => Ok(Some(answer.body.clone())),
                None => Err("the answer has no `status`".to_owned()),
            }
        }
        Delivery::Answered(answer) if answer.status == 404 => Ok(None),
        Delivery::Answered(answer) => Err(format!("the API answered {}", answer.status)),
        Delivery::Maybe(cause) | Delivery::Never(cause) => Err(cause.to_string()),
    }
}
