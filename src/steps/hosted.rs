//! `hosted`: a checkout in one request; hosted, Dollr shows the payer the page.

use super::checkout::SOURCE_TYPE;
use super::document::STATUS;
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, yields};
use crate::api::words::RELATIONSHIP_TYPES;
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Hosted;

const ITEM: Ty = Ty::Object(&[
    Field::required("name", Ty::Text, "What it is."),
    Field::required("amount", Ty::Money, "The whole line's amount."),
    Field::optional("currency", Ty::Currency, "Default: the checkout's."),
]);

const MODE: Ty = Ty::Enum { words: &["HOSTED", "DIRECT"], open: false };

const BODY: &[&str] = &[
    "mode",
    "party_name",
    "party_phone",
    "party_email",
    "party_relationship",
    "currency",
    "counterparty_id",
    "note",
    "due_date",
    "success_url",
    "cancel_url",
    "expires_at",
];

impl Step for Hosted {
    fn name(&self) -> &'static str {
        "hosted"
    }

    fn summary(&self) -> &'static str {
        "Creates party, document and, when hosted, a payment page in one request; poll the source for PAID."
    }

    fn example(&self) -> &'static str {
        "- uses: hosted\n  with:\n    source_type: INVOICE\n    party_name: Jane Doe\n    party_phone: \"231771234567\"\n    \
         currency: USD\n    items:\n      - { name: Ticket, amount: 12.50 }\n    success_url: https://shop.example/thanks\n    \
         cancel_url: https://shop.example/cart\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Create
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::default(
                    "mode",
                    MODE,
                    "HOSTED",
                    "HOSTED: Dollr's page. DIRECT: execute it yourself.",
                ),
                Field::required(
                    "source_type",
                    SOURCE_TYPE,
                    "What is made (the API's `source_kind`).",
                ),
                Field::required("party_name", Ty::Text, "Who pays."),
                Field::required("party_phone", Ty::Phone, "Their phone, digits without `+`."),
                Field::optional("party_email", Ty::Email, "Their email address."),
                Field::optional(
                    "party_relationship",
                    Ty::Enum { words: RELATIONSHIP_TYPES, open: false },
                    "What they are to you.",
                ),
                Field::required("currency", Ty::Currency, "The checkout's currency."),
                Field::required("items", Ty::List(&ITEM), "The lines; at least one."),
                Field::optional(
                    "counterparty_id",
                    Ty::Id("counterparty"),
                    "Who pays, if they are known.",
                ),
                Field::optional(
                    "reference_id",
                    Ty::Text,
                    "Your own reference. Default: one derived from the run and the step.",
                ),
                Field::optional("note", Ty::Text, "What it is for."),
                Field::optional("due_date", Ty::DateTime, "When it is due."),
                Field::optional(
                    "success_url",
                    Ty::Text,
                    "Where the payer goes after paying; proves nothing.",
                ),
                Field::optional("cancel_url", Ty::Text, "Where the payer goes after leaving."),
                Field::optional("expires_at", Ty::DateTime, "When the page closes."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("source_id", Ty::Id("source"), "The document's id."),
                Field::optional("id", Ty::Id("checkout"), "The checkout's id."),
                Field::optional("mode", MODE, "HOSTED or DIRECT."),
                Field::optional("source_type", SOURCE_TYPE, "The document's type."),
                Field::optional("source_number", Ty::Text, "Its number."),
                Field::optional("source_status", STATUS, "Where it stands."),
                Field::optional("url", Ty::Text, "The payment page; null for DIRECT."),
                Field::optional("party_id", Ty::Id("party"), "Who pays."),
                Field::optional("counterparty_id", Ty::Id("counterparty"), "Who pays."),
                Field::optional("currency", Ty::Currency, "The currency."),
                Field::optional("total_amount", Ty::Money, "The sum of the lines."),
                Field::optional("reference_id", Ty::Text, "Your reference."),
                Field::optional("due_date", Ty::DateTime, "When it is due."),
                Field::optional("expires_at", Ty::DateTime, "When the page closes."),
                Field::optional("success_url", Ty::Text, "Where the payer goes after paying."),
                Field::optional("cancel_url", Ty::Text, "Where the payer goes after leaving."),
            ]
        }
    }

    fn request(&self, params: &Params, progress: &Progress<'_>) -> Result<Call, String> {
        let lines = params.get("items").and_then(Value::as_list).unwrap_or_default();
        if lines.is_empty() {
            return Err("`items` is empty: a checkout needs at least one line".to_owned());
        }
        let mut body = params.fields(BODY);
        let kind = params.get("source_type").cloned().unwrap_or_default();
        // the one place where the API calls it so
        body.insert("source_kind".to_owned(), kind);
        let items = lines.iter().map(|line| with_currency(line, params)).collect();
        body.insert("items".to_owned(), Value::List(items));
        body.insert("reference_id".to_owned(), Value::text(reference(params, progress)));
        Ok(Call::post("/v1/checkouts/create", body))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["source_id"])
    }

    /// A checkout can't be read back, but the document it published can be listed.
    fn lookup(&self, params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        let plural = if params.text("source_type") == "ORDER" { "orders" } else { "invoices" };
        let currency = ("currency".to_owned(), params.plain("currency"));
        let query = vec![currency, ("status".to_owned(), "ACTIVE".to_owned())];
        Some(Call::get(format!("/v1/{plural}/list"), query))
    }

    /// Two payable documents would be two charges waiting to happen, so a landed one is never made again; what its
    /// page's address was, no list tells.
    fn landed(&self, params: &Params, body: Option<&Value>, progress: &Progress<'_>) -> Landed {
        let Some(items) = body.and_then(Value::as_list) else {
            return Landed::Unsure("the list could not be read".to_owned());
        };
        let ours = Value::text(reference(params, progress));
        let found: Vec<&Value> =
            items.iter().filter(|item| item.get("reference_id") == Some(&ours)).collect();
        match (found.as_slice(), params.text("mode")) {
            ([], _) if items.iter().all(|item| item.get("reference_id").is_some()) => Landed::No,
            ([], _) => {
                Landed::Unsure("the API lists documents without their reference_id".to_owned())
            }
            ([one], "DIRECT") => Landed::Yes(as_checkout(one, params)),
            ([one], _) => Landed::Unsure(format!(
                "the checkout was made, but the address of its page was lost: cancel {} and start again",
                number(one)
            )),
            (several, _) => {
                Landed::Unsure(format!("{} documents carry its reference", several.len()))
            }
        }
    }
}

