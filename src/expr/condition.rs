//! Bare expressions, as in `if` and `expect`.

use super::lower::{self, Place};
use super::program::Program;
use super::reference::Reference;
use super::{EvalError, Scope};
use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Node};
use crate::base::span::{Source, Span};

/// A bare expression, as in `if` and `expect`.
#[derive(Debug, Clone)]
pub struct Condition {
    span: Span,
    text: String,
    program: Program,
}

impl Condition {
    /// Reads a condition from a file's value. `{{ }}` around it is not wanted, but does no harm.
    pub fn new(node: &Node, source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let refuse = |message: String| {
            let help = "write a bare expression: steps.wallet.currencies | length > 0";
            vec![Diagnostic::error("bad-condition", source, node.span, message).help(help)]
        };
        let (text, verbatim) = match &node.data {
            Data::Text { text, verbatim } => (text.clone(), *verbatim),
            Data::Bool(b) => (b.to_string(), Some(node.span.start)),
            _ => return Err(refuse(format!("a condition is an expression, not {}", node.sort()))),
        };
        let (inner, skipped) = bare(&text);
        if inner.is_empty() {
            return Err(refuse("the condition is empty".to_owned()));
        }
        let place = Place { span: node.span, verbatim: verbatim.map(|base| base + skipped) };
        let expr = lower::expression(inner, place, source)?;
        let program = Program::expression(expr, node.span, source)?;
        Ok(Self { span: node.span, text: inner.to_owned(), program })
    }

    /// Whether it is true in a scope. It may read secrets: only yes or no comes out.
    pub fn holds(&self, scope: &Scope) -> Result<bool, EvalError> {
        self.program.truth(scope)
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Every path it reads.
    pub fn references(&self) -> &[Reference] {
        self.program.references()
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }
}

/// The expression without space and braces around it, and how many bytes were left out before it.
fn bare(text: &str) -> (&str, usize) {
    let trimmed = text.trim();
    let inner = trimmed
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .filter(|inner| !inner.contains("{{") && !inner.contains("}}"))
        .map_or(trimmed, |inner| inner.trim_matches('-').trim());
    let skipped = inner.as_ptr() as usize - text.as_ptr() as usize;
    (inner, skipped)
}
