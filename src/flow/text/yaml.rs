//! Reads YAML into a [`Node`] tree: every place kept, every digit kept.
//!
//! What a scalar means is decided here, from how it is written, and by few rules. In quotes, in a block
//! (`|`, `>`) or under `!!str` it is text. A plain one is `true` or `false`, `null`, `~` or nothing, a whole
//! number or a decimal without leading zeros; all else is text: `NO`, `0231770000000`, `1e5`, `yes`, dates.
//! No other tag has a meaning, so none is passed over.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, StrInput, Tag};

use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Key, Node};
use crate::base::span::{Source, Span};
use crate::base::value::Number;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// How deep values may be nested.
pub const MAX_DEPTH: usize = 48;
const MAX_NODES: usize = 100_000;
/// How much all aliases of a document may stand for, as [`weight`] counts.
const MAX_ALIASED: usize = 4 * 1024 * 1024;
/// What a value weighs besides its text.
const NODE_WEIGHT: usize = 16;

/// Reads one YAML document.
pub fn read(source: &Source) -> Result<Node, Diagnostic> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        let message = format!("the document has {} bytes, more than {MAX_BYTES}", text.len());
        return Err(Diagnostic::error("too-large", source, Span::default(), message));
    }
    let mut options = granit_parser::options! { strict_indentation: false };
    options.set_emit_comments(false);
    let parser = Parser::new_from_str_with_options(text, options);
    let anchors = HashMap::new();
    Reader { source, parser, anchors, nodes: 0, aliased: 0 }.document()
}

struct Reader<'a> {
    source: &'a Source,
    parser: Parser<'a, StrInput<'a>>,
    /// The values with a name, by the parser's number; none of one that is still being read.
    anchors: HashMap<usize, Node>,
    nodes: usize,
    aliased: usize,
}

/// What a tag is on.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Scalar,
    List,
    Map,
}

type Found<'a> = (Event<'a>, granit_parser::Span);

