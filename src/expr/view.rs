//! Our values as the template engine sees them, and back.
//!
//! Lists and objects are looked into where they are, without a copy. A secret goes in as its text, and
//! that it was read is noted: whatever comes out of that evaluation is a secret too.

use super::engine_value;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, Value as Jinja};

use super::engine_value::{Exact, fault, number};
use crate::base::secret::Secret;
use crate::base::value::{Map, Number, Value};

/// What an evaluation touched.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// It read a secret.
    pub secret: bool,
    /// It read a secret whose value is not there.
    pub withheld: bool,
}

thread_local! {
    static TOUCHED: RefCell<Touched> = RefCell::default();
}

/// Runs an evaluation and says what it touched.
pub(super) fn watch<T>(evaluate: impl FnOnce() -> T) -> (T, Touched) {
    TOUCHED.take();
    let result = evaluate();
    (result, TOUCHED.take())
}

fn touch(secret: &Secret) -> Jinja {
    TOUCHED.with_borrow_mut(|touched| {
        touched.secret = true;
        touched.withheld |= secret.expose().is_none();
    });
    Jinja::from(secret.expose().unwrap_or(""))
}

/// A list or an object inside a value of ours.
#[derive(Debug)]
struct View {
    root: Arc<Value>,
    path: Vec<usize>,
}

impl View {
    fn here(&self) -> &Value {
        self.path.iter().fold(&*self.root, |value, at| child(value, *at).unwrap_or(value))
    }

    fn at(&self, index: usize) -> Option<Jinja> {
        Some(match child(self.here(), index)? {
            Value::List(_) | Value::Map(_) => {
                let path = self.path.iter().copied().chain([index]).collect();
                Jinja::from_object(Self { root: Arc::clone(&self.root), path })
            }
            scalar => into_scalar(scalar),
        })
    }
}

fn child(value: &Value, index: usize) -> Option<&Value> {
    match value {
        Value::List(items) => items.get(index),
        Value::Map(map) => map.get_index(index).map(|(_, value)| value),
        _ => None,
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.here() {
            Value::List(_) => ObjectRepr::Seq,
            _ => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        match self.here() {
            Value::List(_) => self.at(key.as_usize()?),
            _ => self.get_value_by_str(key.as_str()?),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        self.at(self.here().as_map()?.get_index_of(key)?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.here() {
            Value::List(items) => Enumerator::Seq(items.len()),
            Value::Map(map) => {
                Enumerator::Values(map.keys().map(|key| Jinja::from(key.as_str())).collect())
            }
            _ => Enumerator::Empty,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        match self.here() {
            Value::List(items) => Some(items.len()),
            Value::Map(map) => Some(map.len()),
            _ => Some(0),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&json(self.here()))
    }
}

/// A value as the engine sees it.
pub(super) fn into_engine(value: &Arc<Value>) -> Jinja {
    match &**value {
        Value::List(_) | Value::Map(_) => {
            Jinja::from_object(View { root: Arc::clone(value), path: Vec::new() })
        }
        scalar => into_scalar(scalar),
    }
}

fn into_scalar(value: &Value) -> Jinja {
    match value {
        Value::Bool(b) => Jinja::from(*b),
        Value::Number(n) => number(n),
        Value::Text(text) => Jinja::from(text.as_str()),
        Value::Secret(secret) => touch(secret),
        Value::Null | Value::List(_) | Value::Map(_) => Jinja::from(()),
    }
}

/// A value of the engine as ours.
pub(super) fn from_engine(value: &Jinja) -> Result<Value, Error> {
    if let Some(view) = value.downcast_object_ref::<View>() {
        return Ok(view.here().clone());
    }
    if let Some(exact) = value.downcast_object_ref::<Exact>() {
        return Ok(Value::Number(exact.0.clone()));
    }
    Ok(match engine_value::there(value)?.kind() {
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number if value.is_integer() => {
            Value::Number(Number::parse(&value.to_string()).ok_or_else(not_exact)?)
        }
        ValueKind::Number => return Err(not_exact()),
        ValueKind::String => Value::text(value.as_str().unwrap_or("")),
        ValueKind::Seq | ValueKind::Iterable => {
            Value::List(value.try_iter()?.map(|item| from_engine(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => {
            let mut map = Map::new();
            for key in value.try_iter()? {
                let name = key
                    .as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| fault("the names in an object must be texts"))?;
                map.insert(name, from_engine(&value.get_item(&key)?)?);
            }
            Value::Map(map)
        }
        _ => return Err(fault("this is no value that a flow can hold")),
    })
}

fn not_exact() -> Error {
    fault("the number is not exact")
}

/// What sort of value this is, in words for people.
pub(super) fn sort(value: &Jinja) -> &'static str {
    if value.downcast_object_ref::<Exact>().is_some() {
        return "a number";
    }
    match value.kind() {
        ValueKind::None => "null",
        ValueKind::Bool => "a boolean",
        ValueKind::Number => "a number",
        ValueKind::String => "a text",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "an object",
        _ => "nothing",
    }
}

/// JSON text with the secrets in it, their reading noted.
pub(super) fn json(value: &Value) -> String {
    note_secrets(value);
    value.reveal().unwrap_or_default()
}

fn note_secrets(value: &Value) {
    match value {
        Value::Secret(secret) => {
            touch(secret);
        }
        Value::List(items) => items.iter().for_each(note_secrets),
        Value::Map(map) => map.values().for_each(note_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

/// The text that a value becomes inside other text.
pub(super) fn text(value: &Jinja) -> Result<String, Error> {
    match engine_value::there(value)?.kind() {
        ValueKind::None => Err(fault("null has no text")),
        ValueKind::String => Ok(value.as_str().unwrap_or("").to_owned()),
        _ => Ok(match from_engine(value)? {
            Value::Number(n) => n.as_str().to_owned(),
            Value::Text(text) => text,
            other => json(&other),
        }),
    }
}

/// A value that came of a secret: every text, number and yes or no in it is one.
pub(super) fn taint(value: Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(b) => Value::Secret(Secret::new(b.to_string())),
        Value::Number(n) => Value::Secret(Secret::new(n.as_str())),
        Value::Text(text) => Value::Secret(Secret::new(text)),
        Value::Secret(secret) => Value::Secret(secret),
        Value::List(items) => Value::List(items.into_iter().map(taint).collect()),
        Value::Map(map) => Value::Map(map.into_iter().map(|(k, v)| (k, taint(v))).collect()),
    }
}
