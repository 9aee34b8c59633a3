//! What templates can see.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use minijinja::Value as Jinja;
use minijinja::value::Object;

use super::engine_value::Absent;
use super::view::into_engine;
use crate::base::ids::RunId;
use crate::base::nearest::suggest;
use crate::base::secret::Secret;
use crate::base::value::{Map, Value};

/// What a template knows of its run, as `run`.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// The run's id.
    pub id: RunId,
    /// The key it was started with.
    pub key: Option<String>,
    /// The flow's name.
    pub flow: String,
    /// When it was started: the time of its first event.
    pub started_at: Timestamp,
}

/// The fields of `run`.
pub const RUN_FIELDS: &[&str] = &["id", "key", "flow", "started_at"];
/// The fields of `loop` in a `foreach`.
pub const LOOP_FIELDS: &[&str] = &["index", "index0", "first", "last", "length"];

impl From<RunFacts> for Value {
    fn from(run: RunFacts) -> Self {
        Value::Map(Map::from([
            ("id".to_owned(), Value::text(run.id.to_string())),
            ("key".to_owned(), run.key.map_or(Value::Null, Value::Text)),
            ("flow".to_owned(), Value::Text(run.flow)),
            ("started_at".to_owned(), Value::text(run.started_at.to_string())),
        ]))
    }
}

/// Everything templates can read. Cheap to clone: a clone shares what it holds.
#[derive(Debug, Clone)]
pub struct Scope(Arc<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    inputs: Arc<Value>,
    secrets: Arc<Value>,
    run: Arc<Value>,
    steps: IndexMap<String, StepState>,
    /// `item`, `loop`, `response`, `outputs`: few, and looked up first.
    locals: Vec<(String, Arc<Value>)>,
}

#[derive(Debug, Clone)]
enum StepState {
    Done(Arc<Value>),
    Skipped,
}

/// Why there is nothing at a path.
pub(super) struct Missing {
    pub message: String,
    pub help: Option<String>,
}

impl Missing {
    fn new(message: String, help: Option<String>) -> Self {
        Self { message, help }
    }
}

impl Scope {
    /// A scope before the first step.
    pub fn new(inputs: Map, secrets: IndexMap<String, Secret>, run: RunFacts) -> Self {
        let secrets = secrets.into_iter().map(|(name, secret)| (name, Value::Secret(secret)));
        Self(Arc::new(Inner {
            inputs: Arc::new(Value::Map(inputs)),
            secrets: Arc::new(Value::Map(secrets.collect())),
            run: Arc::new(run.into()),
            steps: IndexMap::new(),
            locals: Vec::new(),
        }))
    }

    /// Makes a finished step's outputs visible as `steps.<id>`.
    pub fn set_step(&mut self, id: &str, outputs: impl Into<Arc<Value>>) {
        Arc::make_mut(&mut self.0).steps.insert(id.to_owned(), StepState::Done(outputs.into()));
    }

    /// Says that a step was skipped: to refer to it is an error that says so.
    pub fn mark_skipped(&mut self, id: &str) {
        Arc::make_mut(&mut self.0).steps.insert(id.to_owned(), StepState::Skipped);
    }

    /// The scope of one turn of a `foreach`: `name` is the item, `loop.index` counts from 1.
    pub fn with_item(&self, name: &str, item: Value, index0: usize, length: usize) -> Self {
        let int = |n: usize| Value::int(i64::try_from(n).unwrap_or(i64::MAX));
        let turn = Value::Map(Map::from([
            ("index".to_owned(), int(index0 + 1)),
            ("index0".to_owned(), int(index0)),
            ("first".to_owned(), Value::Bool(index0 == 0)),
            ("last".to_owned(), Value::Bool(index0 + 1 == length)),
            ("length".to_owned(), int(length)),
        ]));
        self.with_locals([(name, item), ("loop", turn)])
    }

    /// The scope of a step's `expect`: its reply's body and its outputs.
    pub fn with_reply(&self, response: Value, outputs: Value) -> Self {
        self.with_locals([("response", response), ("outputs", outputs)])
    }

    /// The scope with more names at its root, before those that were there.
    pub fn with_locals<const N: usize>(&self, locals: [(&str, Value); N]) -> Self {
        let mut inner = Inner::clone(&self.0);
        for (name, value) in locals {
            inner.locals.retain(|(other, _)| other != name);
            inner.locals.push((name.to_owned(), Arc::new(value)));
        }
        Self(Arc::new(inner))
    }

