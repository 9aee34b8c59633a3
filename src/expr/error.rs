//! Why an expression has no value.

use std::fmt;

use crate::base::span::Span;

/// Why an expression has no value. Never holds a secret's text.
#[derive(Debug, Clone, PartialEq)]
pub struct EvalError {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where in the flow file.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvalError {}
