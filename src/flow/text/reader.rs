//! Reads the parts of a node tree and collects what is wrong with them.

use super::shape::{Key as Known, names};
use crate::base::diagnostic::Diagnostic;
use crate::base::money::Money;
use crate::base::nearest::suggest;
use crate::base::node::{Data, Key, Node};
use crate::base::span::{Source, Span};
use crate::base::value::Number;
use crate::expr::ty::duration_ms;
use crate::flow::ast::Placed;

/// Reads nodes; what can't be read becomes a problem and `None`.
pub(crate) struct Reader<'a> {
    pub source: &'a Source,
    pub problems: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Source) -> Self {
        Self { source, problems: Vec::new() }
    }

    pub fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let at = self.problems.len();
        self.problems.push(Diagnostic::error(code, self.source, span, message));
        // just pushed
        &mut self.problems[at]
    }

    /// Complains that something else is needed in a place.
    pub fn wrong(&mut self, node: &Node, needed: &str) {
        let message = match node.as_text() {
            Some(text) if text.len() <= 40 => format!("{needed} is needed here, not `{text}`"),
            _ => format!("{needed} is needed here, not {}", node.sort()),
        };
        self.error("type", node.span, message);
    }

    /// Every name that stands twice in one object, anywhere in the file.
    pub fn duplicates(&mut self, node: &Node) {
        match &node.data {
            Data::List(items) => items.iter().for_each(|item| self.duplicates(item)),
            Data::Map(entries) => {
                for (at, (key, value)) in entries.iter().enumerate() {
                    let before = entries[..at].iter().find(|(other, _)| other.name == key.name);
                    if let Some((first, _)) = before {
                        let (line, _) = self.source.line_col(first.span.start);
                        let message = format!("`{}` stands twice in this object", key.name);
                        self.error("duplicate-key", key.span, message).label =
                            Some(format!("first in line {line}"));
                    }
                    self.duplicates(value);
                }
            }
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text { .. } => {}
        }
    }

    /// The entries of an object; nothing at all counts as an empty one.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> &'n [(Key, Node)] {
        match &node.data {
            Data::Map(entries) => entries,
            Data::Null => &[],
            _ => {
                self.wrong(node, what);
                &[]
            }
        }
    }

    /// The entries of an object with known keys; others become problems that name the nearest one.
    pub fn known<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        keys: &'static [Known],
    ) -> Vec<(&'static str, &'n Key, &'n Node)> {
        let mut found = Vec::new();
        for (key, value) in self.entries(node, what) {
            match keys.iter().find(|known| known.name == key.name) {
                Some(known) => found.push((known.name, key, value)),
                None => {
                    let message = format!("`{}` is no key of {}", key.name, what);
                    self.error("unknown-key", key.span, message).help =
                        suggest(&key.name, names(keys));
                }
            }
        }
        found
    }

    pub fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.data {
            Data::List(items) => items,
            Data::Null => &[],
            _ => {
                self.wrong(node, what);
                &[]
            }
        }
    }

    /// A list, or one value that stands for a list of one.
    pub fn one_or_more<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.data {
            Data::List(items) => items,
            Data::Null => &[],
            _ => std::slice::from_ref(node),
        }
    }

    /// Text; numbers and booleans are taken as they are written.
    pub fn text(&mut self, node: &Node) -> Option<Placed<String>> {
        let value = match &node.data {
            Data::Text { text, .. } => text.clone(),
            Data::Number(n) => n.to_string(),
            Data::Bool(b) => b.to_string(),
            Data::Null | Data::List(_) | Data::Map(_) => {
                self.wrong(node, "a text");
                return None;
            }
        };
        Some(Placed { value, span: node.span })
    }

    /// Text that stands for itself: a template there would never be evaluated.
    pub fn fixed(&mut self, node: &Node) -> Option<Placed<String>> {
        let text = self.text(node)?;
        if text.value.contains("{{") || text.value.contains("{%") {
            self.error("template", node.span, "there can be no template here").help =
                Some("templates stand in `with`, `foreach`, `key` and `outputs`".to_owned());
            return None;
        }
        Some(text)
    }

    /// An identifier: what templates can name.
    pub fn name(&mut self, node: &Node) -> Option<Placed<String>> {
        let text = self.fixed(node)?;
        self.check_name(&text.value, text.span).then_some(text)
    }

    pub fn check_name(&mut self, name: &str, span: Span) -> bool {
        let mut chars = name.chars();
        let start = chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic());
        let rest = chars.all(|c| c == '_' || c.is_ascii_alphanumeric());
        let fine = start && rest && !name.starts_with("__");
        if !fine {
            let made = identifier(name);
            self.error("bad-name", span, format!("`{name}` is no name that templates can use"))
                .help =
                Some(format!("letters, digits and `_`, not starting with a digit: `{made}`"));
        }
        fine
    }

    pub fn boolean(&mut self, node: &Node) -> Option<bool> {
        match node.data {
            Data::Bool(b) => Some(b),
            _ => {
                self.wrong(node, "true or false");
                None
            }
        }
    }

    pub fn count(&mut self, node: &Node) -> Option<u32> {
        match &node.data {
            Data::Number(n) => match n.as_str().parse() {
                Ok(count @ 1..) => Some(count),
                _ => {
                    self.wrong(node, "a whole number from 1 on");
                    None
                }
            },
            _ => {
                self.wrong(node, "a whole number from 1 on");
                None
            }
        }
    }

    pub fn number(&mut self, node: &Node) -> Option<Number> {
        let number = match &node.data {
            Data::Number(n) => Some(n.clone()),
            Data::Text { text, .. } => Number::parse(text),
            _ => None,
        };
        let number = number.filter(|n| n.as_amount().is_some());
        if number.is_none() {
            self.wrong(node, "a number");
        }
        number
    }

    pub fn duration(&mut self, node: &Node) -> Option<u64> {
        let text = match &node.data {
            Data::Text { text, .. } => text.clone(),
            Data::Number(n) => n.to_string(),
            _ => {
                self.wrong(node, "a length of time");
                return None;
            }
        };
        let ms = duration_ms(&text);
        if ms.is_none() {
            self.error("bad-duration", node.span, format!("`{text}` is no length of time")).help =
                Some("write numbers with units, such as 500ms, 2s, 10m or 1h30m".to_owned());
        }
        ms
    }

    pub fn money(&mut self, node: &Node) -> Option<Money> {
        let text = self.fixed(node)?;
        let money = text.value.parse::<Money>();
        match money.clone().and_then(Money::payable) {
            Ok(money) => Some(money),
            Err(error) => {
                self.error("type", node.span, error.to_string()).help =
                    Some("write amount and currency: \"500.00 USD\"".to_owned());
                money.ok()
            }
        }
    }
}

/// The nearest identifier to a text.
pub(crate) fn identifier(text: &str) -> String {
    let mut name: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let trimmed = name.trim_matches('_').len();
    if trimmed == 0 {
        return "name".to_owned();
    }
    name = name.trim_matches('_').to_owned();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}
