//! What an execution's answers mean, wherever they come from.

use super::step::{Verdict, yields};
use crate::api::words::{EXECUTION_STATUSES, OPERATIONS};
use crate::base::money::{Amount, Money};
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

/// What an answer says of the amounts that can't be, where this much was to be moved. `bearer` is who bears the fees, where that
/// is known. Amounts in another currency than the document's can't be compared.
pub fn contradiction(body: &Value, due: Money, bearer: Option<&str>) -> Option<String> {
    let amount = |who: &str| {
        let currency = body.get(&format!("{who}_currency"))?.as_str()?;
        let amount = body.get(&format!("{who}_amount"))?.as_amount()?;
        (currency == due.currency.code()).then_some(amount)
    };
    let wrong = |who: &str, fine: fn(Amount, Amount) -> bool, bears: &str| {
        let amount = amount(who)?;
        // whoever bears no fee pays, or gets, what the document says
        let exact = bearer == Some(bears);
        let fits = if exact { amount == due.amount } else { fine(amount, due.amount) };
        (!fits).then(|| {
            let verb = if who == "payee" { "gets" } else { "pays" };
            format!(
                "the API says that the {who} {verb} {amount} {}, and this is about {due}",
                due.currency
            )
        })
    };
    wrong("payee", |got, due| got <= due, "PAYER")
        .or_else(|| wrong("payer", |paid, due| paid >= due, "PAYEE"))
}

/// The first amount in which two answers about one payment differ.
pub fn change(before: &Map, now: &Map) -> Option<String> {
    ["payer", "payee"].into_iter().find_map(|who| {
        let amount = |map: &Map| map.get(&format!("{who}_amount"))?.as_amount();
        let (was, is) = (amount(before)?, amount(now)?);
        (was != is).then(|| format!("the API said {was} for the {who}, and now says {is}"))
    })
}

/// The reason of a failed execution, in the API's words.
pub fn reason(body: &Value) -> String {
    let said = ["gateway_message", "wallet_message"];
    let said = said.iter().find_map(|name| body.get(name).and_then(Value::as_str));
    format!("the payment failed: {}", said.unwrap_or("the API gave no reason"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amounts_that_contradict_the_document_are_noticed() {
        let said = |payer: &str, payee: &str, bearer: Option<&str>| {
            let (payer_amount, payer_currency) = payer.split_once(' ').unwrap();
            let (payee_amount, payee_currency) = payee.split_once(' ').unwrap();
            let body = format!(
                r#"{{"payer_amount":{payer_amount},"payer_currency":"{payer_currency}","payee_amount":{payee_amount},"payee_currency":"{payee_currency}"}}"#
            );
            contradiction(&Value::from_json(&body).unwrap(), "250.00 USD".parse().unwrap(), bearer)
        };
        for (payer, payee, bearer) in [
            ("257.50 USD", "250.00 USD", Some("PAYER")),
            ("250 USD", "242.50 USD", Some("PAYEE")),
            ("49400.00 LRD", "250.000 USD", Some("PAYER")),
            ("257.50 USD", "250.00 USD", None),
            ("250.00 USD", "242.50 USD", None),
        ] {
            assert_eq!(said(payer, payee, bearer), None, "{payer} {payee}");
        }
        for (payer, payee, bearer) in [
            ("257.50 USD", "2.50 USD", Some("PAYER")),
            ("257.50 USD", "257.50 USD", Some("PAYER")),
            ("249.99 USD", "242.50 USD", Some("PAYEE")),
            ("49400.00 LRD", "249.00 USD", Some("PAYER")),
            ("250.00 USD", "250.01 USD", None),
            ("2.50 USD", "2.45 USD", None),
        ] {
            let said = said(payer, payee, bearer).unwrap();
            assert!(said.contains("and this is about 250.00 USD"), "{said}");
        }
    }
}
