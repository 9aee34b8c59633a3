//! A body as it came.

use serde_json::Value;

use super::rejection::{Complaint, Flaw, Rejection};

/// A body as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sent {
    /// No body.
    Nothing,
    /// A body that is no JSON.
    Unreadable,
    /// A JSON body.
    Json(Value),
}

impl Sent {
    /// Reads a body.
    pub(crate) fn read(body: &[u8]) -> Self {
        if body.is_empty() {
            return Self::Nothing;
        }
        serde_json::from_slice(body).map_or(Self::Unreadable, Self::Json)
    }

    /// The body, if it is JSON.
    pub(crate) fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::Nothing | Self::Unreadable => None,
        }
    }

    /// The body, which must be JSON.
    pub(crate) fn whole(&self) -> Result<&Value, Rejection> {
        let flaw = match self {
            Self::Json(body) => return Ok(body),
            Self::Nothing => Flaw::missing(),
            Self::Unreadable => Flaw::new("invalid json", "value_error.jsondecode"),
        };
        Err(Rejection::Fields(vec![Complaint { place: vec!["body".into()], flaw }]))
    }
}
