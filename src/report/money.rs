//! What a run did with money, told from its state.

use uuid::Uuid;

use crate::base::value::{Map, Value};
use crate::run::event::RequestIntended;
use crate::run::frame::At;
use crate::run::outcome::StepStatus;
use crate::run::state::State;

/// One payment of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// The step that executed it.
    pub step: String,
    /// What was executed, as paths spell it: `collection`, `payout`.
    pub operation: String,
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
    let all = state.root.all();
    let payments = all.iter().flat_map(|at| at.step.payments.iter().map(move |one| (at, one)));
    payments.filter_map(|(at, payment)| movement(&all, at, payment)).collect()
}

fn movement(all: &[At<'_>], at: &At<'_>, payment: &RequestIntended) -> Option<Movement> {
    let reference_id = payment.reference_id?;
    // not by what it says: a secret that was withheld is not even equal to itself
    let last = at.step.payments.last().is_some_and(|last| std::ptr::eq(last, payment));
    let (told, payer) = last_word(all, at, reference_id);
    let asked = at.step.reconciled.get(&reference_id);
    let asked = asked.and_then(|found| Some(found.as_ref()?.get("status")?.as_str()?.to_owned()));
    let status = asked.or(told);
    // an earlier turn of the step is over: it was answered
    let stands = if last { at.step.status } else { StepStatus::Succeeded };
    Some(Movement {
        step: at.name(),
        operation: payment.path.rsplit('/').next().unwrap_or("collection").to_owned(),
        reference_id,
        standing: standing(status.as_deref(), stands),
        moves: payment.moves.clone(),
        payer,
        status,
    })
}

/// What the latest step that saw the payment was told.
fn last_word(all: &[At<'_>], at: &At<'_>, reference: Uuid) -> (Option<String>, Option<String>) {
    let reference = reference.to_string();
    let waiting = all.iter().rev().find_map(|other| {
        let waits_for = other.step.waits_for.as_ref()?;
        asks_about(other, at, &reference).then(|| waits_for.clone())
    });
    let saw =
        |outputs: &&Map| outputs.get("reference_id").and_then(Value::as_str) == Some(&reference);
    let mut outputs =
        all.iter().flat_map(|other| other.step.turns.iter().chain([&other.step.outputs]));
    let Some(outputs) = outputs.rfind(saw) else { return (waiting, None) };
    let text = |name: &str| outputs.get(name).and_then(Value::as_str).map(str::to_owned);
    let amount = outputs.get("payer_amount").and_then(Value::as_amount);
    let payer = amount.zip(text("payer_currency")).map(|(amount, code)| format!("{amount} {code}"));
    (waiting.or_else(|| text("status")), payer)
}

/// Whether a step that waits waits for this payment: it asked for its reference, or for the source of the only
/// payment of its flow.
fn asks_about(waiting: &At<'_>, payment: &At<'_>, reference: &str) -> bool {
    let frame = waiting.frame;
    let asked = waiting.step.asked_for.as_deref().and_then(|path| path.rsplit('/').next());
    match asked.filter(|asked| Uuid::try_parse(asked).is_ok()) {
        Some(asked) => asked == reference,
        None => {
            let payments: usize = frame.steps.iter().map(|step| step.payments.len()).sum();
            std::ptr::eq(frame, payment.frame) && payments == 1
        }
    }
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
