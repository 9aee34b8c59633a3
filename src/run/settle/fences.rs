//! What stands between a money step and its request: limits before the first sending, fences before another.

use uuid::Uuid;

use super::policy::Settle;
use crate::api::asked::Subject;
use crate::base::money::{Amount, Money};
use crate::base::value::Map;
use crate::run::action::Action;
use crate::run::conclude::failed;
use crate::run::cursor::{Here, later};
use crate::run::event::{Event, Purpose};
use crate::run::exchange::Observed;
use crate::run::heard::contradiction;
use crate::run::outcome::{Failure, FailureKind};
use crate::run::payments::{Fate, Payment, contradictory, failed_before, fate_of, help};
use crate::steps::step::{Call, Class};

/// How long after a session's end a late request is still feared.
const EXPIRY_MARGIN_MS: u64 = 120_000;

impl Settle<'_> {
    /// Nothing is built on the word of an API that contradicts itself about what this step asks or pays.
    pub(crate) fn torn(&self) -> Option<Action> {
        let exchange = self.exchange();
        let paid = exchange.intended.as_ref().and_then(|intent| intent.reference_id);
        let subject = match paid {
            Some(reference) => Subject::Payment(reference),
            None => exchange.asked.subject.clone()?,
        };
        let words = self.here.state.heard.torn(&subject)?;
        let ready = exchange.in_flight.is_none();
        ready.then(|| self.stands_torn(contradiction(&subject, words)))
    }

    fn stands_torn(&self, mut failure: Failure) -> Action {
        let step = self.name();
        failure.step = Some(step.clone());
        failure.help = Some(help(self.here.state));
        Action::Record(Event::StepUnclear { step, failure })
    }

    /// A payment that may stand in for one that failed goes out only if the API, asked once more, still says so.
    fn instead(&self) -> Result<(), Box<Action>> {
        let state = self.here.state;
        if let Some(failure) = contradictory(state) {
            return Err(Box::new(self.stands_torn(failure)));
        }
        let turned = |earlier: &&Uuid| fate_of(state, **earlier) != Some(Fate::Failed);
        if let Some(earlier) = self.exchange().instead_of.iter().find(turned) {
            let message = format!(
                "payment {earlier} had failed, and does not read FAILED any more: this one was not sent in its stead"
            );
            let mut failure = Failure::new(FailureKind::Unclear, message);
            failure.reference_id = Some(*earlier);
            return Err(Box::new(self.stands_torn(failure)));
        }
        match self.earlier() {
            Some(_) => Err(Box::new(self.send(Purpose::Fence))),
            None => Ok(()),
        }
    }

    /// A payment of the run that failed, and is to be asked for before this step pays.
    fn earlier(&self) -> Option<Payment> {
        if self.class != Class::Money || self.exchange().intended.is_some() {
            return None;
        }
        let asked = &self.exchange().asked_again;
        let mut all = failed_before(self.here.state, &self.name()).into_iter();
        all.find(|payment| !asked.contains(&payment.reference_id))
    }

    /// What is looked at before money goes out: a payment that failed before, then the source.
    pub(crate) fn fence(&self) -> Option<Call> {
        let earlier = self.earlier().map(|payment| payment.question());
        earlier.or_else(|| self.kind.fence(self.params, self.progress))
    }

    pub(crate) fn asks_again(&self) -> bool {
        self.exchange().asks_again(Purpose::Fence).is_some()
    }

    /// Limits are checked before the money step is sent for the first time: those of its flow, of every flow
    /// above that uses it, and the command line's.
    pub(crate) fn within_limits(&self) -> Result<(), Box<Action>> {
        self.instead()?;
        let levels: Vec<(Here<'_>, Vec<Money>)> = self
            .here
            .chain()
            .map(|here| (here, self.limits(&here)))
            .filter(|(_, limits)| !limits.is_empty())
            .collect();
        if levels.is_empty() {
            return Ok(());
        }
        let Some(amount) = self.moves() else {
            if self.fence().is_some() && !self.fenced() {
                return Err(Box::new(self.send(Purpose::Fence)));
            }
            let message = "there is a limit, but how much this moves can't be known";
            return Err(self.over_limit(message.to_owned()));
        };
        levels.iter().try_for_each(|(here, limits)| self.within(here, limits, amount))
    }

    /// The request that does what the step does. The first time it is made, its amounts have to fit their currencies; what was
    /// sent already is sent again as it was.
    pub(crate) fn main_call(&self) -> Result<Call, String> {
        let call = self.kind.request(self.params, self.progress)?;
        match self.exchange().intended {
            Some(_) => Ok(call),
            None => call.payable(),
        }
    }

    fn limits(&self, here: &Here<'_>) -> Vec<Money> {
        let started = &self.here.state.started;
        let total = started.max_total.as_deref().filter(|_| here.is_root());
        let total = total.and_then(|text| text.parse().ok());
        here.frame.plan.limits.per_run.iter().copied().chain(total).collect()
    }

    fn within(&self, here: &Here<'_>, limits: &[Money], amount: Money) -> Result<(), Box<Action>> {
        let same = |money: &&Money| money.currency == amount.currency;
        let so_far = here.frame.moved.iter().filter(same).map(|money| money.amount);
        let sum =
            so_far.chain([amount.amount]).try_fold(Amount::ZERO, |sum, next| sum.plus(next).ok());
        let Some(sum) = sum else {
            return Err(self.over_limit("the sum has more than 28 digits".to_owned()));
        };
        let mut own = limits.iter().filter(same).peekable();
        if own.peek().is_none() {
            let message = format!("there is a limit, but none for {}", amount.currency);
            return Err(self.over_limit(message));
        }
        match own.find(|limit| sum.decimal() > limit.amount.decimal()) {
            Some(limit) => {
                let message = format!("{sum} {} would cross the limit of {limit}", amount.currency);
                Err(self.over_limit(message))
            }
            None => Ok(()),
        }
    }

    fn over_limit(&self, message: String) -> Box<Action> {
        let failure = self.failure(FailureKind::Limit, message);
        let failure = failure.help("the payment was not sent; raise the limit if this is meant");
        Box::new(failed(self.here, self.plan, failure, Map::new()))
    }

    pub(crate) fn moves(&self) -> Option<Money> {
        let known = self.kind.moves(self.params, self.progress);
        known.or_else(|| {
            let source = self.exchange().fence.as_ref()?;
            let currency = source.get("currency")?.as_str()?.parse().ok()?;
            Some(Money { amount: source.get("total_amount")?.as_amount()?, currency })
        })
    }

    /// A lookup found nothing. It may only be late: see it absent for a while, then look at the fences.
    pub(crate) fn not_landed(&self, last: &Observed) -> Action {
        let exchange = self.exchange();
        let spanned = exchange
            .absent_since
            .is_some_and(|since| last.at >= later(since, self.patience.span_ms));
        if exchange.absent < self.patience.lookups || !spanned {
            return self.look_again(last);
        }
        // what the API said a word of has landed, whatever it says now
        let heard = self.here.state.heard.of_payment(self.progress.reference_id);
        if let Some(said) = heard.and_then(|heard| heard.last()) {
            let message =
                format!("the API said {} of the payment, and knows it no more", said.status);
            return self.unclear(self.failure(FailureKind::Unclear, message));
        }
        if self.class == Class::Money
            && let Err(action) = self.past_the_fences(last)
        {
            return *action;
        }
        if let Some(answer) = &exchange.rejected {
            return match self.class {
                Class::Money => self.unclear(self.refusal(answer)),
                _ => failed(self.here, self.plan, self.refusal(answer), Map::new()),
            };
        }
        if exchange.sends < self.patience.sends {
            return self.send(Purpose::Main);
        }
        let message = "it was sent several times, no clear answer came, and it can't be found";
        self.give_up(self.failure(FailureKind::Network, message.to_owned()))
    }

    pub(crate) fn look_again(&self, last: &Observed) -> Action {
        let due = later(last.at, self.patience.apart_ms);
        self.at(due, "looking for a lost answer", || self.send(Purpose::Lookup))
    }

    /// Money goes out again only if its source stands untouched and its session still lives.
    pub(crate) fn past_the_fences(&self, last: &Observed) -> Result<(), Box<Action>> {
        let exchange = self.exchange();
        let fence = self.fence();
        let source = exchange.fence.as_ref().and_then(|body| body.get("status")?.as_str());
        let end = self.kind.deadline(self.params, self.progress);
        // only the API's own clock says that it takes no late request any more
        let over = end
            .zip(self.here.state.clocks.seen_at_api)
            .is_some_and(|(end, seen)| seen >= later(end, EXPIRY_MARGIN_MS));
        match (fence, source) {
            (Some(_), None) if exchange.fence.is_none() => Err(Box::new(self.send(Purpose::Fence))),
            (Some(_), Some("ACTIVE")) if over => {
                let message = "the session expired before the payment was made";
                let failure = self.failure(FailureKind::Rejected, message.to_owned());
                let failure = failure.help(
                    "nothing was charged: the payment is unknown and its source still reads ACTIVE; start a new run, under \
                     another key if this one has a key",
                );
                Err(Box::new(failed(self.here, self.plan, failure, Map::new())))
            }
            (Some(_), Some("CANCELED")) => {
                let message = "the source was canceled before the payment was made";
                let failure = self.failure(FailureKind::Rejected, message.to_owned());
                let failure = failure.help("nothing was charged");
                Err(Box::new(failed(self.here, self.plan, failure, Map::new())))
            }
            (Some(_), Some("ACTIVE")) => Ok(()),
            (Some(_), _) if exchange.absent < self.patience.lookups_at_most => {
                Err(Box::new(self.look_again(last)))
            }
            (Some(_), status) => {
                let status = status.unwrap_or("unknown");
                let message = format!("the payment can't be found, yet its source reads {status}");
                Err(Box::new(self.unclear(self.failure(FailureKind::Unclear, message))))
            }
            (None, _) if over => {
                let message = "the payment can't be found and its session is over".to_owned();
                Err(Box::new(self.unclear(self.failure(FailureKind::Unclear, message))))
            }
            (None, _) => Ok(()),
        }
    }
}
