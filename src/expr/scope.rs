//! What templates can see.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::base::ids::RunId;
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

/// Everything templates can read. Cheap to clone: a clone shares what it holds.
#[derive(Debug, Clone)]
pub struct Scope {}

impl Scope {
    /// A scope before the first step.
    pub fn new(_inputs: Map, _secrets: IndexMap<String, Secret>, _run: RunFacts) -> Self {
        todo!()
    }

    /// Makes a finished step's outputs visible as `steps.<id>`.
    pub fn set_step(&mut self, _id: &str, _outputs: impl Into<Arc<Value>>) {
        todo!()
    }

    /// Says that a step was skipped: to refer to it is an error that says so.
    pub fn mark_skipped(&mut self, _id: &str) {
        todo!()
    }

    /// The scope of one turn of a `foreach`: `name` is the item, `loop.index` counts from 1.
    pub fn with_item(&self, _name: &str, _item: Value, _index0: usize, _length: usize) -> Self {
        todo!()
    }

    /// The scope of a step's `expect`: its reply's body and its outputs.
    pub fn with_reply(&self, _response: Value, _outputs: Value) -> Self {
        todo!()
    }
}
