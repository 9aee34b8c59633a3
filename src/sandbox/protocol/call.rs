//! One request as its operation sees it, and what the operation says to it.

use serde_json::Value;
use uuid::Uuid;

use super::field_types;
use super::fields::Fields;
use super::rejection::{Flaw, Rejection};
use super::sent::Sent;
use crate::sandbox::faults::mishap::Mishap;
use crate::sandbox::operations::Operation;
use crate::sandbox::setup::settings::Settings;

/// A request that found its operation.
pub(crate) struct Call<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// The parts of the path the operation leaves open.
    pub params: Vec<(&'static str, String)>,
    /// The query.
    pub query: &'a [(String, String)],
    /// What was sent.
    pub sent: &'a Sent,
    /// The settings.
    pub settings: &'a Settings,
    /// The merchant of the token has been verified.
    pub verified: bool,
}

/// What an operation says: the answer's body, and what befalls the answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The body.
    pub body: Value,
    /// What befalls it.
    pub mishap: Option<Mishap>,
}

impl From<Value> for Answer {
    fn from(body: Value) -> Self {
        Self { body, mishap: None }
    }
}

/// An answer, or why there is none.
pub(crate) type Outcome = Result<Answer, Rejection>;

impl<'a> Call<'a> {
    /// The fields of the body.
    pub(crate) fn body(&self) -> Result<Fields<'a>, Rejection> {
        Fields::of_sent(self.sent, self.settings)
    }

    /// The parameters of the query.
    pub(crate) fn query(&self) -> Fields<'a> {
        Fields::of_query(self.query, self.settings)
    }

    /// A part of the path, as text.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// A part of the path that is an id.
    pub(crate) fn id(&self, name: &'static str) -> Result<u64, Rejection> {
        let text = self.param(name);
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Rejection::at("path", name, Flaw::wrong_type("integer")));
        }
        // an id too long for any row is an id no row has
        Ok(text.parse().unwrap_or(u64::MAX))
    }

    /// A part of the path that is a UUID of version 4.
    pub(crate) fn uuid(&self, name: &'static str) -> Result<Uuid, Rejection> {
        let uuid = field_types::read_uuid(self.param(name));
        uuid.ok_or_else(|| Rejection::at("path", name, field_types::bad_uuid()))
    }
}
