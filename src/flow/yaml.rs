//! Reads YAML into a [`Node`] tree: every place kept, every digit kept.
//!
//! What a plain scalar means is decided here, from its text in the file, and by few rules: `true` and
//! `false`, `null`, `~` or nothing, whole numbers and decimals without leading zeros. All else is text:
//! `NO`, `0231770000000`, `1e5`, `yes`, dates.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::budget::BudgetBreach;
use serde_yaml::{
    Budget, DuplicateKeyPolicy, Error, Location, NonFiniteFloatPolicy, Options, Spanned,
};

use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Key, Node};
use crate::base::span::{Source, Span};
use crate::base::value::Number;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
const MAX_DEPTH: usize = 48;
const MAX_NODES: usize = 100_000;
const MAX_ALIASES: usize = 1_000;

/// Reads one YAML document.
pub fn read(source: &Source) -> Result<Node, Diagnostic> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        let message = format!("the document has {} bytes, more than {MAX_BYTES}", text.len());
        return Err(Diagnostic::error("too-large", source, Span::default(), message));
    }
    match serde_yaml::from_str_with_options::<Spanned<Raw>>(text, options()) {
        Ok(raw) => Reader { source }.node(raw),
        Err(error) => Err(explain(source, &error)),
    }
}

fn options() -> Options {
    let mut options = Options::default();
    // repeated names are found by whoever walks the tree, so that all of them are reported
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    options.reject_unsupported_tags = true;
    options.with_snippet = false;
    options.non_finite_float_policy = NonFiniteFloatPolicy::AsString;
    let mut budget = Budget::default();
    budget.max_depth = MAX_DEPTH;
    budget.max_nodes = MAX_NODES;
    budget.max_aliases = MAX_ALIASES;
    budget.max_documents = 1;
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = MAX_NODES;
    options
}

/// What the parser hands over: the shape alone. What a scalar is, is read from the file's text.
enum Raw {
    /// A quoted, block or plain text.
    Text(String),
    /// A plain scalar that the parser takes for something else.
    Plain,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shape)
    }
}

struct Shape;

impl<'de> Visitor<'de> for Shape {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key()? {
            entries.push((key, map.next_value()?));
        }
        Ok(Raw::Map(entries))
    }
}

struct Reader<'a> {
    source: &'a Source,
}

impl Reader<'_> {
    fn node(&self, raw: Spanned<Raw>) -> Result<Node, Diagnostic> {
        let place = place(self.source, raw.defined);
        let (span, data) = match raw.value {
            Raw::List(items) => {
                let items =
                    items.into_iter().map(|item| self.node(item)).collect::<Result<Vec<_>, _>>()?;
                (around(place, items.last().map(|node| node.span)), Data::List(items))
            }
            Raw::Map(entries) => {
                let mut map = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let key = self.key(key)?;
                    let mut node = self.node(value)?;
                    if node.data == Data::Null && node.span.range().is_empty() {
                        // nothing is written there: the name is what people can see
                        node.span = key.span;
                    }
                    map.push((key, node));
                }
                (around(place, map.last().map(|(_, node)| node.span)), Data::Map(map))
            }
            Raw::Text(text) => (place, self.text(place, text)),
            Raw::Plain => (place, plain(self.source.text().get(place.range()).unwrap_or(""))),
        };
        Ok(Node { span, data })
    }

    fn key(&self, raw: Spanned<Raw>) -> Result<Key, Diagnostic> {
        let span = place(self.source, raw.defined);
        match raw.value {
            Raw::Text(name) => Ok(Key { name, span }),
            Raw::Plain => {
                let name = self.source.text().get(span.range()).unwrap_or("").trim().to_owned();
                Ok(Key { name, span })
            }
            Raw::List(_) | Raw::Map(_) => Err(Diagnostic::error(
                "bad-key",
                self.source,
                span,
                "a name must be text, not a list or an object",
            )
            .help("a template must stand in quotes: \"{{ inputs.name }}\"")),
        }
    }

    /// Text that stood in quotes or in a block is text; what stood plain has its meaning to find.
    fn text(&self, place: Span, text: String) -> Data {
        let (before, written) =
            self.source.text().split_at_checked(place.start).unwrap_or(("", ""));
        if before.trim_end().ends_with("!!str") {
            return Data::Text { text, verbatim: None };
        }
        match written.as_bytes().first() {
            Some(b'"' | b'\'') => {
                let verbatim = written.get(1..).is_some_and(|rest| rest.starts_with(&text));
                Data::Text { text, verbatim: verbatim.then_some(place.start + 1) }
            }
            Some(b'|' | b'>') => Data::Text { text, verbatim: None },
            _ => match plain(&text) {
                Data::Text { text, .. } => {
                    let verbatim = written.starts_with(&text).then_some(place.start);
                    Data::Text { text, verbatim }
                }
                typed => typed,
            },
        }
    }
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

