//! `quote`: what a payment would cost, before it is made.

use super::checkout::SOURCE_TYPE;
use super::document::FEE_BEARER;
use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::api::words::{OPERATION_TYPES, OWNER_TYPES, PAYMENT_METHODS, PROVIDERS};
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Quote;

const METHOD: Ty = Ty::Enum { words: PAYMENT_METHODS, open: false };
const PROVIDER: Ty = Ty::Enum { words: PROVIDERS, open: false };

/// The API sends these as texts; they are money all the same.
const AMOUNTS: &[&str] = &["payer_amount", "payee_amount", "platform_fee", "fx_fee", "gateway_fee"];

/// What an amount that is no document's needs.
const OWN: &[&str] = &["base_amount", "base_currency", "operation_type", "fee_bearer"];

impl Step for Quote {
    fn name(&self) -> &'static str {
        "quote"
    }

    fn summary(&self) -> &'static str {
        "Asks what payer and payee would pay and get, fees and exchange included, for a source or for an amount."
    }

    fn example(&self) -> &'static str {
        "- uses: quote\n  with:\n    source_type: INVOICE\n    source_id: \"{{ steps.invoice.id }}\"\n    \
         target_currency: LRD\n    payment_method: MTN_MOMO_LBR\n    provider: PAWAPAY\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::optional(
                    "source_type",
                    SOURCE_TYPE,
                    "A published document's type; with `source_id`.",
                ),
                Field::optional(
                    "source_id",
                    Ty::Id("source"),
                    "Its id; or give `base_amount` and the like.",
                ),
                Field::optional(
                    "base_amount",
                    Ty::Money,
                    "The amount, where there is no document.",
                ),
                Field::optional("base_currency", Ty::Currency, "Its currency."),
                Field::required(
                    "target_currency",
                    Ty::Currency,
                    "What the payer pays in; of a payout, what the beneficiary gets.",
                ),
                Field::required("payment_method", METHOD, "How it is paid."),
                Field::required("provider", PROVIDER, "Who moves it."),
                Field::optional(
                    "operation_type",
                    Ty::Enum { words: OPERATION_TYPES, open: false },
                    "What the amount is for.",
                ),
                Field::optional("fee_bearer", FEE_BEARER, "Who bears the fees of the amount."),
                Field::optional(
                    "owner_type",
                    Ty::Enum { words: OWNER_TYPES, open: false },
                    "Whose fee tier applies; with `owner_id`.",
                ),
                Field::optional("owner_id", Ty::Integer, "The owner's id."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("payer_amount", Ty::Money, "All that the payer pays."),
                Field::required("payer_currency", Ty::Currency, "In this currency."),
                Field::required("payee_amount", Ty::Money, "All that the payee gets."),
                Field::required("payee_currency", Ty::Currency, "In this currency."),
                Field::optional("platform_fee", Ty::Money, "Dollr's fee."),
                Field::optional("platform_currency", Ty::Currency, "In this currency."),
                Field::optional("fx_fee", Ty::Money, "The exchange fee; null without an exchange."),
                Field::optional("gateway_fee", Ty::Money, "The provider's fee."),
                Field::optional("gateway_currency", Ty::Currency, "In this currency."),
            ]
        }
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        let has = |name: &str| given.contains(&name);
        if has("source_id") || has("source_type") {
            if !(has("source_id") && has("source_type")) {
                return Some(("source_id", "`source_type` and `source_id` go together".to_owned()));
            }
            let other = OWN.iter().find(|name| has(name))?;
            return Some((other, format!("the document says its own `{other}`")));
        }
        let missing = OWN.iter().find(|name| !has(name))?;
        Some(("base_amount", format!("give a source, or an amount with `{missing}`")))
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let common = ["target_currency", "payment_method", "provider"];
        if params.get("source_id").is_some() {
            let mut query = params.query(&["source_type", "source_id"]);
            query.extend(params.query(&common));
            return Ok(Call::get("/v1/predictions/payment-source/amount-and-fees", query));
        }
        let mut query = params.query(OWN);
        query.extend(params.query(&common));
        query.extend(params.query(&["owner_type", "owner_id"]));
        Ok(Call::get("/v1/predictions/amount-and-fees", query))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        let needed = ["payer_amount", "payer_currency", "payee_amount", "payee_currency"];
        let mut outputs = match yields(body, &needed) {
            Verdict::Done(outputs) => outputs,
            other => return other,
        };
        for name in AMOUNTS {
            if let Some(value) = outputs.get_mut(*name)
                && *value != Value::Null
            {
                match value.as_amount() {
                    Some(amount) => *value = Value::Number(amount.into()),
                    None => return Verdict::Unreadable(format!("`{name}` is no amount")),
                }
            }
        }
        Verdict::Done(outputs)
    }
}
