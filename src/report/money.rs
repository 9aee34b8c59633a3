//! What a run did with money, told from its state.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::base::money::Money;
use crate::base::value::{Map, Value};
use crate::run::event::RequestIntended;
use crate::run::frame::At;
use crate::run::payments::{Fate, fate, operation};
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
    /// What whoever pays is charged, fees included as the case may be.
    pub payer: Option<Money>,
    /// What whoever is paid gets.
    pub payee: Option<Money>,
    /// The last status the API gave, if it gave one.
    pub status: Option<String>,
    /// How sure that is.
    pub standing: Standing,
}

/// Which way a payment goes, as the merchant sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A payer pays the merchant.
    In,
    /// The merchant pays somebody.
    Out,
    /// The merchant gives a payer their money back.
    Back,
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
    payments.filter_map(|(at, payment)| movement(state, &all, at, payment)).collect()
}

fn movement(
    state: &State,
    all: &[At<'_>],
    at: &At<'_>,
    payment: &RequestIntended,
) -> Option<Movement> {
    let reference_id = payment.reference_id?;
    let (told, outputs) = last_word(all, at, reference_id);
    let money = |side: &str| {
        let outputs = outputs?;
        let amount = outputs.get(&format!("{side}_amount"))?.as_amount()?;
        let currency = outputs.get(&format!("{side}_currency"))?.as_str()?.parse().ok()?;
        Some(Money { amount, currency })
    };
    let (payer, payee) = (money("payer"), money("payee"));
    let heard = state.heard.of_payment(reference_id).and_then(|heard| heard.last());
    // what it was asked for apart from the run is newer than what a step waits for
    let status = match heard {
        Some(said) if said.apart || told.is_none() => Some(said.status.clone()),
        _ => told,
    };
    Some(Movement {
        step: at.name(),
        operation: operation(payment).to_owned(),
        reference_id,
        standing: match fate(at, payment, state) {
            Fate::Completed => Standing::Moved,
            Fate::Failed => Standing::Not,
            Fate::Open if status.is_some() => Standing::Open,
            Fate::Open | Fate::Torn => Standing::Unknown,
        },
        moves: payment.moves.clone(),
        payer,
        payee,
        status,
    })
}

/// What the latest step that saw the payment was told: its status, and all else.
fn last_word<'a>(
    all: &[At<'a>],
    at: &At<'_>,
    reference: Uuid,
) -> (Option<String>, Option<&'a Map>) {
    let reference = reference.to_string();
    let waiting = all.iter().rev().find_map(|other| {
        let waits_for = other.step.waits_for.as_ref()?;
        asks_about(other, at, &reference).then(|| waits_for.clone())
    });
    let saw =
        |outputs: &&Map| outputs.get("reference_id").and_then(Value::as_str) == Some(&reference);
    let mut outputs =
        all.iter().flat_map(|other| other.step.turns.iter().chain([&other.step.outputs]));
    let outputs = outputs.rfind(saw);
    let status = outputs.and_then(|outputs| outputs.get("status")?.as_str().map(str::to_owned));
    (waiting.or(status), outputs)
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

impl Movement {
    /// What it means for the money, in words. `before`: it had moved before this command began.
    pub fn words(&self, before: bool) -> String {
        let amount = self.moves.as_deref().unwrap_or("the amount");
        let way = self.way();
        match self.standing {
            Standing::Moved => {
                let moved = match way {
                    Way::In => "moved",
                    Way::Out => "moved out",
                    Way::Back => "moved back",
                };
                let when = if before { " before; nothing was sent now" } else { "" };
                format!("{amount} {moved}{when}{}", self.sides())
            }
            Standing::Not => {
                let done = match way {
                    Way::In => "charged",
                    Way::Out => "paid out",
                    Way::Back => "given back",
                };
                format!("nothing moved; {amount} was not {done}")
            }
            Standing::Open => {
                let status = self.status.as_deref().unwrap_or("open");
                format!("{amount} is under way ({status})")
            }
            Standing::Unknown => format!("{amount} may have moved; the API has not told yet"),
        }
    }

    fn way(&self) -> Way {
        match self.operation.as_str() {
            "payout" | "transfer" => Way::Out,
            "refund" => Way::Back,
            _ => Way::In,
        }
    }

    /// Who pays what and who gets what of it, where the API told.
    fn sides(&self) -> String {
        let (pays, gets) = match self.way() {
            Way::In => ("the payer pays", "you get"),
            Way::Out => ("you pay", "the payee gets"),
            Way::Back => ("you pay", "the customer gets back"),
        };
        let told = [
            self.payer.map(|money| format!("{pays} {money}")),
            self.fee().map(|money| format!("the fee is {money}")),
            self.payee.map(|money| format!("{gets} {money}")),
        ];
        let told: Vec<String> = told.into_iter().flatten().collect();
        if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
    }

    /// What is lost on the way. Between two currencies nobody can tell it from the rate.
    fn fee(&self) -> Option<Money> {
        let (payer, payee) = self.payer.zip(self.payee)?;
        let fee = payer.amount.minus(payee.amount).ok()?;
        let one = payer.currency == payee.currency && !fee.decimal().is_sign_negative();
        one.then_some(Money { amount: fee, currency: payer.currency })
    }

    /// For machines. `before`: it had moved before this command began.
    pub fn json(&self, before: bool) -> Json {
        let text = |money: Option<Money>| money.map(|money| money.to_string());
        json!({
            "step": self.step,
            "operation": self.operation,
            "reference_id": self.reference_id,
            "status": self.status,
            "standing": match self.standing {
                Standing::Moved => "moved",
                Standing::Not => "not_moved",
                Standing::Open => "open",
                Standing::Unknown => "unknown",
            },
            "moved_before": before && self.standing == Standing::Moved,
            "amount": self.moves,
            "payer_pays": text(self.payer),
            "fee": text(self.fee()),
            "payee_gets": text(self.payee),
        })
    }
}
