//! Places in a text: byte ranges, and the lines and columns people see.

use std::ops::Range;
use std::sync::Arc;

/// A byte range of one source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From the first byte to one past the last.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The same as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A named text, such as a flow file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    secrets: Vec<Span>,
}

impl Source {
    /// A text and the name people know it by (a path as they typed it).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self(Arc::new(Inner { name: name.into(), text, line_starts, secrets: Vec::new() }))
    }

    /// The same text, of which these parts are never shown.
    pub fn hiding(&self, secrets: Vec<Span>) -> Self {
        let Inner { name, text, line_starts, .. } = &*self.0;
        let (name, text, line_starts) = (name.clone(), text.clone(), line_starts.clone());
        Self(Arc::new(Inner { name, text, line_starts, secrets }))
    }

    /// The parts that are never shown.
    pub fn secrets(&self) -> &[Span] {
        &self.0.secrets
    }

    /// The name people know it by.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn line_col(&self, byte: usize) -> (usize, usize) {
        let byte = byte.min(self.0.text.len());
        let line = self.0.line_starts.partition_point(|start| *start <= byte).max(1);
        let start = self.0.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.0.text.get(start..byte).map_or(0, |text| text.chars().count());
        (line, column + 1)
    }

    /// The part of a span that stands in its first line: what a caret under many lines would hide.
    pub fn first_line(&self, span: Span) -> Span {
        let text = self.text().get(span.range()).unwrap_or("");
        let len = text.find('\n').unwrap_or(text.len());
        Span::new(span.start, span.start + text[..len].trim_end().len())
    }

    /// The byte at a line and column, both from 1; columns count characters.
    pub fn byte_at(&self, line: usize, column: usize) -> usize {
        let Some(start) = line.checked_sub(1).and_then(|n| self.0.line_starts.get(n)) else {
            return self.0.text.len();
        };
        let rest = self.0.text.get(*start..).unwrap_or("");
        let skip: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        start + skip
    }
}