    pub(super) fn engine(&self) -> Jinja {
        Jinja::from_dyn_object(Arc::clone(&self.0))
    }

    /// The value at a path.
    pub(super) fn find(&self, path: &[String]) -> Result<&Value, Missing> {
        let inner = &*self.0;
        let Some((root, rest)) = path.split_first() else {
            return Err(Missing::new("there is no name".to_owned(), None));
        };
        match (root.as_str(), rest.split_first()) {
            ("steps", Some((id, rest))) if inner.local("steps").is_none() => {
                walk(inner.step(id)?, rest, &["steps", id])
            }
            _ => walk(inner.root(root)?, rest, &[root]),
        }
    }
}

impl Inner {
    fn local(&self, name: &str) -> Option<&Arc<Value>> {
        self.locals.iter().find(|(local, _)| local == name).map(|(_, value)| value)
    }

    fn root_value(&self, name: &str) -> Option<&Arc<Value>> {
        self.local(name).or(match name {
            "inputs" => Some(&self.inputs),
            "secrets" => Some(&self.secrets),
            "run" => Some(&self.run),
            _ => None,
        })
    }

    fn root(&self, name: &str) -> Result<&Value, Missing> {
        self.root_value(name).map(|value| &**value).ok_or_else(|| {
            let known = ["inputs", "secrets", "steps", "run"]
                .into_iter()
                .chain(self.locals.iter().map(|(local, _)| local.as_str()));
            Missing::new(format!("there is no `{name}` here"), suggest(name, known))
        })
    }

    fn step(&self, id: &str) -> Result<&Value, Missing> {
        match self.steps.get(id) {
            Some(StepState::Done(outputs)) => Ok(outputs),
            Some(StepState::Skipped) => Err(Missing::new(
                format!("the step `{id}` was skipped, so it has no outputs"),
                Some(format!(
                    "give this step the same `if`, or a value for then: {{{{ steps.{id}.… | default(…) }}}}"
                )),
            )),
            None => Err(Missing::new(
                format!("the step `{id}` has no outputs, because it has not run"),
                suggest(id, self.steps.keys().map(String::as_str)),
            )),
        }
    }
}

/// The value at a path below one; `start` is what that one is called.
fn walk<'a>(start: &'a Value, path: &[String], name: &[&str]) -> Result<&'a Value, Missing> {
    let mut value = start;
    for (depth, part) in path.iter().enumerate() {
        value = child(value, part)
            .ok_or_else(|| missing(value, part, &so_far(start, &path[..depth], name)))?;
    }
    Ok(value)
}

/// The field of a map, or the item of a list.
fn child<'a>(value: &'a Value, part: &str) -> Option<&'a Value> {
    match value {
        Value::Map(map) => map.get(part),
        Value::List(items) => part.parse::<usize>().ok().and_then(|at| items.get(at)),
        _ => None,
    }
}

/// A path as templates write it, as far as it leads somewhere.
fn so_far(start: &Value, path: &[String], name: &[&str]) -> String {
    let mut text = name.join(".");
    let mut value = Some(start);
    for part in path {
        match value.and_then(Value::as_list) {
            Some(_) => text.extend(["[", part.as_str(), "]"]),
            None => text.extend([".", part.as_str()]),
        }
        value = value.and_then(|value| child(value, part));
    }
    text
}

fn missing(value: &Value, name: &str, so_far: &str) -> Missing {
    match value {
        Value::Map(map) => Missing::new(
            format!("`{so_far}` has no `{name}`"),
            suggest(name, map.keys().map(String::as_str)),
        ),
        Value::List(items) => Missing::new(
            format!("`{so_far}` is a list of {} values: it has no `{name}`", items.len()),
            None,
        ),
        other => Missing::new(format!("`{so_far}` is {}: it has no `{name}`", other.sort()), None),
    }
}

/// The root of what the engine looks names up in.
impl Object for Inner {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        match self.root_value(key) {
            Some(value) => Some(into_engine(value)),
            None if key == "steps" => Some(Jinja::from_object(Steps(Arc::clone(self)))),
            None => None,
        }
    }
}

/// `steps`: any id can be asked for, and what has no outputs is absent, so that `default` works on it.
#[derive(Debug)]
struct Steps(Arc<Inner>);

impl Object for Steps {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        Some(match self.0.steps.get(key) {
            Some(StepState::Done(outputs)) => into_engine(outputs),
            Some(StepState::Skipped) | None => Jinja::from_object(Absent),
        })
    }
}