impl<'a> Reader<'a> {
    fn document(mut self) -> Result<Node, Diagnostic> {
        let mut read = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if read.is_some() => {
                    let message = "the file holds more than one document";
                    let problem = self.problem("many-documents", self.place(span), message);
                    return Err(problem.help("keep one per file: take out the `---` lines"));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => read = Some(self.node((event, span), 0)?),
            }
        }
        let end = self.source.text().len();
        Ok(read.unwrap_or(Node { span: Span::new(end, end), data: Data::Null }))
    }

    fn next(&mut self) -> Result<Found<'a>, Diagnostic> {
        match self.parser.next_event() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => Err(self.explain(&error)),
            None => Ok((Event::StreamEnd, granit_parser::Span::default())),
        }
    }

    fn node(&mut self, (event, span): Found<'a>, depth: usize) -> Result<Node, Diagnostic> {
        let place = self.place(span);
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            let message = match depth > MAX_DEPTH {
                true => format!("values are nested deeper than {MAX_DEPTH} levels"),
                false => format!("the document holds more than {MAX_NODES} values"),
            };
            return Err(self.problem("too-large", place, message));
        }
        let (anchor, node) = match event {
            Event::Alias(anchor) => return self.alias(anchor, place),
            Event::Scalar(text, style, anchor, tag) => {
                let tagged = self.tag(tag.as_deref(), span, Shape::Scalar)?;
                let data = match style {
                    ScalarStyle::Plain if !tagged => plain(&text),
                    _ => Data::Text { text: text.into_owned(), verbatim: None },
                };
                (anchor, Node { span: place, data: self.verbatim(data, style, place) })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tag(tag.as_deref(), span, Shape::List)?;
                (anchor, self.list(place, depth)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tag(tag.as_deref(), span, Shape::Map)?;
                (anchor, self.map(place, depth)?)
            }
            _ => return Err(self.problem("yaml", place, "this is not YAML")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, place: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut items: Vec<Node> = Vec::new();
        loop {
            let found = self.next()?;
            if found.0 == Event::SequenceEnd {
                let span = around(place, items.last().map(|node| node.span));
                return Ok(Node { span, data: Data::List(items) });
            }
            items.push(self.node(found, depth + 1)?);
        }
    }

    fn map(&mut self, place: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut merged = Vec::new();
        let mut end = None;
        loop {
            let found = self.next()?;
            if found.0 == Event::MappingEnd {
                break;
            }
            let merges = matches!(&found.0, Event::Scalar(name, ScalarStyle::Plain, 0, None) if name == "<<");
            let key = self.key(found, depth + 1)?;
            let found = self.next()?;
            let mut node = self.node(found, depth + 1)?;
            if node.data == Data::Null && node.span.range().is_empty() {
                // nothing is written there: the name is what people can see
                node.span = key.span;
            }
            end = Some(node.span);
            match merges {
                true => merged.extend(self.merged(node)?),
                false => entries.push((key, node)),
            }
        }
        for (key, node) in merged {
            // what the object says itself counts
            if entries.iter().all(|(other, _)| other.name != key.name) {
                entries.push((key, node));
            }
        }
        Ok(Node { span: around(place, end), data: Data::Map(entries) })
    }

    /// What `<<: *name` brings into an object.
    fn merged(&self, node: Node) -> Result<Vec<(Key, Node)>, Diagnostic> {
        let refuse = |span| {
            let message = "`<<` takes in the fields of an object, or of a list of objects";
            self.problem("bad-merge", span, message)
        };
        match node.data {
            Data::Map(entries) => Ok(entries),
            Data::List(items) => {
                let mut all = Vec::new();
                for item in items {
                    let Data::Map(entries) = item.data else { return Err(refuse(item.span)) };
                    all.extend(entries);
                }
                Ok(all)
            }
            _ => Err(refuse(node.span)),
        }
    }

    fn key(&mut self, found: Found<'a>, depth: usize) -> Result<Key, Diagnostic> {
        let name = match &found.0 {
            Event::Scalar(text, ..) => Some(text.to_string()),
            _ => None,
        };
        let shape = matches!(found.0, Event::SequenceStart(..) | Event::MappingStart(..));
        let refuse = |reader: &Self, span| {
            reader
                .problem("bad-key", span, "a name must be text, not a list or an object")
                .help("a template must stand in quotes: \"{{ inputs.name }}\"")
        };
        if shape {
            return Err(refuse(self, self.place(found.1)));
        }
        let node = self.node(found, depth)?;
        match (name, node.data) {
            (Some(name), _) | (None, Data::Text { text: name, .. }) => {
                Ok(Key { name, span: node.span })
            }
            (None, Data::Number(n)) => Ok(Key { name: n.to_string(), span: node.span }),
            (None, Data::Bool(b)) => Ok(Key { name: b.to_string(), span: node.span }),
            (None, _) => Err(refuse(self, node.span)),
        }
    }

    fn alias(&mut self, anchor: usize, place: Span) -> Result<Node, Diagnostic> {
        let Some(node) = self.anchors.get(&anchor) else {
            let message = "the alias stands inside what it names";
            return Err(self.problem("unknown-anchor", place, message));
        };
        self.aliased = self.aliased.saturating_add(weight(node));
        match self.aliased > MAX_ALIASED {
            true => Err(self.problem("alias-bomb", place, "the aliases expand to too much")),
            false => Ok(node.clone()),
        }
    }

    /// Whether a tag says that this is text.
    fn tag(
        &self,
        tag: Option<&Tag>,
        span: granit_parser::Span,
        shape: Shape,
    ) -> Result<bool, Diagnostic> {
        let Some(tag) = tag else { return Ok(false) };
        let unspecific = tag.handle().is_empty() && tag.suffix() == "!";
        match (tag.core_suffix(), shape) {
            _ if unspecific => return Ok(true),
            (Some("str"), Shape::Scalar)
            | (Some("seq"), Shape::List)
            | (Some("map"), Shape::Map) => return Ok(true),
            _ => {}
        }
        let place = span.tag_span().map_or_else(|| self.place(span), |span| self.place(span));
        let written = self.source.text().get(place.range()).unwrap_or_default();
        let message = format!("the tag `{written}` has no meaning here");
        let help = "what a value is, is seen from how it is written: 5 is a number, \"5\" a text; \
                    only `!!str` is understood";
        Err(self.problem("tag", place, message).help(help))
    }

    /// Notes where a text stands in the file, if it stands there as it is.
    fn verbatim(&self, data: Data, style: ScalarStyle, place: Span) -> Data {
        let Data::Text { text, .. } = data else { return data };
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let start = place.start + usize::from(quoted);
        let written = self.source.text().get(start..);
        let there = written.is_some_and(|written| written.starts_with(&text));
        Data::Text { text, verbatim: there.then_some(start) }
    }

    fn place(&self, span: granit_parser::Span) -> Span {
        Span::new(self.byte(&span.start), self.byte(&span.end))
    }

    fn byte(&self, mark: &Marker) -> usize {
        let byte = mark.byte_offset();
        byte.unwrap_or_else(|| self.source.byte_at(mark.line(), mark.col() + 1))
            .min(self.source.text().len())
    }

    fn problem(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.source, span, message)
    }

    fn explain(&self, error: &ScanError) -> Diagnostic {
        let at = self.byte(error.marker());
        let span = Span::new(at, at);
        match error.kind() {
            ErrorKind::UnknownAnchor => {
                self.problem("unknown-anchor", span, "the alias names no anchor above it")
            }
            ErrorKind::RecursionLimitExceeded => {
                let message = format!("values are nested deeper than {MAX_DEPTH} levels");
                self.problem("too-large", span, message)
            }
            kind => {
                let said = kind.to_string();
                let message = said.trim_end_matches('.');
                let diagnostic = self.problem("yaml", span, message);
                match tab_before(self.source, span) {
                    Some(at) => Diagnostic { span: Span::new(at, at + 1), ..diagnostic }
                        .help("YAML is indented by spaces, never by tabs"),
                    None => diagnostic,
                }
            }
        }
    }
}

