//! `detect`: which mobile money operator serves a phone.

use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::api::words::{OPERATION_TYPES, PAYMENT_METHODS, PROVIDERS};
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Detect;

impl Step for Detect {
    fn name(&self) -> &'static str {
        "detect"
    }

    fn summary(&self) -> &'static str {
        "Asks which mobile money method and provider serve a phone."
    }

    fn example(&self) -> &'static str {
        "- id: wallet\n  uses: detect\n  with: { phone: \"{{ inputs.phone }}\", operation_type: COLLECTION }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("phone", Ty::Phone, "E.164 digits without `+`."),
                Field::default(
                    "operation_type",
                    Ty::Enum { words: OPERATION_TYPES, open: false },
                    "COLLECTION",
                    "What the phone's wallet is to do.",
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
                Field::optional("carrier", Ty::Text, "The operator's name."),
                Field::optional("country", Ty::Text, "The country."),
                Field::optional("currencies", Ty::List(&Ty::Currency), "What the wallet can hold."),
                Field::optional("phone", Ty::Phone, "The phone."),
                Field::optional("operation_type", Ty::Text, "What was asked for."),
            ]
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let pair = |name: &str| (name.to_owned(), params.plain(name));
        let query = vec![pair("phone"), pair("operation_type")];
        Ok(Call::get("/v1/predictions/mmo-provider-info", query))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["payment_method", "gateway_provider"])
    }
}
