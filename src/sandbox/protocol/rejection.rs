//! Why a request is not granted, and what that looks like on the wire.

use serde_json::{Value, json};

use crate::sandbox::enums::{SourceStatus, Word};
use crate::sandbox::faults::mishap::Mishap;

/// What is wrong with one field: a message and its type, as the API words them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flaw {
    /// For people.
    pub message: String,
    /// For programs.
    pub kind: String,
}

impl Flaw {
    /// A flaw in the API's words.
    pub(crate) fn new(message: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { message: message.into(), kind: kind.into() }
    }

    /// The field is absent.
    pub(crate) fn missing() -> Self {
        Self::new("field required", "value_error.missing")
    }

    /// The field has another JSON type.
    pub(crate) fn wrong_type(expected: &str) -> Self {
        Self::new(format!("value is not a valid {expected}"), format!("type_error.{expected}"))
    }

    /// The field names something that does not exist.
    pub(crate) fn unknown() -> Self {
        Self::new("not found", "value_error.not_found")
    }

    /// The currency is none, or cannot be used here.
    pub(crate) fn currency() -> Self {
        Self::new("invalid currency", "value_error.currency")
    }

    /// The state of things forbids it.
    pub(crate) fn state(message: impl Into<String>) -> Self {
        Self::new(message, "value_error.state")
    }

    /// The document is not open to payment.
    pub(crate) fn not_active(status: SourceStatus) -> Self {
        Self::state(format!("source not active: {}", status.as_str()))
    }
}

/// A flaw and the place it was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Complaint {
    /// The way to the field, from `body`, `query` or `path` on.
    pub place: Vec<Value>,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// Why a request is not granted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rejection {
    /// 422, with every field that is wrong.
    Fields(Vec<Complaint>),
    /// Another status, with a text.
    Detail(u16, &'static str),
    /// Something goes wrong on purpose.
    Mishap(Mishap),
}

impl Rejection {
    /// 422 at one field: `root` is `body`, `query` or `path`.
    pub(crate) fn at(root: &str, field: &str, flaw: Flaw) -> Self {
        Self::Fields(vec![Complaint { place: vec![json!(root), json!(field)], flaw }])
    }

    /// 404.
    pub(crate) fn not_found() -> Self {
        Self::Detail(404, "Not found")
    }

    /// 403 for a merchant that has not been verified.
    pub(crate) fn unverified() -> Self {
        Self::Detail(403, "Merchant is not verified for this operation")
    }
}

/// The body of a 422.
pub(crate) fn complaints_json(complaints: &[Complaint]) -> Value {
    let details: Vec<Value> = complaints
        .iter()
        .map(|Complaint { place, flaw }| {
            json!({ "loc": place, "msg": flaw.message, "type": flaw.kind })
        })
        .collect();
    json!({ "detail": details })
}
