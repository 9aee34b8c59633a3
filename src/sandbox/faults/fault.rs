//! Faults: requests that go wrong on purpose, at a place that was named or now and then.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use super::mishap::Mishap;
use crate::api::wire::Method;
use crate::base::nearest::did_you_mean;
use crate::sandbox::operations;
use crate::sandbox::operations::{OPERATIONS, Operation};

/// A fault, the requests it is for, and how often it happens.
///
/// Without a probability it befalls `times` (1) matching requests from the `nth` (1) on. With one it
/// befalls every matching request from the `nth` on with that probability, at most `times` in all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What happens.
    pub action: FaultAction,
    /// Only for the operation with this name.
    #[serde(default, deserialize_with = "operation_name")]
    pub operation: Option<String>,
    /// Only for this method.
    #[serde(default)]
    pub method: Option<Method>,
    /// Only for this path: whole, with its open parts in braces, or a beginning that ends with `*`.
    #[serde(default)]
    pub path: Option<String>,
    /// From which matching request on, counted from 1.
    #[serde(default)]
    pub nth: Option<u32>,
    /// How many requests it befalls.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is, from 0 to 1.
    #[serde(default, deserialize_with = "probability")]
    pub probability: Option<f64>,
    /// The status of an error; 500 unless told.
    #[serde(default)]
    pub status: Option<u16>,
    /// How long a delay is; the settings say unless told.
    #[serde(default)]
    pub ms: Option<u64>,
    /// What a 429 asks for; 2 seconds unless told.
    #[serde(default)]
    pub retry_after: Option<u32>,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultAction {
    /// It lands and the answer takes long.
    Delay,
    /// There is no connection.
    Refused,
    /// The connection closes and nothing lands.
    ResetBefore,
    /// It lands and the connection closes.
    LostAfter,
    /// An error is answered and nothing lands.
    ErrorBefore,
    /// It lands and an error is answered.
    ErrorAfter,
    /// Too many requests; nothing lands.
    RateLimited,
    /// The token stops being valid; nothing lands.
    ExpiredToken,
    /// It lands and half of the answer arrives.
    Truncated,
    /// It lands and the answer is a web page.
    Malformed,
}

impl FaultAction {
    /// Every action with its name and what it does.
    pub const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Delay, "delay", "it lands, and the answer takes long"),
        (Self::Refused, "refused", "there is no connection"),
        (Self::ResetBefore, "reset-before", "the connection closes, and nothing lands"),
        (Self::LostAfter, "lost-after", "it lands, and the connection closes"),
        (Self::ErrorBefore, "error-before", "an error is answered, and nothing lands"),
        (Self::ErrorAfter, "error-after", "it lands, and an error is answered"),
        (Self::RateLimited, "rate-limited", "a 429 is answered, and nothing lands"),
        (Self::ExpiredToken, "expired-token", "the token is invalid from now on: 401"),
        (Self::Truncated, "truncated", "it lands, and half of the answer arrives"),
        (Self::Malformed, "malformed", "it lands, and the answer is a web page"),
    ];

    /// The action with a name, or with one of the short names that triggers have.
    pub fn named(text: &str) -> Option<Self> {
        Some(match text {
            "lost" => Self::LostAfter,
            "drop" => Self::ResetBefore,
            "500-before" => Self::ErrorBefore,
            "500-after" => Self::ErrorAfter,
            "429" => Self::RateLimited,
            "401" => Self::ExpiredToken,
            _ => return Self::ALL.iter().find(|(_, name, _)| *name == text).map(|row| row.0),
        })
    }
}

impl<'de> Deserialize<'de> for FaultAction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        Self::named(&text).ok_or_else(|| D::Error::custom(format!("there is no action `{text}`")))
    }
}

