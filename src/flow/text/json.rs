//! Reads JSON into a [`Node`] tree: every place kept, every digit kept. What YAML makes of the same text differs: it has
//! no place for some characters, and reads names and numbers its own way.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Error;
use serde_json::value::RawValue;

use super::yaml::{MAX_BYTES, MAX_DEPTH};
use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Key, Node};
use crate::base::span::{Source, Span};
use crate::base::value::Number;

/// Reads one JSON document.
pub fn read(source: &Source) -> Result<Node, Diagnostic> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        let message = format!("the document has {} bytes, more than {MAX_BYTES}", text.len());
        return Err(Diagnostic::error("too-large", source, Span::default(), message));
    }
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| {
        let at = match error.line() {
            0 => 0,
            line => source.byte_at(line, 1) + error.column().saturating_sub(1),
        };
        let at = text.floor_char_boundary(at);
        refused(source, Span::new(at, at), &error)
    })?;
    Reader { source }.node(whole, 1)
}

/// What is wrong with a text that is no JSON, in one sentence without a full stop.
pub fn problem(error: &Error) -> String {
    let text = error.to_string();
    let told = match text.as_str() {
        _ if error.is_eof() => "it ends too early",
        text if text.starts_with("trailing") => "something follows its end",
        text if text.starts_with("key must be") => "a name in double quotes has to stand here",
        text if text.starts_with("expected `:`") => "a colon is missing",
        text if text.starts_with("expected `,`") => "a comma is missing, or the end",
        text if text.starts_with("control character") => {
            "a control character in a text has to be written as an escape, such as \\n"
        }
        text if text.starts_with("invalid escape") => "a backslash stands before what is no escape",
        text if text.starts_with("invalid number") => "a number is not written as JSON has it",
        text if text.contains("surrogate") || text.contains("hex escape") => {
            "an escape is half of a pair"
        }
        _ => "there is no value where one has to be",
    };
    format!("it is not JSON: {told}")
}

fn refused(source: &Source, span: Span, error: &Error) -> Diagnostic {
    Diagnostic::error("json", source, span, problem(error))
}

struct Reader<'a> {
    source: &'a Source,
}

impl<'a> Reader<'a> {
    fn node(&self, raw: &'a RawValue, depth: usize) -> Result<Node, Diagnostic> {
        let (text, span) = (raw.get(), self.span(raw));
        if depth > MAX_DEPTH {
            let message = format!("values are nested deeper than {MAX_DEPTH} levels");
            return Err(Diagnostic::error("too-large", self.source, span, message));
        }
        let data = match text.as_bytes().first() {
            Some(b'{') => {
                let Entries(entries) = self.parse(raw)?;
                let entry = |(key, value): (&'a RawValue, &'a RawValue)| {
                    let key = Key { name: self.parse(key)?, span: self.span(key) };
                    Ok((key, self.node(value, depth + 1)?))
                };
                Data::Map(entries.into_iter().map(entry).collect::<Result<_, Diagnostic>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = self.parse(raw)?;
                let items = items.into_iter().map(|item| self.node(item, depth + 1));
                Data::List(items.collect::<Result<_, _>>()?)
            }
            Some(b'"') => {
                let said: String = self.parse(raw)?;
                let verbatim = text.get(1..).is_some_and(|rest| rest.starts_with(&said));
                Data::Text { text: said, verbatim: verbatim.then_some(span.start + 1) }
            }
            Some(b't') => Data::Bool(true),
            Some(b'f') => Data::Bool(false),
            Some(b'n') => Data::Null,
            _ => Data::Number(Number::parse(text).ok_or_else(|| {
                let message = "it is not JSON: a number is not written as JSON has it";
                Diagnostic::error("json", self.source, span, message)
            })?),
        };
        Ok(Node { span, data })
    }

    fn parse<T: Deserialize<'a>>(&self, raw: &'a RawValue) -> Result<T, Diagnostic> {
        serde_json::from_str(raw.get()).map_err(|e| refused(self.source, self.span(raw), &e))
    }

    /// What is read raw is a part of the text itself.
    fn span(&self, raw: &RawValue) -> Span {
        let start = raw.get().as_ptr().addr().wrapping_sub(self.source.text().as_ptr().addr());
        Span::new(start, start.saturating_add(raw.get().len()))
    }
}

/// The entries of an object in the order written, a name that stands twice included.
struct Entries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_and_its_digits() {
        let text = "{\"é\": [1.50, 1e5, -0, \"\u{7f}\\ud83d\\ude42\"],\n \"b\": {\"c\": null}, \"b\": true}";
        let source = Source::new("t.json", text);
        let node = read(&source).unwrap();
        let Data::Map(entries) = &node.data else { panic!("a map") };
        assert_eq!(entries.len(), 3, "a name that stands twice is there twice");
        let (key, list) = &entries[0];
        assert_eq!((&text[key.span.range()], key.name.as_str()), ("\"é\"", "é"));
        assert_eq!(list.value().masked().to_string(), "[1.50,1e+5,-0,\"\u{7f}🙂\"]");
        assert_eq!(source.line_col(entries[1].0.span.start), (2, 2));
        let Data::Map(inner) = &entries[1].1.data else { panic!("a map") };
        assert_eq!(&text[inner[0].1.span.range()], "null");
    }

    #[test]
    fn what_is_no_json_is_told_in_our_words_with_its_place() {
        for (text, place, told) in [
            ("{\"a\": }", (1, 7), "there is no value"),
            ("{\"a\": 1,\n}", (2, 1), "a name in double quotes"),
            ("{a: 1}", (1, 2), "a name in double quotes has to stand here"),
            ("{\"a\": 01}", (1, 8), "a number is not written"),
            ("[1] x", (1, 5), "something follows its end"),
            ("{\"a\": \"x", (1, 8), "it ends too early"),
            ("[\"\\ud800\"]", (1, 2), "half of a pair"),
            ("[\"\t\"]", (1, 2), "control character"),
        ] {
            let diagnostic = read(&Source::new("t.json", text)).unwrap_err();
            assert!(diagnostic.message.contains(told), "{text}: {}", diagnostic.message);
            assert_eq!(diagnostic.line_col(), place, "{text}");
        }
        assert_eq!(read(&Source::new("t.json", "[".repeat(100_000))).unwrap_err().code, "json");
        let deep = format!("{}{}", "[".repeat(60), "]".repeat(60));
        assert_eq!(read(&Source::new("t.json", deep)).unwrap_err().code, "too-large");
    }
}
