//! What became of a run's payments, as far as its events tell.

use super::event::RequestIntended;
use super::frame::{At, Frame};
use super::outcome::StepStatus;
use super::state::State;
use crate::base::value::Value;

/// What became of one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It was refused, or the API says FAILED.
    Failed,
    /// The API says COMPLETED.
    Completed,
    /// Neither: it is under way, or nobody can say.
    Open,
}

/// Whether a payment of the run moved money, or could have: anything but a refusal or a FAILED.
pub(super) fn may_have_moved(state: &State) -> bool {
    any(&state.root, &state.root, |fate| fate != Fate::Failed)
}

/// Whether what undoes a failure in a flow could undo a payment: one of the flow's own that may have moved
/// money, or one elsewhere in the run of which the end is not known.
pub(super) fn could_be_undone(state: &State, frame: &Frame) -> bool {
    any(frame, &state.root, |fate| fate != Fate::Failed)
        || any(&state.root, &state.root, |fate| fate == Fate::Open)
}

/// Whether a payment was refused, or the API says FAILED.
pub(super) fn has_failed(state: &State, at: &At<'_>, payment: &RequestIntended) -> bool {
    fate(at, payment, &state.root) == Fate::Failed
}

fn any(frame: &Frame, root: &Frame, is: impl Fn(Fate) -> bool) -> bool {
    let mut found = false;
    frame.each(&mut |at| {
        found |= at.step.payments.iter().any(|payment| is(fate(&at, payment, root)));
    });
    found
}

fn fate(at: &At<'_>, payment: &RequestIntended, root: &Frame) -> Fate {
    // not by what it says: a secret that was withheld is not even equal to itself
    let last = at.step.payments.last().is_some_and(|last| std::ptr::eq(last, payment));
    if last && at.step.status == StepStatus::Failed && at.step.outputs.is_empty() {
        return Fate::Failed;
    }
    let Some(reference) = payment.reference_id.map(|id| id.to_string()) else { return Fate::Open };
    let mut fate = Fate::Open;
    root.each(&mut |at| {
        for outputs in at.step.turns.iter().chain([&at.step.outputs]) {
            let text = |name: &str| outputs.get(name).and_then(Value::as_str);
            if text("reference_id") == Some(&reference) {
                match text("status") {
                    Some("FAILED") => fate = Fate::Failed,
                    Some("COMPLETED") => fate = Fate::Completed,
                    _ => {}
                }
            }
        }
    });
    fate
}
