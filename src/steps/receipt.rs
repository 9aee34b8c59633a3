//! `receipt`: what was paid, once it was.

use super::document::{NAMING, STATUS};
use super::step::{Call, Class, Params, Progress, Step, Verdict, segment, yields};
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Receipt;

/// What can name a document, and where its receipt is then.
const NAMES: [(&str, &str); 4] = [
    ("invoice_id", "invoices/receipt"),
    ("order_id", "orders/receipt"),
    ("invoice_number", "invoices/receipt/number"),
    ("order_number", "orders/receipt/number"),
];

fn all_names() -> String {
    NAMES.map(|(name, _)| format!("`{name}`")).join(", ")
}

impl Step for Receipt {
    fn name(&self) -> &'static str {
        "receipt"
    }

    fn summary(&self) -> &'static str {
        "Reads the receipt of an invoice or order that is PAID."
    }

    fn example(&self) -> &'static str {
        "- uses: receipt\n  with: { invoice_id: \"{{ steps.invoice.id }}\" }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                NAMING[0],
                NAMING[1],
                Field::optional("invoice_number", Ty::Text, "Or the invoice's number."),
                Field::optional("order_number", Ty::Text, "Or the order's number."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("id", Ty::Id("source"), "The document's id."),
                Field::optional("invoice_number", Ty::Text, "An invoice's number."),
                Field::optional("order_number", Ty::Text, "An order's number."),
                Field::optional("status", STATUS, "PAID."),
                Field::optional("currency", Ty::Currency, "The document's currency."),
                Field::optional("total_amount", Ty::Money, "The document's total."),
                Field::optional("fee_bearer", Ty::Text, "Who bore the fees."),
                Field::optional("payer_amount", Ty::Money, "What the payer paid."),
                Field::optional("payer_currency", Ty::Currency, "In this currency."),
                Field::optional("payee_amount", Ty::Money, "What the payee got."),
                Field::optional("payee_currency", Ty::Currency, "In this currency."),
                Field::optional("platform_fee", Ty::Money, "Dollr's fee."),
                Field::optional("gateway_fee", Ty::Money, "The provider's fee."),
                Field::optional("fx_fee", Ty::Money, "The exchange fee."),
                Field::optional(
                    "fx_rate",
                    Ty::Money,
                    "One `fx_currency_from` in `fx_currency_to`.",
                ),
                Field::optional("fx_currency_from", Ty::Text, "Exchanged from."),
                Field::optional("fx_currency_to", Ty::Text, "Exchanged to."),
                Field::optional("method", Ty::Text, "How it was paid."),
                Field::optional("provider", Ty::Text, "Who moved it."),
                Field::optional("provider_transaction_id", Ty::Text, "The provider's reference."),
                Field::optional("paid_at", Ty::DateTime, "When it was paid."),
                Field::optional("invoice_items", Ty::List(&Ty::Free), "An invoice's lines."),
                Field::optional("order_items", Ty::List(&Ty::Free), "An order's lines."),
            ]
        }
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        let mut named = NAMES.iter().filter(|(name, _)| given.contains(name));
        match (named.next(), named.next()) {
            (None, _) => Some(("invoice_id", format!("give one of {}", all_names()))),
            (Some(_), Some((name, _))) => Some((name, format!("give only one of {}", all_names()))),
            (Some(_), None) => None,
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let named = NAMES.iter().find(|(name, _)| params.get(name).is_some());
        let (name, path) = named.ok_or_else(|| format!("none of {} is given", all_names()))?;
        Ok(Call::get(format!("/v1/{path}/{}", segment(&params.plain(name))), Vec::new()))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["id"])
    }
}
