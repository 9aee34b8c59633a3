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

/// The newest of the listed things that match. For things where an equal one serves as well.
pub fn newest(body: Option<&Value>, matches: impl Fn(&Value) -> bool) -> Landed {
    let Some(items) = body.and_then(Value::as_list) else {
        return Landed::Unsure("the list could not be read".to_owned());
    };
    let id = |item: &&Value| item.get("id").and_then(Value::as_i64);
    match items.iter().filter(|item| matches(item)).max_by_key(id) {
        Some(item) => Landed::Yes(item.clone()),
        None => Landed::No,
    }
}
