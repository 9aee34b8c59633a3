//! What a run did with money, told from its state.

use uuid::Uuid;

use crate::base::value::{Map, Value};
use crate::run::outcome::StepStatus;
use crate::run::state::State;

/// One payment of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// The step that executed it.
    pub step: String,
    /// Its reference.
    pub reference_id: Uuid,
    /// What it moves, `250.00 USD`, where that was known beforehand.
    pub moves: Option<String>,
    /// What the payer pays, `257.50 USD`, fees included.
    pub payer: Option<String>,
    /// The last status the API gave, if it gave one.
    pub status: Option<String>,
    /// How sure that is.
    pub standing: Standing,
}

/// What is known of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It moved.
    Moved,
    /// It did not move, and will not.
    Not,
    /// It is under way.
    Open,
    /// Nobody can say.
    Unknown,
}

/// The payments of a run, in the order they were executed.
pub fn movements(state: &State) -> Vec<Movement> {
    let steps = state.plan.all().zip(&state.steps);
    steps
        .flat_map(|(plan, step)| step.payments.iter().map(move |payment| (plan, step, payment)))
        .filter_map(|(plan, step, payment)| {
            let reference_id = payment.reference_id?;
            let last = step.payments.last() == Some(payment);
            let (told, payer) = last_word(state, reference_id);
            let asked = step
                .reconciled
                .get(&reference_id)
                .and_then(|found| Some(found.as_ref()?.get("status")?.as_str()?.to_owned()));
            let status = asked.or(told);
            // an earlier turn of the step is over: it was answered
            let at = if last { step.status } else { StepStatus::Succeeded };
            Some(Movement {
                step: plan.id.clone(),
                reference_id,
                standing: standing(status.as_deref(), at),
                moves: payment.moves.clone(),
                payer,
                status,
            })
        })
        .collect()
}

/// What the latest step that saw the payment was told.
fn last_word(state: &State, reference: Uuid) -> (Option<String>, Option<String>) {
    let reference = reference.to_string();
    let saw =
        |outputs: &&Map| outputs.get("reference_id").and_then(Value::as_str) == Some(&reference);
    let waiting = state.steps.iter().rev().find_map(|step| step.waits_for.clone());
    let all = state.steps.iter().flat_map(|step| step.turns.iter().chain([&step.outputs]));
    let Some(outputs) = all.filter(saw).last() else { return (waiting, None) };
    let text = |name: &str| outputs.get(name).and_then(Value::as_str).map(str::to_owned);
    let amount = outputs.get("payer_amount").and_then(Value::as_amount);
    let payer = amount.zip(text("payer_currency")).map(|(amount, code)| format!("{amount} {code}"));
    (waiting.or_else(|| text("status")), payer)
}

fn standing(status: Option<&str>, step: StepStatus) -> Standing {
    match (status, step) {
        (Some("COMPLETED"), _) => Standing::Moved,
        (Some("FAILED"), _) => Standing::Not,
        (Some(_), _) => Standing::Open,
        // the API refused it, or it was shown never to have landed
        (None, StepStatus::Failed) => Standing::Not,
        (None, _) => Standing::Unknown,
    }
}

impl Movement {
    /// What it means for the money, in words.
    pub fn words(&self) -> String {
        let amount = self.moves.as_deref().unwrap_or("the amount");
        match self.standing {
            Standing::Moved => match &self.payer {
                Some(payer) => format!("{amount} moved (the payer pays {payer})"),
                None => format!("{amount} moved"),
            },
            Standing::Not => format!("nothing moved; {amount} was not charged"),
            Standing::Open => {
                let status = self.status.as_deref().unwrap_or("open");
                format!("{amount} is under way ({status})")
            }
            Standing::Unknown => format!("{amount} may have moved; the API could not tell"),
        }
    }
}
