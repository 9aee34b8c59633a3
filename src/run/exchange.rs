//! One request of a step while it is being settled: what was sent, what came back, and how sure we are.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::clocks::When;
use super::delivery::{Answer, Cause, CauseKind, Delivery};
use super::event::{ClassWord, Purpose, RequestIntended};
use crate::api::asked::{Asked, Subject};
use crate::base::value::Value;

/// What is known of one request of a step. A fold of events, nothing else.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// The main request as first written down.
    pub intended: Option<RequestIntended>,
    /// The date that was.
    pub intended_at: Option<Timestamp>,
    /// When a request was last written down.
    pub sent_at: Option<Timestamp>,
    /// What was written down and has no answer yet.
    pub in_flight: Option<Purpose>,
    /// What was observed last.
    pub last: Option<Observed>,
    /// A body that stands for the main request's answer.
    pub adopted: Option<Value>,
    /// How often the main request could have left since the run was last taken up.
    pub sends: u32,
    /// Whether an earlier main request could have landed unseen.
    pub doubt: bool,
    /// How often a lookup has found nothing since the last main request.
    pub absent: u32,
    /// When the first of these was.
    pub absent_since: Option<Timestamp>,
    /// Whether the source was seen untouched since the last main request.
    pub fence: Option<Value>,
    /// How often in a row the current purpose could not be answered.
    pub troubles: u32,
    /// The same, whoever asked: the place in the back-off, which a new process does not begin again.
    pub setbacks: Option<(Purpose, u32)>,
    /// What an earlier process learned last, until this one has asked.
    pub held: Option<Held>,
    /// How often the token was refused since the run was last taken up.
    pub refusals: u32,
    /// The last request that could not be answered, or was answered with trouble of the server's.
    pub trouble: Option<Delivery>,
    /// What the last request that was written down asks about.
    pub asked: Asked,
    /// The payments that were asked for once more before this one goes out, since the run was last taken up.
    pub asked_again: Vec<Uuid>,
    /// The payments that had failed before this one goes out.
    pub instead_of: Vec<Uuid>,
    /// The refusal of the last main request, until it is sure what it is about.
    pub rejected: Option<Answer>,
}

/// What became of a request, and when that was known.
#[derive(Debug, Clone)]
pub struct Observed {
    /// What the request was for.
    pub purpose: Purpose,
    /// What became of it.
    pub delivery: Delivery,
    /// When.
    pub at: Timestamp,
    /// How long the API then asked to wait.
    pub asks_to_wait: Option<SignedDuration>,
}

/// What keeps a process that takes a run up from asking at once.
#[derive(Debug, Clone)]
pub enum Held {
    /// A question was asked then, and its answer never heard.
    Asked(Purpose, Timestamp),
    /// The last question was answered, not to its end.
    Answered(Observed),
}

impl Exchange {
    /// A request was written down.
    pub(super) fn intend(&mut self, intent: &RequestIntended, when: When) {
        self.in_flight = Some(intent.purpose);
        self.sent_at = Some(when.at);
        self.held = None;
        self.asked = Asked::of(&intent.path, &intent.query, intent.body.as_ref());
        let changed = self.last.as_ref().is_some_and(|last| last.purpose != intent.purpose);
        if changed {
            self.troubles = 0;
        }
        match intent.purpose {
            Purpose::Main => {
                self.sends += 1;
                self.absent = 0;
                self.absent_since = None;
                self.fence = None;
                self.rejected = None;
                // an earlier one may have been dated by a clock that is now known to be ahead of the API's
                let at = intent.api_at.unwrap_or(when.wall);
                self.intended_at = Some(self.intended_at.map_or(at, |first| first.min(at)));
                if self.intended.is_none() {
                    self.intended = Some(intent.clone());
                }
            }
            // only a request that may have landed is looked up
            Purpose::Lookup => {
                self.doubt = true;
                self.fence = None;
            }
            Purpose::Confirm | Purpose::Fence => {}
        }
    }

    /// What became of it is known.
    pub(super) fn observe(&mut self, purpose: Purpose, delivery: &Delivery, when: When) {
        self.in_flight = None;
        let delivery = &delivery.to(&self.asked);
        self.set_back(purpose, delivery);
        if let Some(other) = self.asked_for(purpose, delivery) {
            self.troubles = 0;
            self.asked_again.push(other);
            self.instead_of.extend((!self.instead_of.contains(&other)).then_some(other));
            self.see(purpose, delivery, when);
            return;
        }
        match delivery {
            Delivery::Answered(answer) => match (purpose, answer.status) {
                (_, 401) => self.refusals += 1,
                (_, 408 | 429 | 500..) => {
                    self.troubles += 1;
                    self.doubt |=
                        purpose == Purpose::Main && answer.status != 429 && self.changes();
                }
                (Purpose::Lookup | Purpose::Confirm, _) => {
                    self.troubles = 0;
                    self.absent += 1;
                    self.absent_since.get_or_insert(when.at);
                }
                (Purpose::Fence, 200..=299) => {
                    self.troubles = 0;
                    self.fence = Some(answer.body.clone());
                }
                (Purpose::Main, 400..=499) => {
                    self.troubles = 0;
                    self.rejected = Some(answer.clone());
                }
                (Purpose::Main | Purpose::Fence, _) => self.troubles = 0,
            },
            Delivery::Maybe(_) => {
                self.troubles += 1;
                self.doubt |= purpose == Purpose::Main && self.changes();
            }
            Delivery::Never(_) => self.troubles += 1,
        }
        if is_trouble(delivery) {
            self.trouble = Some(delivery.clone());
        }
        self.see(purpose, delivery, when);
    }