/// A reason why a fault can never happen as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultFlaw {
    /// The field that is to blame.
    pub field: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Fault {
    /// A fault that befalls the next request, whatever it is.
    pub fn next(action: FaultAction) -> Self {
        Self {
            action,
            operation: None,
            method: None,
            path: None,
            nth: None,
            times: None,
            probability: None,
            status: None,
            ms: None,
            retry_after: None,
        }
    }

    /// How many requests it befalls; none for all.
    pub(crate) fn most(&self) -> Option<u32> {
        self.times.or(self.probability.is_none().then_some(1))
    }

    /// The requests it is for, in words.
    pub(crate) fn target(&self) -> String {
        let method = self.method.map(Method::as_str).into_iter();
        let named = self.operation.as_deref().into_iter().chain(self.path.as_deref());
        let target: Vec<&str> = method.chain(named).collect();
        if target.is_empty() { "any request".to_owned() } else { target.join(" ") }
    }

    /// What it does to which request, in words.
    pub(crate) fn shown(&self) -> String {
        let nth = self.nth.map_or(String::new(), |nth| format!(", from request {nth} on"));
        format!("{} for {}{nth}", self.action_name(), self.target())
    }

    /// Why it can never happen as it is written; nothing of a good fault.
    pub fn flaws(&self) -> Vec<FaultFlaw> {
        let mut flaws = Vec::new();
        let mut flaw = |field, message: String, help: Option<String>| {
            flaws.push(FaultFlaw { field, message, help });
        };
        for (field, given, actions) in [
            ("status", self.status.is_some(), &["error-before", "error-after"][..]),
            ("ms", self.ms.is_some(), &["delay"]),
            ("retry_after", self.retry_after.is_some(), &["rate-limited"]),
        ] {
            if given && !actions.contains(&self.action_name()) {
                let message = format!("`{field}` means nothing to `{}`", self.action_name());
                flaw(field, message, Some(format!("it is for `{}`", actions.join("` and `"))));
            }
        }
        for (field, given) in [("nth", self.nth), ("times", self.times)] {
            if given == Some(0) {
                flaw(field, format!("`{field}` counts from 1"), None);
            }
        }
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            flaw("status", "the status of an error is from 400 to 599".to_owned(), None);
        }
        let named = self.operation.as_ref().and_then(|name| operations::named(name));
        if let (Some(operation), Some(method)) = (named, self.method)
            && operation.method != method
        {
            let message =
                format!("`{}` is a {}, never a {method}", operation.name, operation.method);
            flaw("method", message, Some("leave `method` out".to_owned()));
        }
        if let Some(path) = &self.path {
            let fits = |operation: &&Operation| {
                self.method.is_none_or(|method| operation.method == method)
                    && named.is_none_or(|named| named.name == operation.name)
                    && operations::may_fit(operation.path, path)
            };
            if !OPERATIONS.iter().any(|operation| fits(&operation)) {
                let of = if named.is_some() { "this operation" } else { "an operation" };
                let near = did_you_mean(path, OPERATIONS.iter().map(|operation| operation.path));
                flaw("path", format!("`{path}` is no path of {of}"), near);
            }
        }
        flaws
    }

    pub(crate) fn action_name(&self) -> &'static str {
        let row = FaultAction::ALL.iter().find(|(action, _, _)| *action == self.action);
        row.map_or("", |(_, name, _)| name)
    }

    pub(crate) fn matches(&self, operation: &Operation, path: &str) -> bool {
        let named = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => pattern == operation.path || pattern == path,
        };
        self.operation.as_ref().is_none_or(|name| name == operation.name)
            && self.method.is_none_or(|method| method == operation.method)
            && self.path.as_ref().is_none_or(named)
    }

    pub(crate) fn mishap(&self, delay_ms: u64) -> Mishap {
        let status = self.status.unwrap_or(500);
        match self.action {
            FaultAction::Delay => Mishap::Delay { ms: self.ms.unwrap_or(delay_ms) },
            FaultAction::Refused => Mishap::Refused,
            FaultAction::ResetBefore => Mishap::ResetBefore,
            FaultAction::LostAfter => Mishap::LostAfter,
            FaultAction::ErrorBefore => Mishap::ErrorBefore(status),
            FaultAction::ErrorAfter => Mishap::ErrorAfter(status),
            FaultAction::RateLimited => {
                Mishap::RateLimited { retry_after: self.retry_after.unwrap_or(2) }
            }
            FaultAction::ExpiredToken => Mishap::ExpiredToken,
            FaultAction::Truncated => Mishap::Truncated,
            FaultAction::Malformed => Mishap::Malformed,
        }
    }
}

fn operation_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    match name {
        Some(name) if OPERATIONS.iter().all(|operation| operation.name != name) => {
            Err(D::Error::custom(format!("there is no operation `{name}`")))
        }
        name => Ok(name),
    }
}

fn probability<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let likely = Option::<f64>::deserialize(deserializer)?;
    match likely {
        Some(likely) if !(0.0..=1.0).contains(&likely) => {
            Err(D::Error::custom("a probability is from 0 to 1"))
        }
        likely => Ok(likely),
    }
}
