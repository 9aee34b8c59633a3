//! Templates and conditions of a flow file.

use super::{EvalError, Scope};
use crate::base::span::Span;
use crate::base::value::Value;

/// A path that an expression reads, such as `steps.party.id`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The names, outermost first: `["steps", "party", "id"]`.
    pub path: Vec<String>,
    /// Where in the flow file.
    pub span: Span,
}

/// A value as it stands in a flow: literal, or text with `{{ }}`, or lists and objects of these.
#[derive(Debug, Clone)]
pub struct Template {}

impl Template {
    /// The value in a scope. Reading a secret makes the text that read it secret.
    pub fn eval(&self, _scope: &Scope) -> Result<Value, EvalError> {
        todo!()
    }

    /// The value, when it is the same in every scope.
    pub fn literal(&self) -> Option<Value> {
        todo!()
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        todo!()
    }

    /// Every path it reads.
    pub fn references(&self) -> Vec<Reference> {
        todo!()
    }

    /// The text in the flow file.
    pub fn text(&self) -> &str {
        todo!()
    }
}

/// A bare expression, as in `if` and `expect`.
#[derive(Debug, Clone)]
pub struct Condition {}

impl Condition {
    /// Whether it is true in a scope. It may read secrets: only yes or no comes out.
    pub fn holds(&self, _scope: &Scope) -> Result<bool, EvalError> {
        todo!()
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        todo!()
    }

    /// Every path it reads.
    pub fn references(&self) -> Vec<Reference> {
        todo!()
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        todo!()
    }
}
