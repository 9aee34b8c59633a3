//! Requests as a test names them: `execute_collection`, or `POST /v1/executions/collection`.

use super::request_seen::Seen;
use crate::api::wire::Method;
use crate::base::nearest::suggest;
use crate::base::span::Span;
use crate::flow::text::reader::Reader;
use crate::sandbox::{OPERATIONS, operation};

/// Requests of one sort.
#[derive(Debug, Clone)]
pub struct Wire {
    /// As it is written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// Every request for an operation.
    Operation { name: &'static str, method: Method, path: &'static str },
    /// Every request whose path begins so.
    Beginning(Method, String),
    /// Requests with just this path.
    Path(Method, String),
}

impl Wire {
    /// Reads a name of requests.
    pub(crate) fn read(reader: &mut Reader<'_>, text: &str, span: Span) -> Option<Self> {
        let what = match text.split_once(char::is_whitespace) {
            None => by_name(reader, text, span)?,
            Some((method, path)) => by_path(reader, method, path.trim(), span)?,
        };
        Some(Self { text: text.to_owned(), span, what })
    }

    /// Whether a request is of this sort.
    pub(crate) fn is(&self, seen: &Seen) -> bool {
        match &self.what {
            What::Operation { name, .. } => seen.operation.is_some_and(|(known, _)| known == *name),
            What::Beginning(method, path) => seen.method == *method && seen.path.starts_with(path),
            What::Path(method, path) => seen.method == *method && seen.path == *path,
        }
    }

    /// The sort of request as [`Seen::shown`] writes one.
    pub(crate) fn shown(&self) -> String {
        match &self.what {
            What::Operation { method, path, .. } => format!("{method} {path}"),
            What::Beginning(method, path) => format!("{method} {path}*"),
            What::Path(method, path) => format!("{method} {path}"),
        }
    }
}

fn by_name(reader: &mut Reader<'_>, name: &str, span: Span) -> Option<What> {
    if let Some(known) = OPERATIONS.iter().find(|operation| operation.name == name) {
        return Some(What::Operation { name: known.name, method: known.method, path: known.path });
    }
    let near = suggest(name, OPERATIONS.iter().map(|operation| operation.name));
    reader.error("unknown-operation", span, format!("there is no operation `{name}`")).help = near
        .or(Some("name an operation, such as execute_collection, or method and path".to_owned()));
    None
}

fn by_path(reader: &mut Reader<'_>, method: &str, path: &str, span: Span) -> Option<What> {
    let method: Method = match method.parse() {
        Ok(method) => method,
        Err(message) => {
            reader.error("type", span, message);
            return None;
        }
    };
    if let Some(beginning) = path.strip_suffix('*') {
        return Some(What::Beginning(method, beginning.to_owned()));
    }
    let whole = OPERATIONS.iter().find(|known| known.method == method && known.path == path);
    if let Some(known) = whole {
        return Some(What::Operation { name: known.name, method, path: known.path });
    }
    if operation(method, path).is_some() {
        return Some(What::Path(method, path.to_owned()));
    }
    let paths = OPERATIONS.iter().filter(|known| known.method == method).map(|known| known.path);
    let near = suggest(path, paths).filter(|help| help.starts_with("did"));
    let message = format!("the API has no operation {method} {path}");
    reader.error("unknown-operation", span, message).help = near
        .or(Some("open parts of a path stand in braces, as in the API's documentation".to_owned()));
    None
}
