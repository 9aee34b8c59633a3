//! `request`: any other path of the API, by hand.

use super::step::{Call, Class, Params, Progress, Step, Verdict};
use crate::api::wire::Method;
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Request;

const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];
const CLASSES: &[&str] = &["read", "idempotent", "harmless", "create"];

impl Step for Request {
    fn name(&self) -> &'static str {
        "request"
    }

    fn summary(&self) -> &'static str {
        "Sends one request to a path no other kind covers; what is not a GET must say what twice would mean."
    }

    fn example(&self) -> &'static str {
        "- uses: request\n  with: { path: /v1/fees/tiers }\n"
    }

    fn class(&self, params: &Params) -> Class {
        match (params.text("method"), params.text("class")) {
            ("GET" | "", _) | (_, "read") => Class::Read,
            (_, "idempotent") => Class::Idempotent,
            (_, "harmless") => Class::Harmless,
            _ => Class::Create,
        }
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("path", Ty::Text, "The path; it starts with /v1/."),
                Field::default(
                    "method",
                    Ty::Enum { words: METHODS, open: false },
                    "GET",
                    "The HTTP method.",
                ),
                Field::optional("query", Ty::Free, "Query parameters by name."),
                Field::optional("body", Ty::Any, "The JSON body."),
                Field::default(
                    "allow_missing",
                    Ty::Boolean,
                    "false",
                    "For a GET: whether 404 is an answer too; then `found` is false and `body` null.",
                ),
                Field::optional(
                    "class",
                    Ty::Enum { words: CLASSES, open: false },
                    "What a second sending means, needed unless the method is GET: `read` and `idempotent` change \
                     nothing more, `harmless` makes a spare thing, `create` makes two (so a lost answer ends `unclear`).",
                ),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::optional(
                    "body",
                    Ty::Any,
                    "The whole reply; an object's fields are outputs too.",
                ),
                Field::required("found", Ty::Boolean, "Whether there was anything at the path."),
                Field::required("path", Ty::Text, "The path that was asked for."),
            ]
        }
    }

    fn open_outputs(&self) -> bool {
        true
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let path = params.text("path");
        if !path.starts_with("/v1/") || path.contains(['?', '#', ' ', '\\']) || path.contains("..")
        {
            return Err(format!(
                "`{path}` is not a path such as /v1/fees/tiers; a query goes under `query`"
            ));
        }
        if path.starts_with("/v1/executions") {
            return Err("`request` never moves money: use `execute`".to_owned());
        }
        let method: Method = match params.text("method") {
            "" => Method::Get,
            text => text.parse()?,
        };
        if method != Method::Get && params.get("class").is_none() {
            return Err(format!(
                "a {method} must state its `class`: read, idempotent, harmless or create"
            ));
        }
        let query = match params.get("query").and_then(Value::as_map) {
            Some(map) => map.iter().map(pair).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        Ok(Call { method, path: path.to_owned(), query, body: params.get("body").cloned() })
    }

    fn read(&self, params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        Verdict::Done(outputs(params, Some(body)))
    }

    fn missing(&self, params: &Params, _progress: &Progress<'_>) -> Option<Verdict> {
        let asks = matches!(params.text("method"), "GET" | "");
        let fine = asks && params.get("allow_missing") == Some(&Value::Bool(true));
        fine.then(|| Verdict::Done(outputs(params, None)))
    }
}

fn outputs(params: &Params, body: Option<&Value>) -> Map {
    let mut outputs: Map = body.and_then(Value::as_map).cloned().unwrap_or_default();
    outputs.insert("body".to_owned(), body.cloned().unwrap_or_default());
    outputs.insert("found".to_owned(), Value::Bool(body.is_some()));
    outputs.insert("path".to_owned(), Value::text(params.text("path")));
    outputs
}

fn pair((name, value): (&String, &Value)) -> Result<(String, String), String> {
    match value {
        Value::Text(text) => Ok((name.clone(), text.clone())),
        Value::Number(n) => Ok((name.clone(), n.to_string())),
        Value::Bool(b) => Ok((name.clone(), b.to_string())),
        other => Err(format!("the query's `{name}` is {}, not a text", other.sort())),
    }
}
