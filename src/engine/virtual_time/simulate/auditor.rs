//! Judges the server's books after a schedule. It knows the promises, not how the runner keeps them.

use std::collections::HashMap;

use uuid::Uuid;

use super::fickle::Lie;
use super::scenario::Scenario;
use super::world::World;
use crate::base::money::Amount;
use crate::base::value::Value;
use crate::run::frame::{At, Frame};
use crate::run::outcome::Outcome;
use crate::run::state::State;
use crate::sandbox::{Audit, Charges, ExecutionStatus, ReferenceAttempts, Repeat, SourceType};

/// What an audit comes to.
pub struct Audited {
    /// Everything that must not be.
    pub violations: Vec<String>,
    /// How many payments the run asked for that are in the books, those that failed there too.
    pub landed: usize,
    /// How many of them moved money, or still may.
    pub moved: usize,
}

/// Looks for everything that must not be.
pub fn audit(world: &World, ended: Option<&State>, scenario: &Scenario) -> Audited {
    let mut inner = world.lock();
    let mut found = inner.broken.clone();
    let old = scenario.books.as_ref().map(|books| asked_for(&books.audit())).unwrap_or_default();
    let own = |audit: &Audit| -> Payments {
        asked_for(audit).into_iter().filter(|(reference, _)| !old.contains_key(reference)).collect()
    };
    match ended.and_then(|state| Some((state, state.finished.as_ref()?.outcome))) {
        Some((state, outcome)) => {
            let (mut said, audit) = (said(state), inner.ledger.audit());
            if let Some((Lie::Completed, Some(reference))) = inner.fickle.lie {
                // of what the server contradicts itself about nobody can say how it stands
                if outcome == Outcome::Unclear {
                    said.remove(&reference);
                }
            }
            let mut believed = said.clone();
            if let Some((Lie::Failed, Some(reference))) = inner.fickle.lie
                && !inner.fickle.corrected
            {
                // nothing is begun in the stead of such a run, so nobody has asked whether the word holds
                believed.remove(&reference);
            }
            found.extend(untrue(&believed, &payments(&audit, |_| true)));
            found.extend(unsaid(&said, outcome, &own(&audit)));
            found.extend(unpaid(state, &audit.charges));
        }
        None => found.push("the run did not end, although nothing went wrong any more".to_owned()),
    }
    // what was still on its way must change nothing either
    inner.deliver_all();
    let audit = inner.ledger.audit();
    for violation in &audit.violations {
        found.push(format!("{}: {} {}", violation.rule, violation.subject, violation.detail));
    }
    let alive = |status: &ExecutionStatus| *status != ExecutionStatus::Failed;
    let own = own(&audit);
    let charged = own.values().filter(|status| alive(status)).count();
    let intents = ended.and_then(|state| intents(&state.root));
    if let Some(intents) = intents.filter(|intents| charged > *intents) {
        found.push(format!("{charged} payments landed for {intents} intents"));
    }
    if let Some(state) = ended {
        let before = scenario.books.as_ref().map(|books| books.audit().repeats);
        // what is begun in the stead of something makes all things once more
        if inner.past.is_empty() {
            found.extend(made_twice(state, &audit, &before.unwrap_or_default(), inner.spares));
        }
        let known = expected(state);
        for charge in audit.charges.iter().filter(|charge| charge.completed > 0) {
            if let Some(sum) = known.get(&charge.source_id)
                && charge.collected.decimal() != sum.decimal()
            {
                let (number, collected) = (&charge.source_number, charge.collected);
                found.push(format!("{number} was charged {collected}, its items sum to {sum}"));
            }
        }
    }
    Audited { violations: found, landed: own.len(), moved: charged }
}

/// Why no payment of a run came as far as the books, unless the recipe itself went without: where all was done
/// and no step that moves money failed, they were left out by their `if`s, or had no items.
pub fn unpaid_for(ended: Option<&State>) -> Option<String> {
    let said = |step: Option<&String>, message: &str| match step {
        Some(step) => format!("step `{step}`: {message}"),
        None => message.to_owned(),
    };
    let Some((state, finished)) = ended.and_then(|state| Some((state, state.finished.as_ref()?)))
    else {
        return Some("the run did not end".to_owned());
    };
    if finished.outcome != Outcome::Succeeded {
        let failure = finished.failure.as_ref();
        let why = failure.map(|failure| said(failure.step.as_ref(), &failure.message));
        return Some(why.unwrap_or_else(|| format!("the run {}", finished.outcome.word())));
    }
    let all = state.root.all();
    let failed = all.iter().find(|at| at.step.failure.is_some() && at.plan.moves_money())?;
    let failure = failed.step.failure.as_ref()?;
    Some(said(failure.step.as_ref(), &failure.message))
}

/// Where payments stand, by reference.
type Payments = HashMap<Uuid, ExecutionStatus>;

/// The payments that the run asked for. What a payer does on a page of the server is the payer's own.
fn asked_for(audit: &Audit) -> Payments {
    payments(audit, |attempts| attempts.requests > 0)
}

fn payments(audit: &Audit, which: impl Fn(&ReferenceAttempts) -> bool) -> Payments {
    let attempts = audit.attempts.iter().filter(|attempts| which(attempts));
    attempts.filter_map(|attempts| Some((attempts.reference_id, attempts.status?))).collect()
}

/// How many payments the recipe asks for: one per money step, or one per item of it, in every flow that began.
fn intents(frame: &Frame) -> Option<usize> {
    let steps = frame.plan.all().zip(&frame.steps).enumerate();
    steps
        .map(|(index, (plan, step))| match (plan.kind(), &plan.foreach) {
            (None, _) => step.frames().map(intents).sum(),
            (Some(kind), _) if kind.name() != "execute" => Some(0),
            (Some(_), None) => Some(1),
            (Some(_), Some(_)) => frame.items(index)?.as_ref().as_ref().ok().map(Vec::len),
        })
        .sum()
}