fn place(source: &Source, location: Location) -> Span {
    let span = location.span();
    match (span.byte_offset(), span.byte_len()) {
        (Some(start), Some(len)) => {
            let clamp = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(source.text().len());
            Span::new(clamp(start), clamp(start.saturating_add(len)))
        }
        _ => {
            let number = |n: u64| usize::try_from(n).unwrap_or(1);
            let at = source.byte_at(number(location.line()), number(location.column()));
            Span::new(at, at)
        }
    }
}

fn explain(source: &Source, error: &Error) -> Diagnostic {
    let mut error = error.without_snippet();
    while let Error::AliasError { error: inner, .. } = error {
        error = inner;
    }
    let span = error.location().map_or(Span::default(), |location| place(source, location));
    let (code, message, help) = reason(error);
    let diagnostic = Diagnostic::error(code, source, span, message);
    if let Some(help) = help {
        return diagnostic.help(help);
    }
    match tab_before(source, span) {
        Some(at) => Diagnostic { span: Span::new(at, at + 1), ..diagnostic }
            .help("YAML is indented by spaces, never by tabs"),
        None => diagnostic,
    }
}

fn reason(error: &Error) -> (&'static str, String, Option<&'static str>) {
    match error {
        Error::MultipleDocuments { .. }
        | Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => (
            "many-documents",
            "the file holds more than one document".to_owned(),
            Some("keep one per file: take out the `---` lines"),
        ),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            ("alias-bomb", "the aliases expand to too much".to_owned(), None)
        }
        Error::Budget { breach, .. } => ("too-large", budget(breach), None),
        Error::UnknownAnchor { .. } => {
            ("unknown-anchor", "the alias names no anchor above it".to_owned(), None)
        }
        Error::UnsupportedTag { tag, .. } => {
            ("tag", format!("the tag `{tag}` has no meaning here"), None)
        }
        Error::Eof { .. } => ("empty", "the file is empty".to_owned(), None),
        other => ("yaml", syntax(other), None),
    }
}

fn budget(breach: &BudgetBreach) -> String {
    match breach {
        BudgetBreach::Depth { .. } => format!("values are nested deeper than {MAX_DEPTH} levels"),
        BudgetBreach::Nodes { .. } => format!("the document holds more than {MAX_NODES} values"),
        BudgetBreach::Aliases { .. } | BudgetBreach::AliasAnchorRatio { .. } => {
            "the aliases expand to too much".to_owned()
        }
        _ => "the document is too large".to_owned(),
    }
}

/// The parser's sentence without its own account of the place.
fn syntax(error: &Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or("this is not YAML").trim_end_matches('.');
    let cut = first.find(" at line ").or_else(|| first.find(" (line ")).unwrap_or(first.len());
    first[..cut].trim().to_owned()
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
        assert_eq!(problem("a: !foo b"), (1, 9, "tag"));
        assert_eq!(problem("a: {{ x }}"), (1, 5, "bad-key"));
        assert_eq!(problem(&"[".repeat(5000)).2, "yaml");
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
    fn a_name_that_stands_twice_is_there_twice() {
        let Data::Map(entries) = tree("a: 1\na: 2\n").data else { panic!("a map") };
        assert_eq!(entries.len(), 2);
    }
}
