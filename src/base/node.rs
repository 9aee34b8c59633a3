//! A tree of values that remembers where each of them stands in its text.

use super::span::Span;
use super::value::{Map, Number, Value};

/// One value of a file, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub data: Data,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number, digit for digit.
    Number(Number),
    /// Text.
    Text {
        /// The text, unescaped.
        text: String,
        /// Where its first byte stands, if it stands in the file exactly as it is, on one line.
        verbatim: Option<usize>,
    },
    /// Values in order.
    List(Vec<Node>),
    /// Values by name, in the order written. A name can stand here twice: whoever reads it complains.
    Map(Vec<(Key, Node)>),
}

/// The name of a value in a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// The text of a text node.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The plain value. Of a name that stands twice the last one counts.
    pub fn value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Number(n) => Value::Number(n.clone()),
            Data::Text { text, .. } => Value::text(text),
            Data::List(items) => Value::List(items.iter().map(Node::value).collect()),
            Data::Map(entries) => Value::Map(
                entries.iter().map(|(key, node)| (key.name.clone(), node.value())).collect::<Map>(),
            ),
        }
    }

    /// What sort of value this is, in words for people.
    pub fn sort(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text { .. } => "a text",
            Data::List(_) => "a list",
            Data::Map(_) => "an object",
        }
    }
}
