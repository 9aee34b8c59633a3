//! `publish`: makes a draft payable, and closes it to changes.

use super::document::{FEE_BEARER, NAMING, STATUS, named, refuse_naming, seen};
use super::seen::Seen;
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, yields};
use crate::api::wire::Method;
use crate::base::money::Amount;
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Publish;

impl Step for Publish {
    fn name(&self) -> &'static str {
        "publish"
    }

    fn summary(&self) -> &'static str {
        "Publishes a draft invoice or order: it becomes payable and can no longer be edited."
    }

    fn example(&self) -> &'static str {
        "- uses: publish\n  with: { invoice_id: \"{{ steps.invoice.id }}\" }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Idempotent
    }

    fn params(&self) -> &'static [Field] {
        const { &NAMING }
    }

    fn outputs(&self) -> &'static [Field] {
        DOCUMENT_OUTPUTS
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        refuse_naming(given)
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let (_, plural, id) =
            named(params).ok_or("neither `invoice_id` nor `order_id` is given")?;
        let path = format!("/v1/{plural}/publish/{id}");
        Ok(Call { method: Method::Put, path, query: Vec::new(), body: None })
    }

    fn read(&self, params: &Params, body: &Value, progress: &Progress<'_>) -> Verdict {
        let verdict = yields(body, &["id", "status"]);
        if !matches!(verdict, Verdict::Done(_)) {
            return verdict;
        }
        let status = body.get("status").and_then(Value::as_str).unwrap_or_default();
        match status {
            "IDLE" => Verdict::Unreadable("the document still reads IDLE".to_owned()),
            "CANCELED" => Verdict::Failed {
                message: "the document was canceled".to_owned(),
                outputs: body.as_map().cloned().unwrap_or_default(),
            },
            _ => match surprise(params, body, progress) {
                Some(message) => {
                    Verdict::Failed { message, outputs: body.as_map().cloned().unwrap_or_default() }
                }
                None => verdict,
            },
        }
    }

    fn document(&self, params: &Params, outputs: &Map) -> Option<Seen> {
        seen(params, outputs)
    }

    fn lookup(&self, params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        let (_, plural, id) = named(params)?;
        Some(Call::get(format!("/v1/{plural}/retrieve/{id}"), Vec::new()))
    }

    fn landed(&self, _params: &Params, body: Option<&Value>, _progress: &Progress<'_>) -> Landed {
        match body.and_then(|body| body.get("status")).and_then(Value::as_str) {
            Some("IDLE") => Landed::No,
            Some(_) => body.cloned().map_or(Landed::No, Landed::Yes),
            None => Landed::Unsure("the document does not show its status".to_owned()),
        }
    }
}

/// A total other than the sum of the items that were added is found before anybody is charged it.
/// Only a document this run made is known whole.
fn surprise(params: &Params, body: &Value, progress: &Progress<'_>) -> Option<String> {
    let (noun, _, _) = named(params)?;
    let field = format!("{noun}_id");
    let id = params.get(&field)?;
    progress.known.outputs(noun, "id", id).first()?;
    let sums = progress.known.outputs("items", &field, id).into_iter();
    let expected = sums
        .map(|items| items.get("total_amount").and_then(Value::as_amount))
        .try_fold(Amount::ZERO, |sum, next| sum.plus(next?).ok())?;
    let total = body.get("total_amount")?.as_amount()?;
    (expected.decimal() != total.decimal()).then(|| {
        format!(
            "the {noun} totals {total}, but the items this run added sum to {expected}: it holds lines \
             this run did not add, or lost some; nothing was charged"
        )
    })
}

/// What a document shows of itself once it exists.
pub const DOCUMENT_OUTPUTS: &[Field] = &[
    Field::required("id", Ty::Id("source"), "The document's id."),
    Field::required("status", STATUS, "Where it stands."),
    Field::optional("invoice_number", Ty::Text, "An invoice's number."),
    Field::optional("order_number", Ty::Text, "An order's number."),
    Field::optional("currency", Ty::Currency, "Its currency."),
    Field::optional("total_amount", Ty::Money, "The sum of its items."),
    Field::optional("note", Ty::Text, "What it is for."),
    Field::optional("fee_bearer", FEE_BEARER, "Who bears the fees."),
    Field::optional("as_payment_link", Ty::Boolean, "Whether it can be paid by a link."),
    Field::optional("counterparty_id", Ty::Id("counterparty"), "Who is to pay."),
    Field::optional("reference_id", Ty::Text, "Your reference."),
    Field::optional("due_date", Ty::DateTime, "When it is due."),
    Field::optional("created_at", Ty::DateTime, "When it was created."),
    Field::optional("updated_at", Ty::DateTime, "When it last changed."),
];
