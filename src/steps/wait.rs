//! `wait`: lets time pass, however often the runner stops meanwhile.

use jiff::{SignedDuration, Timestamp};

use super::step::{Class, Due, Params, Progress, Step, Verdict};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty, duration_ms};

/// See the module.
pub struct Wait;

impl Step for Wait {
    fn name(&self) -> &'static str {
        "wait"
    }

    fn summary(&self) -> &'static str {
        "Lets time pass; a run that is stopped meanwhile waits for the same moment when it is resumed."
    }

    fn example(&self) -> &'static str {
        "- uses: wait\n  with: { for: 10m }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Local
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::optional(
                    "for",
                    Ty::Duration,
                    "How long, from when the step begins; either this or `until`.",
                ),
                Field::optional(
                    "until",
                    Ty::DateTime,
                    "Until when; a moment that has passed is no wait.",
                ),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const { &[Field::required("until", Ty::DateTime, "The moment it waited for.")] }
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        match (given.contains(&"for"), given.contains(&"until")) {
            (true, true) => Some(("until", "give `for` or `until`, not both".to_owned())),
            (false, false) => Some(("for", "give `for` or `until`".to_owned())),
            _ => None,
        }
    }

    fn due(&self, params: &Params, progress: &Progress<'_>) -> Option<Due> {
        if let Some(until) = until(params) {
            return Some(Due::On(until));
        }
        Some(Due::At(later(progress.began_at, params)?))
    }

    fn local(&self, params: &Params, progress: &Progress<'_>) -> Verdict {
        match until(params).or_else(|| later(progress.began_on, params)) {
            Some(until) => {
                let until = Value::Text(until.to_string());
                Verdict::Done(Map::from_iter([("until".to_owned(), until)]))
            }
            None => Verdict::Failed {
                message: "neither `for` nor `until` says how long".to_owned(),
                outputs: Map::new(),
            },
        }
    }
}

fn until(params: &Params) -> Option<Timestamp> {
    params.get("until").and_then(Value::as_str)?.parse().ok()
}

fn later(began: Timestamp, params: &Params) -> Option<Timestamp> {
    let ms = i64::try_from(duration_ms(params.text("for"))?).unwrap_or(i64::MAX);
    let end = began.saturating_add(SignedDuration::from_millis(ms));
    Some(end.unwrap_or(Timestamp::MAX))
}
