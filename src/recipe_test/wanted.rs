//! A value that a test expects: exact, any at all, or a text of a form.

use super::mismatch::Mismatch;
use crate::base::node::{Data, Node};
use crate::base::span::Span;
use crate::base::value::Value;
use crate::expr::{Scope, Template};
use crate::flow::inputs::declared::Pattern;
use crate::flow::text::reader::Reader;

/// A value that is expected.
#[derive(Debug)]
pub struct Wanted {
    /// Where it stands.
    pub span: Span,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    /// Anything but nothing.
    Any,
    /// A text that matches as a whole.
    Matches(Pattern),
    /// This.
    Value(Template),
    List(Vec<Wanted>),
    Map(Vec<(String, Wanted)>),
}

impl Wanted {
    /// Reads what is expected.
    pub(crate) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let shape = match &node.data {
            Data::Map(entries) => match entries.as_slice() {
                [(key, value)] if key.name == "any" => {
                    if value.data != Data::Bool(true) {
                        reader.error("type", value.span, "`any` is always true").help =
                            Some("{ any: true } stands for any value".to_owned());
                        return None;
                    }
                    Shape::Any
                }
                [(key, value)] if key.name == "matches" => {
                    let text = reader.text(value)?;
                    match Pattern::new(&text.value) {
                        Ok(pattern) => Shape::Matches(pattern),
                        Err(error) => {
                            let message = format!("this is no regular expression ({error})");
                            reader.error("type", value.span, message);
                            return None;
                        }
                    }
                }
                _ => {
                    let read = |(key, value): &(crate::base::node::Key, Node)| {
                        Some((key.name.clone(), Self::read(reader, value)?))
                    };
                    Shape::Map(entries.iter().filter_map(read).collect())
                }
            },
            Data::List(items) => {
                Shape::List(items.iter().filter_map(|item| Self::read(reader, item)).collect())
            }
            _ => match Template::new(node, reader.source) {
                Ok(template) => Shape::Value(template),
                Err(problems) => {
                    reader.problems.extend(problems);
                    return None;
                }
            },
        };
        Some(Self { span: node.span, shape })
    }

    /// Every template in it.
    pub(crate) fn templates(&self) -> Vec<&Template> {
        match &self.shape {
            Shape::Any | Shape::Matches(_) => Vec::new(),
            Shape::Value(template) => vec![template],
            Shape::List(items) => items.iter().flat_map(Self::templates).collect(),
            Shape::Map(entries) => entries.iter().flat_map(|(_, item)| item.templates()).collect(),
        }
    }

    /// What differs between this and a value.
    pub(crate) fn compare(
        &self,
        what: &str,
        got: Option<&Value>,
        scope: &Scope,
        found: &mut Vec<Mismatch>,
    ) {
        let differs = |expected: String| Mismatch::new(what, self.span, expected, shown(got));
        match (&self.shape, got) {
            (Shape::Any, None | Some(Value::Null)) => found.push(differs("any value".to_owned())),
            (Shape::Any, Some(_)) => {}
            (Shape::Matches(pattern), got) => {
                let text = got.and_then(text);
                if !text.is_some_and(|text| pattern.is_match(&text)) {
                    found.push(differs(format!("a text that matches {}", pattern.text)));
                }
            }
            (Shape::Value(template), got) => match template.eval(scope) {
                Ok(expected) => {
                    if !got.is_some_and(|got| same(&expected, got)) {
                        found.push(differs(shown(Some(&expected))));
                    }
                }
                Err(error) => found.push(Mismatch::trouble(what, error.span, error.message)),
            },
            (Shape::List(items), Some(Value::List(values))) => {
                for at in 0..items.len().max(values.len()) {
                    let what = format!("{what}[{at}]");
                    match (items.get(at), values.get(at)) {
                        (Some(item), value) => item.compare(&what, value, scope, found),
                        (None, value) => {
                            let got = shown(value);
                            found.push(Mismatch::new(what, self.span, "nothing", got));
                        }
                    }
                }
            }
            (Shape::Map(entries), Some(Value::Map(values))) => {
                for (name, item) in entries {
                    let what = format!("{what}.{name}");
                    item.compare(&what, values.get(name), scope, found);
                }
                let named = |name: &String| entries.iter().any(|(wanted, _)| wanted == name);
                for (name, value) in values.iter().filter(|(name, _)| !named(name)) {
                    let what = format!("{what}.{name}");
                    found.push(Mismatch::new(what, self.span, "nothing", shown(Some(value))));
                }
            }
            (Shape::List(items), _) => found.push(differs(format!("a list of {}", items.len()))),
            (Shape::Map(_), _) => found.push(differs("an object".to_owned())),
        }
    }
}

/// A value in one line, as JSON; secrets as `***`.
pub(crate) fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.masked().to_string())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Secret(secret) => secret.expose().map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// Equal, an amount with other zeros included: 250 is 250.00.
fn same(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::Number(one), Value::Number(other)) => match (one.as_amount(), other.as_amount()) {
            (Some(one), Some(other)) => one.decimal() == other.decimal(),
            _ => one == other,
        },
        (Value::Text(text), Value::Secret(secret)) => secret.expose() == Some(text),
        (Value::List(ones), Value::List(others)) => {
            ones.len() == others.len()
                && ones.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (Value::Map(ones), Value::Map(others)) => {
            ones.len() == others.len()
                && ones
                    .iter()
                    .all(|(name, one)| others.get(name).is_some_and(|other| same(one, other)))
        }
        _ => expected == got,
    }
}
