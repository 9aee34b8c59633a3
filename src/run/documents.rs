//! What a run leaves that others can act on: documents it made or published, which somebody may still pay.

use super::frame::At;
use super::payments::has_failed;
use super::state::State;
use crate::base::value::Map;
use crate::steps::seen::Seen;
use crate::steps::step::{Class, Params};

/// The documents a run made or changed that are neither paid nor canceled nor being paid, as far as it saw.
pub fn left_open(state: &State) -> Vec<Seen> {
    let mut steps = state.root.all();
    // what was seen last counts; a step that has not ended saw nothing yet
    steps.sort_by_key(|at| at.step.ended_at.unwrap_or(state.now));
    let mut open: Vec<Seen> = Vec::new();
    for at in &steps {
        for (params, outputs) in turns(at) {
            let Some(kind) = at.plan.kind() else { continue };
            let made =
                matches!(kind.class(&params), Class::Create | Class::Harmless | Class::Idempotent);
            let Some(seen) = kind.document(&params, outputs) else { continue };
            match open.iter_mut().find(|other| other.is(&seen)) {
                Some(known) => known.update(seen),
                None if made => open.push(seen),
                None => {}
            }
        }
    }
    open.retain(|seen| matches!(seen.status.as_deref(), Some("IDLE" | "ACTIVE")));
    for at in &steps {
        paying(state, at, &mut open);
    }
    open
}

/// Each turn of a step that was told something, by its parameters and outputs.
fn turns<'a>(at: &At<'a>) -> Vec<(Params, &'a Map)> {
    let told = |outputs: &&Map| !outputs.is_empty();
    let own = at.step.turns.iter().chain([&at.step.outputs]).enumerate();
    own.filter(|(_, outputs)| told(outputs)).map(|(n, outputs)| (params(at, n), outputs)).collect()
}

/// The parameters of a turn. None are known where they need a secret that no journal holds.
fn params(at: &At<'_>, turn: usize) -> Params {
    let Some(index) = at.frame.index(&at.plan.id) else { return Params::default() };
    let params = match at.frame.items(index) {
        None => at.frame.params(index).and_then(|params| params.as_ref().as_ref().ok().cloned()),
        Some(items) => {
            let item = items.as_ref().as_ref().ok().and_then(|items| items.get(turn).cloned());
            item.and_then(|item| at.plan.params(&item.scope).ok())
        }
    };
    params.unwrap_or_default()
}

/// Takes out what a payment of the step collects, unless that payment failed.
fn paying(state: &State, at: &At<'_>, open: &mut Vec<Seen>) {
    let Some(kind) = at.plan.kind() else { return };
    for (turn, payment) in at.step.payments.iter().enumerate() {
        if has_failed(state, at, payment) {
            continue;
        }
        match kind.collects(&params(at, turn), state) {
            Some(collected) => open.retain(|seen| !seen.is(&collected)),
            // which one it collects can't be known, so nobody is told to cancel any
            None => open.clear(),
        }
    }
}
