//! `link`: an address to pay a document at, or to see its receipt.

use super::checkout::SOURCE_TYPE;
use super::seen::{Seen, noun};
use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Link;

impl Step for Link {
    fn name(&self) -> &'static str {
        "link"
    }

    fn summary(&self) -> &'static str {
        "Gets the address where a document can be paid, or its receipt be seen."
    }

    fn example(&self) -> &'static str {
        "- uses: link\n  with: { what: pay, source_type: INVOICE, source_number: \"{{ steps.publish.invoice_number }}\" }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::default(
                    "what",
                    Ty::Enum { words: &["pay", "receipt"], open: false },
                    "pay",
                    "`pay`: published and made with `as_payment_link: true`. `receipt`: PAID.",
                ),
                Field::required("source_type", SOURCE_TYPE, "The document's type."),
                Field::required("source_number", Ty::Text, "Its number, such as INV-2026-00101."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const { &[Field::required("url", Ty::Text, "The address.")] }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let query = params.query(&["source_type", "source_number"]);
        Ok(Call::get(format!("/v1/links/{}", params.text("what")), query))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["url"])
    }

    fn document(&self, params: &Params, outputs: &Map) -> Option<Seen> {
        let seen = Seen::of(noun(params.text("source_type"))?, &Map::new());
        let url = outputs.get("url").and_then(Value::as_str).map(str::to_owned);
        let url = url.filter(|_| params.text("what") == "pay");
        Some(Seen { number: Some(params.plain("source_number")), url, ..seen })
    }
}
