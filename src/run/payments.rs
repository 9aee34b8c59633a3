//! What became of a run's payments, as far as its events tell: the one projection that everything about money reads.

use jiff::Timestamp;

use super::event::Event;
use super::history::Finished;
use super::outcome::Outcome;
use crate::base::value::Map;
use uuid::Uuid;

use super::event::RequestIntended;
use super::frame::{At, Frame};
use super::heard::{Meaning, contradiction};
use super::outcome::{Failure, StepStatus};
use super::state::State;
use crate::api::asked::Subject;
use crate::steps::step::Call;

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was refused, or the API says FAILED.
    Failed,
    /// The API says COMPLETED.
    Completed,
    /// Neither: it is under way, or nobody can say.
    Open,
    /// The API said one thing and then another: nobody can say.
    Torn,
}

/// A payment that a run set out to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The step that executed it.
    pub step: String,
    /// What was executed, as paths spell it: `collection`, `payout`.
    pub operation: String,
    /// Its reference.
    pub reference_id: Uuid,
    /// What became of it.
    pub fate: Fate,
}

impl Payment {
    /// The question where it stands.
    pub fn question(&self) -> Call {
        Call::get(format!("/v1/status/{}/{}", self.operation, self.reference_id), Vec::new())
    }
}

/// The payments of a run, in the order they were executed.
pub fn payments(state: &State) -> Vec<Payment> {
    let mut all = Vec::new();
    state.root.each(&mut |at| {
        all.extend(at.step.payments.iter().filter_map(|payment| {
            Some(Payment {
                step: at.name(),
                operation: operation(payment).to_owned(),
                reference_id: payment.reference_id?,
                fate: fate(&at, payment, state),
            })
        }));
    });
    all
}

/// What a payment is, as paths spell it.
pub fn operation(payment: &RequestIntended) -> &str {
    payment.path.rsplit('/').next().unwrap_or("collection")
}

/// Whether a payment of the run moved money, or could have: anything but a refusal or a FAILED.
pub fn may_have_moved(state: &State) -> bool {
    any(&state.root, state, |fate| fate != Fate::Failed)
}

/// Whether what undoes a failure in a flow could undo a payment: one of the flow's own that may have moved
/// money, or one elsewhere in the run of which the end is not known.
pub(super) fn could_be_undone(state: &State, frame: &Frame) -> bool {
    any(frame, state, |fate| fate != Fate::Failed)
        || any(&state.root, state, |fate| matches!(fate, Fate::Open | Fate::Torn))
}

/// Whether a payment was refused, or the API says FAILED.
pub(super) fn has_failed(state: &State, at: &At<'_>, payment: &RequestIntended) -> bool {
    fate(at, payment, state) == Fate::Failed
}

/// Why nobody can say what became of a payment, where the API contradicts itself about it.
pub(super) fn torn(state: &State, reference: Uuid) -> Option<Failure> {
    let words = state.heard.of_payment(reference)?.torn()?;
    let mut failure = contradiction(&Subject::Payment(reference), words);
    failure.help = Some(help(state));
    Some(failure)
}

/// The same for the first payment of the run for which it is so.
pub(super) fn contradictory(state: &State) -> Option<Failure> {
    payments(state)
        .into_iter()
        .filter(|payment| payment.fate == Fate::Torn)
        .find_map(|payment| torn(state, payment.reference_id))
}

/// What to do about a contradiction.
pub(super) fn help(state: &State) -> String {
    format!(
        "money may have moved: do not start it again, and ask Dollr about the payment; `dollr-flow resume {}` asks the \
         API again and goes on from what it says then",
        state.run
    )
}

/// What became of the payment with a reference, if the run made it.
pub fn fate_of(state: &State, reference: Uuid) -> Option<Fate> {
    let mut found = None;
    state.root.each(&mut |at| {
        let mut own = at.step.payments.iter();
        if let Some(payment) = own.find(|payment| payment.reference_id == Some(reference)) {
            found = Some(fate(&at, payment, state));
        }
    });
    found
}

/// The payments of the run that failed before a step of it pays, and that it could pay in the stead of. The items that one
/// step pays are payments of their own.
pub(super) fn failed_before(state: &State, step: &str) -> Vec<Payment> {
    let mut all = payments(state);
    all.retain(|payment| payment.fate == Fate::Failed && !are_items(&payment.step, step));
    all
}

/// Whether two steps are turns of one step that runs once per item.
fn are_items(one: &str, other: &str) -> bool {
    let differ = one.split('/').zip(other.split('/')).find(|(one, other)| one != other);
    let id = |part: &str| part.split('[').next().map(str::to_owned);
    differ.is_none_or(|(one, other)| id(one) == id(other))
}

fn any(frame: &Frame, state: &State, is: impl Fn(Fate) -> bool) -> bool {
    let mut found = false;
    frame.each(&mut |at| {
        found |= at.step.payments.iter().any(|payment| is(fate(&at, payment, state)));
    });
    found
}

/// What became of a payment of a step.
pub fn fate(at: &At<'_>, payment: &RequestIntended, state: &State) -> Fate {
    let Some(reference) = payment.reference_id else { return Fate::Open };
    let heard = state.heard.of_payment(reference);
    if heard.is_some_and(|heard| heard.torn().is_some()) {
        return Fate::Torn;
    }
    match heard.and_then(|heard| heard.last()).map(|said| said.meaning()) {
        Some(Meaning::Done) => Fate::Completed,
        Some(Meaning::Failed) => Fate::Failed,
        Some(Meaning::Open) => Fate::Open,
        None => {
            // not by what it says: a secret that was withheld is not even equal to itself
            let last = at.step.payments.last().is_some_and(|last| std::ptr::eq(last, payment));
            let refused = at.step.status == StepStatus::Failed && at.step.outputs.is_empty();
            if last && refused { Fate::Failed } else { Fate::Open }
        }
    }
}

impl State {
    /// When the API refused a payment that it is asked for now, if it did.
    pub(super) fn refused_at(&self, event: &Event) -> Option<Timestamp> {
        let Event::Reconciled { step, reference_id, .. } = event else { return None };
        let failed = fate_of(self, *reference_id) == Some(Fate::Failed);
        failed.then(|| self.root.find(step)?.step.ended_at).flatten()
    }

    /// A payment of a run that has ended or stopped does not stand as it did: nobody can say how the run ended before it is
    /// taken up again.
    pub(super) fn turn(&mut self, reference: Uuid, at: Timestamp) {
        let Some(failure) = torn(self, reference) else { return };
        self.root.reopen(reference, &failure, at);
        if let Some(finished) = &mut self.finished {
            *finished =
                Finished { outcome: Outcome::Unclear, outputs: Map::new(), failure: Some(failure) };
        }
    }
}
