//! `checkout`: a session to collect a published source.

use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::api::words::SOURCE_TYPES;
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Checkout;

/// The type of `source_type`.
pub const SOURCE_TYPE: Ty = Ty::Enum { words: SOURCE_TYPES, open: false };

impl Step for Checkout {
    fn name(&self) -> &'static str {
        "checkout"
    }

    fn summary(&self) -> &'static str {
        "Opens a short-lived session to collect a published invoice or order; no money moves yet."
    }

    fn example(&self) -> &'static str {
        "- uses: checkout\n  with: { source_type: INVOICE, source_id: \"{{ steps.invoice.id }}\" }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Harmless
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("source_type", SOURCE_TYPE, "What is to be paid."),
                Field::required("source_id", Ty::Id("source"), "Its id."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("id", Ty::Id("session"), "The session's id."),
                Field::optional("source_id", Ty::Id("source"), "What is to be paid."),
                Field::optional("source_type", SOURCE_TYPE, "Its type."),
                Field::optional("status", Ty::Text, "Where the session stands."),
                Field::optional("payment_account_id", Ty::Id("account"), "The account, if any."),
                Field::optional("expires_at", Ty::DateTime, "When it can no longer be executed."),
                Field::optional("created_at", Ty::DateTime, "When it was created."),
                Field::optional("updated_at", Ty::DateTime, "When it last changed."),
            ]
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        Ok(Call::post("/v1/sessions/checkout", params.fields(&["source_id", "source_type"])))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["id"])
    }
}