fn reference<'a>(params: &'a Params, progress: &Progress<'a>) -> &'a str {
    params.get("reference_id").and_then(Value::as_str).unwrap_or(progress.mark)
}

fn with_currency(line: &Value, params: &Params) -> Value {
    let mut line: Map = line.as_map().cloned().unwrap_or_default();
    if line.get("currency").is_none_or(|value| *value == Value::Null) {
        line.insert("currency".to_owned(), params.get("currency").cloned().unwrap_or_default());
    }
    Value::Map(line)
}

fn number(document: &Value) -> String {
    let number = document.get("invoice_number").or(document.get("order_number"));
    number.and_then(Value::as_str).unwrap_or("the document").to_owned()
}

/// The document's fields under the names that a checkout gives them.
fn as_checkout(document: &Value, params: &Params) -> Value {
    let field = |name: &str| document.get(name).cloned().unwrap_or_default();
    Value::Map(Map::from_iter([
        ("source_id".to_owned(), field("id")),
        ("source_type".to_owned(), params.get("source_type").cloned().unwrap_or_default()),
        ("source_number".to_owned(), Value::Text(number(document))),
        ("source_status".to_owned(), field("status")),
        ("counterparty_id".to_owned(), field("counterparty_id")),
        ("currency".to_owned(), field("currency")),
        ("total_amount".to_owned(), field("total_amount")),
        ("reference_id".to_owned(), field("reference_id")),
    ]))
}
