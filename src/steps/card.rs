//! `card`: how a card is routed.

use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::api::words::{OPERATION_TYPES, PAYMENT_METHODS, PROVIDERS};
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Card;

impl Step for Card {
    fn name(&self) -> &'static str {
        "card"
    }

    fn summary(&self) -> &'static str {
        "Asks how a card that the payer's browser registered is routed."
    }

    fn example(&self) -> &'static str {
        "- uses: card\n  with: { payment_method_id: pm_sbx_visa, operation_type: COLLECTION }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("payment_method_id", Ty::Text, "The card network's id, `pm_...`."),
                Field::default(
                    "operation_type",
                    Ty::Enum { words: OPERATION_TYPES, open: false },
                    "COLLECTION",
                    "What the card is to do.",
                ),
                Field::optional(
                    "provider",
                    Ty::Enum { words: PROVIDERS, open: false },
                    "The provider, where it is known.",
                ),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required(
                    "payment_method",
                    Ty::Enum { words: PAYMENT_METHODS, open: true },
                    "The method; an account's `method`.",
                ),
                Field::required(
                    "gateway_provider",
                    Ty::Enum { words: PROVIDERS, open: true },
                    "The provider; an account's `provider`.",
                ),
                Field::optional("currencies", Ty::List(&Ty::Currency), "What the card can pay in."),
                Field::optional("brand", Ty::Text, "The card's brand."),
                Field::optional("country", Ty::Text, "Where it was issued."),
                Field::optional("payment_method_id", Ty::Text, "The card network's id."),
                Field::optional("operation_type", Ty::Text, "What was asked for."),
            ]
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let names = ["payment_method_id", "operation_type", "provider"];
        Ok(Call::get("/v1/predictions/card-provider-info", params.query(&names)))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["payment_method", "gateway_provider"])
    }
}
