//! A flow file as it was read: everything with its place, nothing proven yet.

use super::inputs::declared::Input;
use super::plan::{Defaults, Limits, Retry, SecretSource};
use crate::base::node::{Key, Node};
use crate::base::span::{Source, Span};

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// A flow file as it was read.
#[derive(Debug)]
pub struct Flow {
    /// The text it came from.
    pub source: Source,
    /// The flow's name.
    pub name: Option<Placed<String>>,
    /// What the flow is for.
    pub description: Option<String>,
    /// What it may be given.
    pub inputs: Vec<Input>,
    /// Where its secrets come from.
    pub secrets: Vec<(Key, SecretSource)>,
    /// What holds for steps that don't say otherwise.
    pub defaults: Defaults,
    /// What it may move.
    pub limits: Limits,
    /// The steps.
    pub steps: Vec<FlowStep>,
    /// The steps for when one failed.
    pub on_failure: Vec<FlowStep>,
    /// The steps for the end.
    pub finally: Vec<FlowStep>,
    /// What it yields.
    pub outputs: Vec<(Key, Node)>,
}

/// A step as it was read.
#[derive(Debug)]
pub struct FlowStep {
    /// Where it stands.
    pub span: Span,
    /// The kind or the sub-flow.
    pub uses: Placed<String>,
    /// The id, if one is given.
    pub id: Option<Placed<String>>,
    /// What people call it.
    pub name: Option<String>,
    /// Its parameters.
    pub with: Vec<(Key, Node)>,
    /// Its condition.
    pub cond: Option<Node>,
    /// What it goes through.
    pub foreach: Option<FlowForeach>,
    /// What must be done first.
    pub needs: Vec<Placed<String>>,
    /// How long it may take.
    pub timeout_ms: Option<u64>,
    /// How it is repeated.
    pub retry: Option<Placed<Retry>>,
    /// What must hold of its reply.
    pub expect: Vec<Node>,
    /// Whether the flow goes on when it fails.
    pub continue_on_error: bool,
}

/// A `foreach` as it was read.
#[derive(Debug)]
pub struct FlowForeach {
    /// The list.
    pub list: Node,
    /// What a value is called.
    pub item: Option<Placed<String>>,
    /// What tells the turns apart.
    pub key: Option<Node>,
}