/// What the run calls PAID without a completed collection in the books.
fn unpaid(state: &State, charges: &[Charges]) -> Vec<String> {
    let paid = |kind: SourceType, id: i64| {
        let same =
            |one: &Charges| one.source_type == kind && i64::try_from(one.source_id) == Ok(id);
        charges.iter().any(|charge| charge.completed > 0 && same(charge))
    };
    let all = state.root.all();
    let said = all.iter().filter_map(|At { step, .. }| {
        let text = |name: &str| step.outputs.get(name).and_then(Value::as_str);
        let kind = match text("source_type")? {
            "INVOICE" => SourceType::Invoice,
            "ORDER" => SourceType::Order,
            _ => return None,
        };
        let id = step.outputs.get("source_id")?.as_i64()?;
        (text("status")? == "PAID").then_some((kind, id))
    });
    said.filter(|(kind, id)| !paid(*kind, *id))
        .map(|(kind, id)| format!("the run says {kind:?} {id} is PAID, the books say it is not"))
        .collect()
}

/// Things that the run made twice and knows once, beyond what the network did. A page of the server makes things that no
/// step names, and so may a request of the recipe's own.
fn made_twice(state: &State, audit: &Audit, before: &[Repeat], spares: u64) -> Option<String> {
    let all = state.root.all();
    let kind = |at: &At<'_>| at.plan.kind().map(|kind| kind.name());
    if all.iter().any(|at| matches!(kind(at), Some("hosted" | "request"))) {
        return None;
    }
    let knows = |what: &str, id: u64| {
        let own = all.iter().filter(|at| kind(at) == Some(what));
        let mut outputs = own.flat_map(|at| at.step.turns.iter().chain([&at.step.outputs]));
        outputs.any(|outputs| outputs.get("id").and_then(Value::as_i64) == i64::try_from(id).ok())
    };
    let made = |what: &str| all.iter().any(|at| kind(at) == Some(what));
    let things =
        audit.repeats.iter().filter(|repeat| made(repeat.what) && !before.contains(repeat));
    let unknown: Vec<String> = things
        .flat_map(|repeat| {
            repeat
                .ids
                .iter()
                .filter(|id| !knows(repeat.what, **id))
                .map(|id| format!("{} {id}", repeat.what))
        })
        .collect();
    (unknown.len() as u64 > spares)
        .then(|| format!("made twice, and known once: {}", unknown.join(", ")))
}

/// What the items that the run added to each document sum to.
fn expected(state: &State) -> HashMap<u64, Amount> {
    let all = state.root.all();
    all.iter()
        .filter(|at| at.plan.kind().is_some_and(|kind| kind.name() == "items"))
        .filter_map(|At { step, .. }| {
            let id = step.outputs.get("invoice_id").or(step.outputs.get("order_id"))?.as_i64()?;
            Some((u64::try_from(id).ok()?, step.outputs.get("total_amount")?.as_amount()?))
        })
        .collect()
}

/// What the run says of payments, held against the books.
fn untrue(said: &HashMap<Uuid, String>, books: &Payments) -> Vec<String> {
    let fits = |(reference, status): &(&Uuid, &String)| {
        let really = books.get(*reference);
        match status.as_str() {
            "COMPLETED" => really == Some(&ExecutionStatus::Completed),
            "FAILED" => really == Some(&ExecutionStatus::Failed),
            _ => really.is_some(),
        }
    };
    let lies = said.iter().filter(|one| !fits(one));
    lies.map(|(reference, status)| {
        let really = books.get(reference);
        format!("the run says {reference} is {status}, the books say {really:?}")
    })
    .collect()
}

/// A run must not call failed what the server once said is completed: another would be begun in its stead.
pub fn called_failed(world: &World, state: &State) -> Option<String> {
    let (lie, forgotten) = {
        let inner = world.lock();
        (inner.fickle.lie, inner.fickle.forgotten)
    };
    let Some((Lie::Completed, Some(reference))) = lie.filter(|_| !forgotten) else { return None };
    let failed = said(state).get(&reference).is_some_and(|status| status == "FAILED");
    failed.then(|| format!("the run failed, although the server had said COMPLETED of {reference}"))
}

/// What the run keeps quiet about, and whether it is over at all.
fn unsaid(said: &HashMap<Uuid, String>, outcome: Outcome, books: &Payments) -> Vec<String> {
    let mut found = Vec::new();
    for (reference, really) in books {
        let unsaid = !said.contains_key(reference);
        let alive = *really != ExecutionStatus::Failed;
        if alive && unsaid && matches!(outcome, Outcome::Failed | Outcome::Succeeded) {
            let word = outcome.word();
            found
                .push(format!("the run {word} without a word of {reference}, which is {really:?}"));
        }
    }
    if outcome == Outcome::Paused {
        found.push("the run is still paused, although nothing went wrong any more".to_owned());
    }
    found
}

/// The last status the run's outputs give of each payment.
fn said(state: &State) -> HashMap<Uuid, String> {
    let all = state.root.all();
    let outputs = all.iter().flat_map(|at| at.step.turns.iter().chain([&at.step.outputs]));
    outputs
        .filter_map(|outputs| {
            let reference = outputs.get("reference_id")?.as_str()?.parse().ok()?;
            outputs.get("payer_amount")?;
            Some((reference, outputs.get("status").and_then(Value::as_str)?.to_owned()))
        })
        .collect()
}
