//! Finding a thing whose create was never answered among what the API lists.

use jiff::{SignedDuration, Timestamp};

use super::step::Landed;
use crate::base::value::Value;

/// How far the API's clock may be from ours, in minutes.
const SKEW_MIN: i64 = 10;

/// Whether a listed thing may be younger than the intent to make it. One without a readable
/// `created_at` may be.
pub fn young(item: &Value, intended_at: Option<Timestamp>) -> bool {
    let created = item.get("created_at").and_then(Value::as_str);
    let created = created.and_then(|text| text.parse::<Timestamp>().ok());
    match (created, intended_at) {
        (Some(created), Some(intended)) => {
            created
                >= intended.saturating_sub(SignedDuration::from_mins(SKEW_MIN)).unwrap_or(intended)
        }
        _ => true,
    }
}

/// Whether what a list shows in a field is what was asked for. An id may be written as text, an amount with
/// other zeros; a field that the list leaves out tells nothing against it.
pub fn agrees(item: &Value, field: &str, wanted: Option<&Value>) -> bool {
    match (item.get(field), wanted) {
        (None | Some(Value::Null), None | Some(Value::Null)) => true,
        (None, Some(_)) => true,
        (Some(shown), Some(wanted)) => same(shown, wanted),
        (Some(_), None) => false,
    }
}

/// Whether two values are the same to the API, however they are written.
pub fn same(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Number(n), Value::Text(text)) | (Value::Text(text), Value::Number(n)) => {
            n.as_str() == text
        }
        (Value::Number(a), Value::Number(b)) => match (a.as_amount(), b.as_amount()) {
            (Some(a), Some(b)) => a.decimal() == b.decimal(),
            _ => a == b,
        },
        _ => value == wanted,
    }
}

/// The newest of the listed things that match. For things where an equal one serves as well.
pub fn newest(body: Option<&Value>, matches: impl Fn(&Value) -> bool) -> Landed {
    let Some(items) = body.and_then(Value::as_list) else {
        return Landed::Unsure("the list could not be read".to_owned());
    };
    let id = |item: &&Value| match item.get("id") {
        Some(Value::Text(text)) => text.parse().ok(),
        other => other.and_then(Value::as_i64),
    };
    match items.iter().filter(|item| matches(item)).max_by_key(id) {
        Some(item) => Landed::Yes(item.clone()),
        None => Landed::No,
    }
}
