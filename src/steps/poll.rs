//! `poll`: asks where an execution or a source stands until that is final.

use super::checkout::SOURCE_TYPE;
use super::execution::{OPERATION, OUTPUTS, Standing, change, outputs, reason, standing};
use super::seen::{Seen, noun};
use super::step::{Call, Class, Pace, Params, Progress, Step, Verdict, segment, yields};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty, duration_ms};

/// See the module.
pub struct Poll;

/// The API is never asked faster than this.
const MIN_EVERY_MS: u64 = 1_000;

/// How many not-founds are waited out for a reference this run did not execute.
const STRANGER_TRIES: usize = 5;

/// What a card payment waits for. Its client_secret is a secret, so it is nowhere in what the runner keeps or shows.
const CONFIRM: &str = "the payer has to confirm the card payment (3-D Secure) in the page where the card was entered; that page \
                       needs the client_secret, which the payment's status shows as long as it is open";

impl Step for Poll {
    fn name(&self) -> &'static str {
        "poll"
    }

    fn summary(&self) -> &'static str {
        "Asks for a payment's status until it is COMPLETED or FAILED, or a source's until PAID or CANCELED."
    }

    fn example(&self) -> &'static str {
        "- uses: poll\n  with: { reference_id: \"{{ steps.execute.reference_id }}\", every: 2s, timeout: 10m }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::optional(
                    "reference_id",
                    Ty::Uuid,
                    "The payment; either this, or `source_type` and `source_id`.",
                ),
                Field::default("operation", OPERATION, "collection", "What the payment does."),
                Field::optional("source_type", SOURCE_TYPE, "What is to be paid."),
                Field::optional("source_id", Ty::Id("source"), "Its id."),
                Field::default(
                    "every",
                    Ty::Duration,
                    "2s",
                    "Between two questions, at least 1s; slower once it takes long.",
                ),
                Field::default(
                    "timeout",
                    Ty::Duration,
                    "10m",
                    "After this the run is paused, not failed; `resume` goes on.",
                ),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        POLL_OUTPUTS
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        let has = |name: &str| given.contains(&name);
        match (has("reference_id"), has("source_type"), has("source_id")) {
            (true, false, false) | (false, true, true) => None,
            (true, _, _) => {
                Some(("reference_id", "give `reference_id` or a source, not both".to_owned()))
            }
            (false, false, false) => Some((
                "reference_id",
                "give `reference_id`, or `source_type` and `source_id`".to_owned(),
            )),
            (false, false, true) => {
                Some(("source_id", "`source_id` needs `source_type`".to_owned()))
            }
            (false, true, false) => {
                Some(("source_type", "`source_type` needs `source_id`".to_owned()))
            }
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        if let Some(reference) = params.get("reference_id").and_then(Value::as_str) {
            let path =
                format!("/v1/status/{}/{}", params.text("operation"), segment_uuid(reference));
            return Ok(Call::get(path, Vec::new()));
        }
        let pair = |name: &str| (name.to_owned(), params.plain(name));
        Ok(Call::get("/v1/status/source", vec![pair("source_type"), pair("source_id")]))
    }

    fn read(&self, params: &Params, body: &Value, progress: &Progress<'_>) -> Verdict {
        if params.get("reference_id").is_none() {
            return read_source(body);
        }
        let mut outputs = match outputs(body) {
            Ok(outputs) => outputs,
            Err(unreadable) => return unreadable,
        };
        let asked = params.get("reference_id").cloned().unwrap_or_default();
        if outputs.get("reference_id").is_none_or(|named| *named == Value::Null) {
            outputs.insert("reference_id".to_owned(), asked);
        }
        let executed = outputs.get("reference_id").into_iter();
        let mut executed =
            executed.flat_map(|id| progress.known.outputs("execute", "reference_id", id));
        let changed = executed.find_map(|before| change(before, &outputs));
        match standing(body) {
            Standing::Completed if changed.is_some() => {
                Verdict::Unreadable(changed.unwrap_or_default())
            }
            Standing::Completed => Verdict::Done(outputs),
            Standing::Failed => Verdict::Failed { message: reason(body), outputs },
            Standing::Open if body.get("requires_action") == Some(&Value::Bool(true)) => {
                Verdict::Act { status: status(body), what: CONFIRM.to_owned() }
            }
            Standing::Open => Verdict::Again(status(body)),
        }
    }

    fn document(&self, params: &Params, outputs: &Map) -> Option<Seen> {
        let noun = noun(params.text("source_type"))?;
        let seen = Seen { id: None, ..Seen::of(noun, outputs) };
        Some(seen.or_id(params.get("source_id")))
    }

    /// A payment that landed may show up late; one this run executed is waited for.
    fn missing(&self, params: &Params, progress: &Progress<'_>) -> Option<Verdict> {
        let reference = params.get("reference_id")?;
        let ours = !progress.known.outputs("execute", "reference_id", reference).is_empty();
        (ours || progress.asked < STRANGER_TRIES)
            .then(|| Verdict::Again("not visible yet".to_owned()))
    }

    fn pace(&self, params: &Params) -> Option<Pace> {
        let ms = |name: &str, default: u64| duration_ms(params.text(name)).unwrap_or(default);
        Some(Pace {
            every_ms: ms("every", 2_000).max(MIN_EVERY_MS),
            limit_ms: ms("timeout", 600_000),
        })
    }
}

const POLL_OUTPUTS: &[Field] = &{
    let source = [
        Field::optional("source_id", Ty::Id("source"), "The source that was polled."),
        Field::optional("source_type", SOURCE_TYPE, "Its type."),
        Field::optional("source_number", Ty::Text, "Its number."),
        Field::optional("currency", Ty::Currency, "Its currency."),
        Field::optional("total_amount", Ty::Money, "Its total."),
        Field::optional("paid_at", Ty::DateTime, "When it was paid."),
    ];
    let mut all = [Field::optional("", Ty::Any, ""); OUTPUTS.len() + 6];
    let mut at = 0;
    while at < OUTPUTS.len() {
        all[at] = OUTPUTS[at];
        at += 1;
    }
    while at < all.len() {
        all[at] = source[at - OUTPUTS.len()];
        at += 1;
    }
    all
};

fn segment_uuid(reference: &str) -> String {
    match reference.parse::<uuid::Uuid>() {
        Ok(uuid) => uuid.to_string(),
        Err(_) => segment(reference),
    }
}

fn status(body: &Value) -> String {
    body.get("status").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn read_source(body: &Value) -> Verdict {
    let outputs: Map = match yields(body, &["status"]) {
        Verdict::Done(outputs) => outputs,
        other => return other,
    };
    match body.get("status").and_then(Value::as_str) {
        Some("PAID") => Verdict::Done(outputs),
        Some("CANCELED") => {
            Verdict::Failed { message: "the source was canceled unpaid".to_owned(), outputs }
        }
        Some(status) => Verdict::Again(status.to_owned()),
        None => Verdict::Unreadable("the reply's `status` is not a text".to_owned()),
    }
}
