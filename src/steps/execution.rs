//! What an execution's answers mean, wherever they come from.

use super::step::{Verdict, yields};
use crate::api::words::{EXECUTION_STATUSES, OPERATIONS};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// The type of an execution's status; words that are not listed are not final.
pub const STATUS: Ty = Ty::Enum { words: EXECUTION_STATUSES, open: true };

/// The type of `operation`.
pub const OPERATION: Ty = Ty::Enum { words: OPERATIONS, open: false };

/// The fields of an execution, as executes and status reads show them.
pub const OUTPUTS: &[Field] = &[
    Field::required("reference_id", Ty::Uuid, "The payment's reference, UUID version 4."),
    Field::required("status", STATUS, "PENDING, PROCESSING, COMPLETED or FAILED."),
    Field::optional("operation_type", Ty::Text, "COLLECTION, PAYOUT, TRANSFER or REFUND."),
    Field::optional("payer_amount", Ty::Money, "What the payer pays."),
    Field::optional("payer_currency", Ty::Currency, "In this currency."),
    Field::optional("payee_amount", Ty::Money, "What the payee gets."),
    Field::optional("payee_currency", Ty::Currency, "In this currency."),
    Field::optional("provider_transaction_id", Ty::Text, "The provider's own reference."),
    Field::optional("gateway_message", Ty::Text, "The provider's reason."),
    Field::optional("wallet_message", Ty::Text, "The wallet side's reason."),
    Field::optional("requires_action", Ty::Boolean, "Whether the payer must confirm the card."),
    Field::optional("client_secret", Ty::Secret, "The card network's secret for that."),
    Field::optional("payment_intent_id", Ty::Id("intent"), "What a refund refers to."),
];

/// Where an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The money moved.
    Completed,
    /// It did not, and will not.
    Failed,
    /// Not final yet.
    Open,
}

/// Reads where an execution stands; any word but the two final ones is not final.
pub fn standing(body: &Value) -> Standing {
    match body.get("status").and_then(Value::as_str) {
        Some("COMPLETED") => Standing::Completed,
        Some("FAILED") => Standing::Failed,
        _ => Standing::Open,
    }
}

/// An execution's fields as outputs, if it has a status.
pub fn outputs(body: &Value) -> Result<Map, Verdict> {
    match yields(body, &["status"]) {
        Verdict::Done(outputs) => match outputs.get("status") {
            Some(Value::Text(_)) => Ok(outputs),
            _ => Err(Verdict::Unreadable("the reply's `status` is not a text".to_owned())),
        },
        other => Err(other),
    }
}

/// The reason of a failed execution, in the API's words.
pub fn reason(body: &Value) -> String {
    let said = ["gateway_message", "wallet_message"];
    let said = said.iter().find_map(|name| body.get(name).and_then(Value::as_str));
    format!("the payment failed: {}", said.unwrap_or("the API gave no reason"))
}