    fn see(&mut self, purpose: Purpose, delivery: &Delivery, when: When) {
        let asks_to_wait = match delivery {
            Delivery::Answered(answer) => answer.asks_to_wait(when.wall),
            Delivery::Maybe(_) | Delivery::Never(_) => None,
        };
        let delivery = delivery.clone();
        self.last = Some(Observed { purpose, delivery, at: when.at, asks_to_wait });
    }

    /// The payment that is asked for once more before another goes out in its stead.
    pub fn asks_again(&self, purpose: Purpose) -> Option<Uuid> {
        match &self.asked.subject {
            Some(Subject::Payment(other)) if purpose == Purpose::Fence => Some(*other),
            _ => None,
        }
    }

    fn asked_for(&self, purpose: Purpose, delivery: &Delivery) -> Option<Uuid> {
        match delivery {
            Delivery::Answered(answer) if matches!(answer.status, 200..=299 | 404) => {
                self.asks_again(purpose)
            }
            _ => None,
        }
    }

    /// What it came to does not stand any more. A payment is looked up; any other question is asked anew.
    pub fn reopen(&mut self, at: Timestamp) {
        let money = self.intended.as_ref().is_some_and(|intent| intent.class == ClassWord::Money);
        if !money {
            *self = Self::default();
            return;
        }
        self.doubt = true;
        self.adopted = None;
        self.rejected = None;
        let cause = Cause::new(CauseKind::Other, "the API contradicts what it said of it");
        let delivery = Delivery::Maybe(cause);
        self.last = Some(Observed { purpose: Purpose::Main, delivery, at, asks_to_wait: None });
    }

    /// One step on in the back-off of a purpose, or out of it.
    fn set_back(&mut self, purpose: Purpose, delivery: &Delivery) {
        let before = self.setbacks.filter(|(of, _)| *of == purpose).map_or(0, |(_, count)| count);
        self.setbacks = is_trouble(delivery).then_some((purpose, before.saturating_add(1)));
    }

    /// The process that sent the request is gone: nobody will hear its answer, and every patience is new. The pace is
    /// not: the API can't tell one process from another.
    pub fn orphan(&mut self, at: Timestamp) {
        let last = match (self.in_flight, self.sent_at) {
            (Some(purpose), Some(sent_at)) => Some(Held::Asked(purpose, sent_at)),
            _ => self.last.take_if(|last| !last.settles()).map(Held::Answered),
        };
        // a process that asked nothing learned nothing newer
        self.held = self.held.take().or(last);
        self.sends = 0;
        self.troubles = 0;
        self.refusals = 0;
        self.rejected = None;
        self.absent = 0;
        self.absent_since = None;
        self.fence = None;
        self.asked_again = Vec::new();
        let changes = self.changes();
        let lost = self.in_flight.take() == Some(Purpose::Main) && changes;
        // a question that was refused may be asked again; a refused change stays refused
        let stands = |last: &Observed| last.settles() && (changes || last.is_success());
        let settled = !lost && self.last.as_ref().is_some_and(stands);
        if settled {
            return;
        }
        // money is asked for even if the only request of its own was turned away
        let money = self.intended.as_ref().is_some_and(|intent| intent.class == ClassWord::Money);
        self.doubt |= lost || money;
        self.last = self.doubt.then(|| {
            let message = "the runner stopped before the answer came";
            let cause = Cause::new(CauseKind::Other, message);
            Observed {
                purpose: Purpose::Main,
                delivery: Delivery::Maybe(cause),
                at,
                asks_to_wait: None,
            }
        });
    }

    /// Whether it is about a request that could change something.
    pub fn changes(&self) -> bool {
        self.intended.as_ref().is_some_and(RequestIntended::changes)
    }
}

/// Whether no answer came, or one that tells of trouble of the server's.
fn is_trouble(delivery: &Delivery) -> bool {
    match delivery {
        Delivery::Answered(answer) => matches!(answer.status, 408 | 429 | 500..),
        Delivery::Maybe(_) | Delivery::Never(_) => true,
    }
}

impl Observed {
    fn is_success(&self) -> bool {
        matches!(&self.delivery, Delivery::Answered(answer) if answer.is_success())
    }

    /// Whether it is an answer of the main request that still has to be read, or says no for good.
    pub fn settles(&self) -> bool {
        match (self.purpose, &self.delivery) {
            (Purpose::Main, Delivery::Answered(answer)) => {
                !matches!(answer.status, 401 | 408 | 429 | 500..)
            }
            _ => false,
        }
    }
}
