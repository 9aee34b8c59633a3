//! `hosted`: a checkout in one request; hosted, Dollr shows the payer the page.

use super::checkout::SOURCE_TYPE;
use super::document::STATUS;
use super::seen::{Seen, noun};
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, segment, yields};
use crate::api::wire::Method;
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
                Field::optional(
                    "source_type",
                    SOURCE_TYPE,
                    "What is made; either this or `source_kind`.",
                ),
                Field::optional(
                    "source_kind",
                    SOURCE_TYPE,
                    "The same, as only this request of the API calls it.",
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

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        match (given.contains(&"source_type"), given.contains(&"source_kind")) {
            (true, true) => {
                Some(("source_kind", "give `source_type` or `source_kind`, not both".to_owned()))
            }
            (false, false) => Some(("source_type", "`source_type` is needed".to_owned())),
            _ => None,
        }
    }

    fn request(&self, params: &Params, progress: &Progress<'_>) -> Result<Call, String> {
        if let Some(surplus) = surplus(progress) {
            let path = format!("/v1/{}/cancel/{}", plural(params), id(surplus));
            return Ok(Call { method: Method::Delete, path, query: Vec::new(), body: None });
        }
        if progress.done.len() >= MOST_LOST {
            return Err(
                "the address of its page was lost again and again; all it made was canceled"
                    .to_owned(),
            );
        }
        let lines = params.get("items").and_then(Value::as_list).unwrap_or_default();
        if lines.is_empty() {
            return Err("`items` is empty: a checkout needs at least one line".to_owned());
        }
        let mut body = params.fields(BODY);
        body.insert("source_kind".to_owned(), Value::text(kind(params)));
        let items = lines.iter().map(|line| with_currency(line, params)).collect();
        body.insert("items".to_owned(), Value::List(items));
        body.insert("reference_id".to_owned(), Value::text(reference(params, progress)));
        Ok(Call::post("/v1/checkouts/create", body))
    }

    fn read(&self, _params: &Params, body: &Value, progress: &Progress<'_>) -> Verdict {
        if let Some(surplus) = surplus(progress) {
            return match body.get("status").and_then(Value::as_str) {
                // the shape of the answer is not documented: an empty object is a yes too
                Some("CANCELED") | None => Verdict::Next,
                Some(status) => {
                    Verdict::Unreadable(format!("{} still reads {status}", number(surplus)))
                }
            };
        }
        match body.get("source_id") {
            None if is_document(body) => Verdict::Next,
            _ => yields(body, &["source_id"]),
        }
    }

    /// What it makes is payable at once, at its page.
    fn document(&self, params: &Params, outputs: &Map) -> Option<Seen> {
        let text = |name: &str| outputs.get(name).and_then(Value::as_str).map(str::to_owned);
        let seen = Seen::of(noun(kind(params))?, outputs);
        let seen = Seen { id: None, ..seen }.or_id(outputs.get("source_id"));
        Some(Seen {
            number: text("source_number"),
            status: text("source_status").or_else(|| Some("ACTIVE".to_owned())),
            url: text("url"),
            ..seen
        })
    }

    /// A checkout can't be read back, but the document it published can be listed.
    fn lookup(&self, params: &Params, progress: &Progress<'_>) -> Option<Call> {
        let plural = plural(params);
        if let Some(surplus) = surplus(progress) {
            return Some(Call::get(format!("/v1/{plural}/retrieve/{}", id(surplus)), Vec::new()));
        }
        let currency = ("currency".to_owned(), params.plain("currency"));
        let query = vec![currency, ("status".to_owned(), "ACTIVE".to_owned())];
        Some(Call::get(format!("/v1/{plural}/list"), query))
    }

    /// Two payable documents would be two charges waiting to happen. One that landed is taken over, or canceled where
    /// the address of its page was lost with the answer: no list tells it, so nobody can have paid there.
    fn landed(&self, params: &Params, body: Option<&Value>, progress: &Progress<'_>) -> Landed {
        if surplus(progress).is_some() {
            return match body.and_then(|body| body.get("status")).and_then(Value::as_str) {
                Some("CANCELED") => body.cloned().map_or(Landed::No, Landed::Yes),
                Some("IDLE" | "ACTIVE") => Landed::No,
                status => Landed::Unsure(format!(
                    "a document whose page nobody knows reads {}",
                    status.unwrap_or("nothing")
                )),
            };
        }
        let Some(items) = body.and_then(Value::as_list) else {
            return Landed::Unsure("the list could not be read".to_owned());
        };
        let ours = Value::text(reference(params, progress));
        let found: Vec<&Value> =
            items.iter().filter(|item| item.get("reference_id") == Some(&ours)).collect();
        let direct = params.text("mode") == "DIRECT";
        // only a reference of this step alone tells for sure whose a document is
        let derived = params.get("reference_id").is_none();
        match found.as_slice() {
            [] if items.iter().all(|item| item.get("reference_id").is_some()) => Landed::No,
            [] => Landed::Unsure("the API lists documents without their reference_id".to_owned()),
            [first, more @ ..] if direct && (derived || more.is_empty()) => {
                Landed::Yes(as_checkout(first, params))
            }
            [first, ..] if derived => Landed::Yes((*first).clone()),
            [first, ..] => Landed::Unsure(format!(
                "the checkout may have been made as {}, but the address of its page was lost: if it is yours, cancel it \
                 and start again",
                number(first)
            )),
        }
    }
}

/// How many requests may go into documents that are canceled again.
const MOST_LOST: usize = 6;

/// The document to cancel, if one landed whose page nobody knows: they come in pairs, the document and its cancel.
fn surplus<'a>(progress: &Progress<'a>) -> Option<&'a Value> {
    progress.done.last().filter(|_| !progress.done.len().is_multiple_of(2))
}

fn is_document(body: &Value) -> bool {
    body.get("invoice_number").or(body.get("order_number")).is_some()
}

/// What is made, by either of its names.
fn kind(params: &Params) -> &str {
    let known = params.get("source_type").or(params.get("source_kind"));
    known.and_then(Value::as_str).unwrap_or_default()
}

fn plural(params: &Params) -> &'static str {
    if kind(params) == "ORDER" { "orders" } else { "invoices" }
}

fn id(document: &Value) -> String {
    match document.get("id") {
        Some(Value::Number(n)) => n.to_string(),
        other => other.and_then(Value::as_str).map_or(String::new(), segment),
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
        ("source_type".to_owned(), Value::text(kind(params))),
        ("source_number".to_owned(), Value::Text(number(document))),
        ("source_status".to_owned(), field("status")),
        ("counterparty_id".to_owned(), field("counterparty_id")),
        ("currency".to_owned(), field("currency")),
        ("total_amount".to_owned(), field("total_amount")),
        ("reference_id".to_owned(), field("reference_id")),
    ]))
}