/// What a copy of a value costs.
fn weight(node: &Node) -> usize {
    let inside = match &node.data {
        Data::Null | Data::Bool(_) => 0,
        Data::Number(n) => n.as_str().len(),
        Data::Text { text, .. } => text.len(),
        Data::List(items) => items.iter().map(weight).fold(0, usize::saturating_add),
        Data::Map(entries) => entries
            .iter()
            .map(|(key, node)| key.name.len() + weight(node))
            .fold(0, usize::saturating_add),
    };
    inside.saturating_add(NODE_WEIGHT)
}

/// What a plain scalar means.
pub fn plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" => Data::Null,
        "true" => Data::Bool(true),
        "false" => Data::Bool(false),
        _ => match plain_number(text) {
            Some(number) => Data::Number(number),
            None => Data::Text { text: text.to_owned(), verbatim: None },
        },
    }
}

/// A whole number or a decimal, without leading zeros, sign `+` or exponent.
fn plain_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| Number::parse(text)).flatten()
}

fn around(start: Span, last: Option<Span>) -> Span {
    Span::new(start.start, last.map_or(start.end, |last| last.end.max(start.end)))
}

/// A tab in the indentation of the line of the problem, or of the line above it.
fn tab_before(source: &Source, span: Span) -> Option<usize> {
    let (line, _) = source.line_col(span.start);
    [line, line.saturating_sub(1)].into_iter().filter(|line| *line > 0).find_map(|line| {
        let start = source.byte_at(line, 1);
        let text = source.text().get(start..)?;
        let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
        text[..indent].find('\t').map(|at| start + at)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        read(&Source::new("t.yaml", text)).unwrap()
    }

    fn problem(text: &str) -> (usize, usize, &'static str) {
        let diagnostic = read(&Source::new("t.yaml", text)).unwrap_err();
        let (line, column) = diagnostic.line_col();
        (line, column, diagnostic.code)
    }

    #[test]
    fn plain_scalars_mean_little_and_keep_their_digits() {
        let text = "[NO, 0231770000000, 231771234567, 250.00, 12345678901234567.89, -0.10, 1e5, yes, \
                    2026-01-01, 0x1F, 1_000, .5, +5, .inf, true, ~, null, \"250.00\", !!str 5]";
        let shown = tree(text).value().masked().to_string();
        assert_eq!(
            shown,
            r#"["NO","0231770000000",231771234567,250.00,12345678901234567.89,-0.10,"1e5","yes","2026-01-01","0x1F","1_000",".5","+5",".inf",true,null,null,"250.00","5"]"#
        );
    }

    #[test]
    fn places_are_bytes_of_the_file() {
        let text = "é: {a: \"x {{ y }}\"}\nb: plain {{ z }}\nc: |\n  block\n";
        let Data::Map(entries) = tree(text).data else { panic!("a map") };
        let Data::Map(inner) = &entries[0].1.data else { panic!("a map") };
        let quoted = &inner[0].1;
        assert_eq!(&text[quoted.span.range()], "\"x {{ y }}\"");
        let Data::Text { verbatim, .. } = &quoted.data else { panic!("a text") };
        assert_eq!(*verbatim, Some(quoted.span.start + 1));
        assert_eq!(&text[entries[1].1.span.range()], "plain {{ z }}");
        assert_eq!(entries[2].1.as_text(), Some("block\n"));
    }

    #[test]
    fn what_is_not_one_small_yaml_document_is_refused_with_its_place() {
        assert_eq!(problem("a: [1, 2"), (1, 4, "yaml"));
        assert_eq!(problem("a:\n\t- b"), (2, 1, "yaml"));
        assert_eq!(problem("a: 1\n---\nb: 2\n"), (2, 1, "many-documents"));
        assert_eq!(problem("a: *x"), (1, 4, "unknown-anchor"));
        assert_eq!(problem("a: &x [*x]"), (1, 8, "unknown-anchor"));
        assert_eq!(problem("a: {{ x }}"), (1, 5, "bad-key"));
        assert_eq!(problem(&"[".repeat(5000)).2, "too-large");
        assert_eq!(problem(&"- ".repeat(60)).2, "too-large");
        assert_eq!(problem(&" ".repeat(MAX_BYTES + 1)).2, "too-large");
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, of) in [('b', 'a'), ('c', 'b'), ('d', 'c'), ('e', 'd'), ('f', 'e')] {
            let items = format!("*{of},").repeat(10);
            bomb.push_str(&format!("{name}: &{name} [{items}]\n"));
        }
        assert_eq!(problem(&bomb).2, "alias-bomb");
    }

    #[test]
    fn quotes_blocks_and_str_make_text_and_no_digit_is_lost() {
        let text = "[\"123\", '123', !!str 123, !!str &a 123, &b !!str 123, ! 123, !<tag:yaml.org,2002:str> 123, \
                    *a, 5e4321, .nan, 12345678901234567890123456789012345678901234567890, !!seq [1], !!map {a: 1}]";
        let shown = tree(text).value().masked().to_string();
        assert_eq!(
            shown,
            r#"["123","123","123","123","123","123","123","123","5e4321",".nan",12345678901234567890123456789012345678901234567890,[1],{"a":1}]"#
        );
        let blocks = tree("a: |-\n  123\nb: >-\n  true\nc: |-\n\nd: !!str\ne: !!str ~\n");
        assert_eq!(
            blocks.value().masked().to_string(),
            r#"{"a":"123","b":"true","c":"","d":"","e":"~"}"#
        );
    }

    #[test]
    fn a_tag_without_a_meaning_is_refused_where_it_stands() {
        for (text, column) in [
            ("a: !foo b", 4),
            ("a: !!int \"2026\"", 4),
            ("a: &x !!float 5", 7),
            ("a: [1, !!binary aGk=]", 8),
            ("!!null a: 1", 1),
            ("a: !!str [1]", 4),
            ("a: !!set {x}", 4),
            ("a: !<tag:example.com,2000:x> 1", 4),
        ] {
            assert_eq!(problem(text), (1, column, "tag"), "{text}");
        }
        assert_eq!(problem("a:\n  - !!timestamp\n    x: 1\n"), (2, 5, "tag"));
    }

    #[test]
    fn an_object_takes_in_another() {
        let text = "- &a {x: 1, y: 2}\n- {<<: *a, y: 3}\n- {<<: [*a, {z: 4}]}\n- {\"<<\": 5}\n";
        assert_eq!(
            tree(text).value().masked().to_string(),
            r#"[{"x":1,"y":2},{"y":3,"x":1},{"x":1,"y":2,"z":4},{"<<":5}]"#
        );
        assert_eq!(problem("a: {<<: 5}"), (1, 9, "bad-merge"));
    }

    #[test]
    fn a_name_that_stands_twice_is_there_twice() {
        let Data::Map(entries) = tree("a: 1\na: 2\n").data else { panic!("a map") };
        assert_eq!(entries.len(), 2);
    }
}
