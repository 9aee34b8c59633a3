//! When the next request of a step may go out: the pace of a poll, the back-off after trouble, what the API asks for, and
//! the limits that end all of them.
//!
//! A person who takes a run up renews its patience. The pace stays as the process before left it, because the API can't
//! tell one process from another.

use jiff::Timestamp;

use super::backoff;
use super::policy::Settle;
use crate::base::value::Map;
use crate::run::action::Action;
use crate::run::conclude::finish;
use crate::run::cursor::later;
use crate::run::delivery::{Cause, CauseKind, Delivery};
use crate::run::event::Purpose;
use crate::run::exchange::{Held, Observed};
use crate::run::outcome::{Failure, FailureKind, Outcome};
use crate::steps::step::Class;

/// A first status question leaves the API this long after what came before.
const BREATH_MS: u64 = 1_000;

/// What a step waits for before its first status question.
pub const FIRST_QUESTION: &str = "a moment before the first question";

/// The longest that the API may ask a run to wait. Told to wait longer, the run pauses.
pub const LONGEST_HOLD_MS: u64 = 300_000;

impl Settle<'_> {
    /// When the step's time is up, or that of a step above.
    fn deadline(&self) -> Option<Timestamp> {
        let limit = self.plan.timeout_ms.or(self.here.frame.plan.defaults.timeout_ms);
        let own = limit.zip(self.step.since).map(|(limit, since)| later(since, limit));
        own.into_iter().chain(self.here.deadline()).min()
    }

    /// When a poll asks no more. It counts from the first answer, or from when the run was taken up.
    fn end_of_poll(&self) -> Option<Timestamp> {
        let pace = self.kind.pace(self.params)?;
        Some(later(self.step.asked_since.or(self.step.since)?, pace.limit_ms))
    }

    /// The limit that comes first.
    fn end(&self) -> Option<Timestamp> {
        self.deadline().into_iter().chain(self.end_of_poll()).min()
    }

    pub(crate) fn timed_out(&self) -> bool {
        self.deadline().is_some_and(|end| self.now() >= end)
    }

    /// How long a request may be held back before it goes out.
    pub(crate) fn hold_ms(&self) -> u64 {
        let left = self.end().map(|end| end.duration_since(self.now()).as_millis().max(0));
        let left = left.and_then(|ms| u64::try_from(ms).ok());
        left.map_or(LONGEST_HOLD_MS, |left| left.min(LONGEST_HOLD_MS))
    }

    /// The first sending of a request, or the next question of a poll.
    pub(crate) fn first(&self) -> Action {
        if let Some(what) = &self.step.act {
            return self.act(what);
        }
        if let Some(pace) = self.kind.pace(self.params) {
            let end = self.end_of_poll();
            let over = end.is_some_and(|end| self.now() >= end);
            // whoever takes a run up asks once at least
            if over && self.step.asked_since.is_some() {
                return self.not_final();
            }
            let before = self.here.before(self.plan).max(self.step.turned_at);
            let due = match self.step.asked_at {
                Some(asked_at) => later(asked_at, self.poll_ms(pace.every_ms)),
                None => before.map_or(self.now(), |ended| later(ended, BREATH_MS)),
            };
            let due = end.map_or(due, |end| due.min(end));
            return self.at(due, self.step.waits_for.as_deref().unwrap_or(FIRST_QUESTION), || {
                self.send(Purpose::Main)
            });
        }
        if self.class == Class::Money
            && self.exchange().intended.is_none()
            && let Err(action) = self.within_limits()
        {
            return *action;
        }
        self.send(Purpose::Main)
    }

    /// How long until the next question.
    fn poll_ms(&self, every_ms: u64) -> u64 {
        let paced = self.step.paced;
        match self.here.state.started.batch {
            Some(_) => {
                let seed = self.here.frame.seed();
                backoff::spread_poll_ms(seed, &self.plan.id, every_ms, paced)
            }
            None => backoff::poll_ms(every_ms, paced),
        }
    }

    fn not_final(&self) -> Action {
        let status = self.step.waits_for.as_deref().unwrap_or("open");
        let mut failure = self.failure(
            FailureKind::NotFinal,
            format!("the status is still {status} after the time this flow waits"),
        );
        failure.help = Some(format!(
            "this is normal for mobile money: `dollr-flow resume {}` goes on asking",
            self.here.state.run
        ));
        finish(Outcome::Paused, Map::new(), Some(failure))
    }

    /// The same purpose once more, after the wait it deserves, while patience lasts.
    pub(crate) fn again(&self, last: &Observed, purpose: Purpose, failure: Failure) -> Action {
        if let Delivery::Never(Cause { kind: CauseKind::Credentials, message }) = &last.delivery {
            let failure = self.failure(FailureKind::Credentials, message.clone());
            let failure = failure.help("check the client id and secret");
            return match self.exchange().doubt {
                true => self.give_up(failure),
                false => self.refused(failure),
            };
        }
        let tries = self.exchange().troubles.max(self.unread());
        let over = self.end_of_poll().is_some_and(|end| self.now() >= end);
        if tries >= self.patience.troubles || hopeless(&last.delivery) || over {
            return self.give_up(failure);
        }
        if let Some(until) = self.asked_for_too_much(last) {
            return self.left_alone(failure, until);
        }
        let due = self.after_trouble(last, tries);
        self.at(due, "trying again", || self.send(purpose))
    }

    /// When to ask again after trouble: by the back-off, and not before the API said.
    fn after_trouble(&self, last: &Observed, tries: u32) -> Timestamp {
        let place = self.exchange().setbacks.map_or(0, |(_, count)| count);
        let (first, cap) = self.retry.map_or((backoff::FIRST_MS, backoff::CAP_MS), |retry| {
            (retry.interval_ms, retry.max_interval_ms)
        });
        let seed = self.here.frame.seed();
        let tries = tries.max(place).max(1);
        let backoff = backoff::exponential_ms(seed, &self.plan.id, tries, first, cap);
        later(last.at, backoff).max(asked_for(last).unwrap_or(Timestamp::MIN))
    }

    /// Until when the API asks to be left alone, if that is longer than a run may wait for it.
    fn asked_for_too_much(&self, last: &Observed) -> Option<Timestamp> {
        let until = asked_for(last)?;
        (until > later(self.now(), self.hold_ms())).then_some(until)
    }

    fn left_alone(&self, mut failure: Failure, until: Timestamp) -> Action {
        let date = self.here.state.clocks.to_date(until);
        failure.message = format!("{}, and asks to be left alone until {date:.0}", failure.message);
        failure.due = Some(self.here.state.clocks.on_wall(until));
        let run = self.here.state.run;
        failure.help = Some(format!(
            "that is longer than this step waits; after it, `dollr-flow resume {run}` goes on"
        ));
        match self.class == Class::Money && self.exchange().doubt {
            true => self.unclear(failure),
            false => finish(Outcome::Paused, Map::new(), Some(failure)),
        }
    }

    /// A request of a process that took the run up: as late as the process before would have sent it.
    pub(crate) fn in_pace(&self, send: Action) -> Action {
        let Some(held) = self.exchange().held.as_ref().filter(|_| matches!(send, Action::Send(_)))
        else {
            return send;
        };
        let looks = |purpose| matches!(purpose, Purpose::Lookup | Purpose::Confirm);
        let due = match held {
            Held::Asked(purpose, at) if looks(*purpose) => later(*at, self.patience.apart_ms),
            Held::Asked(..) => return send,
            Held::Answered(last) => match &last.delivery {
                Delivery::Answered(answer) if matches!(answer.status, 408 | 429 | 500..) => {
                    if let Some(until) = self.asked_for_too_much(last) {
                        return self.left_alone(self.refusal(answer), until);
                    }
                    self.after_trouble(last, 1)
                }
                Delivery::Answered(answer) if looks(last.purpose) && answer.status != 401 => {
                    later(last.at, self.patience.apart_ms)
                }
                Delivery::Answered(_) => return send,
                // somebody may have mended these before taking the run up
                delivery if hopeless(delivery) || without_credentials(delivery) => return send,
                Delivery::Maybe(_) | Delivery::Never(_) => self.after_trouble(last, 1),
            },
        };
        self.at(due, "trying again", || send)
    }

    /// Answers of success that can't be read leave no trouble behind, but sendings.
    pub(crate) fn unread(&self) -> u32 {
        match &self.exchange().last {
            Some(Observed { delivery: Delivery::Answered(answer), .. }) if answer.is_success() => {
                self.exchange().sends
            }
            _ => 0,
        }
    }

    /// Then, or at once if it is that late. A limit that comes first is looked at when it comes.
    pub(crate) fn at(&self, due: Timestamp, why: &str, then: impl FnOnce() -> Action) -> Action {
        if self.now() >= due {
            return then();
        }
        let end = self.end().filter(|end| *end > self.now());
        let until = end.map_or(due, |end| due.min(end));
        Action::Wait { until, why: why.to_owned(), step: None }
    }
}

/// When the API said to come again.
fn asked_for(last: &Observed) -> Option<Timestamp> {
    let wait = u64::try_from(last.asks_to_wait?.as_millis()).ok()?;
    Some(later(last.at, wait))
}

fn without_credentials(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Never(cause) if cause.kind == CauseKind::Credentials)
}

/// Trouble that waiting does not mend: a wrong base URL, or a request this program will not send.
fn hopeless(delivery: &Delivery) -> bool {
    match delivery {
        Delivery::Never(cause) | Delivery::Maybe(cause) => {
            matches!(cause.kind, CauseKind::Redirect | CauseKind::Refused)
        }
        Delivery::Answered(_) => false,
    }
}
