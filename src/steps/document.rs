//! What invoices and orders share: two documents with one life.

use super::lookup::{agrees, young};
use super::seen::Seen;
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, yields};
use crate::api::words::{FEE_BEARERS, SOURCE_STATUSES};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// The kind that creates a document.
pub struct Document {
    /// Its name, `invoice` or `order`.
    pub name: &'static str,
    /// The resource's name in paths.
    pub plural: &'static str,
    /// One sentence that says what it does.
    pub summary: &'static str,
    /// A step as it would stand in a flow.
    pub example: &'static str,
    /// What it yields.
    pub outputs: &'static [Field],
}

/// The type of a document's status.
pub const STATUS: Ty = Ty::Enum { words: SOURCE_STATUSES, open: true };

/// Who bears the fees.
pub const FEE_BEARER: Ty = Ty::Enum { words: FEE_BEARERS, open: false };

const FIELDS: &[&str] =
    &["counterparty_id", "currency", "note", "fee_bearer", "as_payment_link", "due_date"];

impl Step for Document {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Create
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("counterparty_id", Ty::Id("counterparty"), "Who is to pay."),
                Field::required("currency", Ty::Currency, "The document's currency."),
                Field::required("note", Ty::Text, "What it is for; the payer sees it."),
                Field::required("fee_bearer", FEE_BEARER, "Who bears the fees."),
                Field::default(
                    "as_payment_link",
                    Ty::Boolean,
                    "false",
                    "Whether it can be paid by a link.",
                ),
                Field::optional(
                    "reference_id",
                    Ty::Text,
                    "Your own reference. Default: one derived from the run and the step, by which a create \
                     whose answer was lost is found again.",
                ),
                Field::optional("due_date", Ty::DateTime, "When it is due."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        self.outputs
    }

    fn request(&self, params: &Params, progress: &Progress<'_>) -> Result<Call, String> {
        let mut body = params.fields(FIELDS);
        let reference = params.get("reference_id").cloned();
        let reference = reference.unwrap_or_else(|| Value::text(progress.mark));
        body.insert("reference_id".to_owned(), reference);
        Ok(Call::post(format!("/v1/{}/create", self.plural), body))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["id", "status"])
    }

    fn document(&self, params: &Params, outputs: &Map) -> Option<Seen> {
        let mut seen = Seen::of(self.name, outputs);
        seen.by_link.get_or_insert(params.get("as_payment_link") == Some(&Value::Bool(true)));
        Some(seen)
    }

    fn lookup(&self, params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        let query = vec![
            ("currency".to_owned(), params.plain("currency")),
            ("status".to_owned(), "IDLE".to_owned()),
        ];
        Some(Call::get(format!("/v1/{}/list", self.plural), query))
    }

    /// The API's echo of `reference_id` is not documented: without it, a likely document makes the answer unsure.
    fn landed(&self, params: &Params, body: Option<&Value>, progress: &Progress<'_>) -> Landed {
        let Some(items) = body.and_then(Value::as_list) else {
            return Landed::Unsure("the list could not be read".to_owned());
        };
        let reference = params.get("reference_id").and_then(Value::as_str);
        let reference = reference.unwrap_or(progress.mark);
        let likely = |item: &&Value| {
            ["counterparty_id", "note"].iter().all(|name| {
                // null says as little as nothing
                item.get(name) == Some(&Value::Null) || agrees(item, name, params.get(name))
            }) && young(item, progress.intended_at)
        };
        let echoed =
            |item: &Value| item.get("reference_id").and_then(Value::as_str) == Some(reference);
        let likely: Vec<&Value> = items.iter().filter(likely).collect();
        let ours: Vec<&&Value> = likely.iter().filter(|item| echoed(item)).collect();
        let derived = params.get("reference_id").is_none();
        match (ours.as_slice(), likely.iter().any(|item| item.get("reference_id").is_none())) {
            ([one], _) => Landed::Yes((**one).clone()),
            // a draft that carries a reference of this step alone is ours; a second one is a spare copy
            ([first, ..], _) if derived => Landed::Yes((**first).clone()),
            ([], false) => Landed::No,
            ([], true) => Landed::Unsure(format!(
                "the API lists an {} like this one without its reference_id",
                self.name
            )),
            (several, _) => Landed::Unsure(format!(
                "{} {} carry the reference_id {reference}",
                several.len(),
                self.plural
            )),
        }
    }
}

/// The noun and plural of the document that `invoice_id` or `order_id` names, and its id.
pub fn named(params: &Params) -> Option<(&'static str, &'static str, String)> {
    let invoice =
        params.get("invoice_id").map(|_| ("invoice", "invoices", params.plain("invoice_id")));
    invoice
        .or_else(|| params.get("order_id").map(|_| ("order", "orders", params.plain("order_id"))))
}

/// The document that `invoice_id` or `order_id` names, as the answer shows it.
pub fn seen(params: &Params, outputs: &Map) -> Option<Seen> {
    let Some((noun, _, _)) = named(params) else { return Seen::in_outputs(outputs) };
    Some(Seen::of(noun, outputs).or_id(params.get(&format!("{noun}_id"))))
}

/// The parameters that name a document.
pub const NAMING: [Field; 2] = [
    Field::optional("invoice_id", Ty::Id("invoice"), "The invoice; either this or `order_id`."),
    Field::optional("order_id", Ty::Id("order"), "The order; either this or `invoice_id`."),
];

/// Exactly one of `invoice_id` and `order_id` names the document.
pub fn refuse_naming(given: &[&str]) -> Option<(&'static str, String)> {
    match (given.contains(&"invoice_id"), given.contains(&"order_id")) {
        (true, true) => Some(("order_id", "give `invoice_id` or `order_id`, not both".to_owned())),
        (false, false) => Some(("invoice_id", "give `invoice_id` or `order_id`".to_owned())),
        _ => None,
    }
}
