//! Where what happened differs from what a test says.

use crate::base::span::Span;

/// Something that is not as a test expects.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// What it is about, such as `outputs.status`.
    pub what: String,
    /// Where the test says what it expects.
    pub span: Span,
    /// What was expected, a line for each part.
    pub expected: Vec<String>,
    /// What there is.
    pub got: Vec<String>,
}

impl Mismatch {
    /// A mismatch of one line.
    pub fn new(
        what: impl Into<String>,
        span: Span,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), span, expected: vec![expected.into()], got: vec![got.into()] }
    }

    /// Something that went wrong by itself: nothing like it was expected.
    pub fn trouble(what: impl Into<String>, span: Span, got: impl Into<String>) -> Self {
        Self { what: what.into(), span, expected: Vec::new(), got: vec![got.into()] }
    }
}
