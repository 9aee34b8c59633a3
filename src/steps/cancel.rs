//! `cancel`: takes back an invoice or order that was not paid.

use super::document::{NAMING, named, refuse_naming, seen};
use super::publish::DOCUMENT_OUTPUTS;
use super::seen::Seen;
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, yields};
use crate::api::wire::Method;
use crate::base::value::{Map, Value};
use crate::expr::ty::Field;

/// See the module.
pub struct Cancel;

impl Step for Cancel {
    fn name(&self) -> &'static str {
        "cancel"
    }

    fn summary(&self) -> &'static str {
        "Cancels an invoice or order that is not being paid, for good."
    }

    fn example(&self) -> &'static str {
        "- uses: cancel\n  with: { invoice_id: \"{{ steps.invoice.id }}\" }\n"
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
        let path = format!("/v1/{plural}/cancel/{id}");
        Ok(Call { method: Method::Delete, path, query: Vec::new(), body: None })
    }

    /// The shape of the answer is not documented: an empty object is a yes too.
    fn read(&self, params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        let mut outputs: Map = match yields(body, &[]) {
            Verdict::Done(outputs) => outputs,
            other => return other,
        };
        // null says as little as nothing
        outputs.retain(|name, value| {
            *value != Value::Null || !["status", "id"].contains(&name.as_str())
        });
        let status = outputs.entry("status".to_owned()).or_insert(Value::text("CANCELED"));
        if status.as_str() != Some("CANCELED") {
            let status = status.as_str().unwrap_or("unknown").to_owned();
            return Verdict::Failed {
                message: format!("it is too late: the document is {status}"),
                outputs,
            };
        }
        let id = params.get("invoice_id").or(params.get("order_id")).cloned();
        outputs.entry("id".to_owned()).or_insert(id.unwrap_or_default());
        Verdict::Done(outputs)
    }

    fn document(&self, params: &Params, outputs: &Map) -> Option<Seen> {
        seen(params, outputs)
    }

    fn lookup(&self, params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        let (_, plural, id) = named(params)?;
        Some(Call::get(format!("/v1/{plural}/retrieve/{id}"), Vec::new()))
    }

    /// What is paid, or being paid, can no longer be canceled: that is an answer as well.
    fn landed(&self, _params: &Params, body: Option<&Value>, _progress: &Progress<'_>) -> Landed {
        match body.and_then(|body| body.get("status")).and_then(Value::as_str) {
            Some("IDLE" | "ACTIVE") => Landed::No,
            Some(_) => body.cloned().map_or(Landed::No, Landed::Yes),
            None => Landed::Unsure("the document does not show its status".to_owned()),
        }
    }
}
