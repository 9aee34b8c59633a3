//! A checked flow. A [`Plan`] can't exist with errors in it.

use std::ops::Range;
use std::sync::Arc;

use super::inputs::declared::Input;
use crate::base::money::Money;
use crate::base::secret::Secret;
use crate::base::span::{Source, Span};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};
use crate::expr::{Condition, Mismatch, Scope, Template, join_path};
use crate::steps::step::{Class, Params, Step};

/// A checked flow: what a run executes.
#[derive(Debug)]
pub struct Plan {
    /// The flow's name.
    pub name: String,
    /// What the flow is for.
    pub description: Option<String>,
    /// The text it came from.
    pub source: Source,
    /// SHA-256 of the text (and of the sub-flows' texts), hexadecimal.
    pub digest: String,
    /// What it may be given.
    pub inputs: Vec<Input>,
    /// Where its secrets come from, by name.
    pub secrets: Vec<(String, SecretSource)>,
    /// What holds for steps that don't say otherwise.
    pub defaults: Defaults,
    /// What it may move.
    pub limits: Limits,
    /// The steps, in the order written.
    pub steps: Vec<PlanStep>,
    /// The steps that run when one of `steps` failed.
    pub on_failure: Vec<PlanStep>,
    /// The steps that run at the end, whatever happened.
    pub finally: Vec<PlanStep>,
    /// What it yields, by name.
    pub outputs: Vec<(String, Template)>,
    /// The type of each of these, as far as it is known.
    pub output_types: Vec<(String, Ty)>,
    /// Whether a step of it, or of a sub-flow, moves money.
    pub moves_money: bool,
    /// Whether a `token` step of it, or of a sub-flow, names credentials of its own.
    pub names_credentials: bool,
    /// How many steps it has, those of sub-flows counted wherever they are used.
    pub size: usize,
    /// How many flows stand in each other in it, itself counted.
    pub depth: usize,
    /// Whether a step declares `needs`: independent steps then run together.
    pub graph: bool,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file's content, without its last newline.
    File(String),
    /// What a program prints, without its last newline.
    Command(Vec<String>),
}

impl Plan {
    /// Every step: those of `steps`, then of `on_failure`, then of `finally`.
    pub fn all(&self) -> impl Iterator<Item = &PlanStep> {
        self.steps.iter().chain(&self.on_failure).chain(&self.finally)
    }

    /// The step at a place in [`Plan::all`].
    pub fn step(&self, index: usize) -> Option<&PlanStep> {
        self.all().nth(index)
    }

    /// The flow, and every sub-flow wherever it is used, with what stands before the names of what is handed in
    /// to it from outside: nothing, `customer/`, `month/pay/`.
    pub fn each_flow<'a>(&'a self, visit: &mut dyn FnMut(&str, &'a Plan)) {
        self.each_below("", visit);
    }

    /// Whether requests of a run may be under way together: the flow, or one inside it, is a graph.
    pub fn overlaps(&self) -> bool {
        let mut any = false;
        self.each_flow(&mut |_, flow| any |= flow.graph);
        any
    }

    fn each_below<'a>(&'a self, name: &str, visit: &mut dyn FnMut(&str, &'a Plan)) {
        visit(name, self);
        for step in self.all() {
            if let Uses::Flow { plan, .. } = &step.uses {
                plan.each_below(&format!("{name}{}/", step.id), visit);
            }
        }
    }

    /// The step of that name, here or in a sub-flow: `pay/execute`, in a turn `pay[2]/execute`.
    pub fn find(&self, name: &str) -> Option<&PlanStep> {
        let name = turnless(name);
        let (first, rest) = match name.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (name.as_str(), None),
        };
        let step = self.all().find(|step| step.id == first)?;
        match (rest, &step.uses) {
            (None, _) => Some(step),
            (Some(rest), Uses::Flow { plan, .. }) => plan.find(rest),
            (Some(_), Uses::Kind(_)) => None,
        }
    }

    /// The names of all steps, those of sub-flows with their paths, without turns.
    pub fn step_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.each_flow(&mut |within, flow| {
            names.extend(flow.all().map(|step| format!("{within}{}", step.id)));
        });
        names
    }

    /// What a run of the flow may be given: its inputs, and those of sub-flows that come from the environment,
    /// under the name of the step that uses the sub-flow, `pay/passcode`.
    pub fn all_inputs(&self) -> Vec<Input> {
        let mut all = self.inputs.clone();
        self.inputs_below("", &mut all);
        all
    }

    fn inputs_below(&self, name: &str, all: &mut Vec<Input>) {
        for step in self.all() {
            let Uses::Flow { plan, .. } = &step.uses else { continue };
            let name = format!("{name}{}/", step.id);
            let given = |input: &&Input| step.with.iter().any(|(other, _)| *other == input.name);
            for input in plan.inputs.iter().filter(|one| one.env.is_some() && !given(one)) {
                all.push(Input { name: format!("{name}{}", input.name), ..input.clone() });
            }
            plan.inputs_below(&name, all);
        }
    }

    /// Where each section's steps are in [`Plan::all`].
    pub fn sections(&self) -> [Range<usize>; 3] {
        let (main, failed) = (self.steps.len(), self.steps.len() + self.on_failure.len());
        [0..main, main..failed, failed..failed + self.finally.len()]
    }
}

/// A step's name without turns: `pay[2]/execute` is `pay/execute`.
pub fn turnless(name: &str) -> String {
    let part = |part: &str| part.split('[').next().unwrap_or(part).to_owned();
    name.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What holds for steps that don't say otherwise.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Defaults {
    /// How long one step may take.
    pub timeout_ms: Option<u64>,
    /// How a step that may be repeated is repeated.
    pub retry: Option<Retry>,
}

/// What a flow may move.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// The most one run may move, per currency.
    pub per_run: Vec<Money>,
}

/// How a step that may be repeated is repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// How often it is tried at most, the first time included.
    pub attempts: u32,
    /// How long to wait before the second attempt.
    pub interval_ms: u64,
    /// The longest wait between two attempts.
    pub max_interval_ms: u64,
}

/// A step kind. Derefs to [`Step`].
#[derive(Clone, Copy)]
pub struct Kind(pub &'static dyn Step);

impl std::ops::Deref for Kind {
    type Target = dyn Step;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

/// What a step runs.
#[derive(Debug, Clone)]
pub enum Uses {
    /// A step kind.
    Kind(Kind),
    /// Another flow, `uses: ./other.yaml`.
    Flow {
        /// The path as written.
        path: String,
        /// Its plan.
        plan: Arc<Plan>,
    },
}

/// The `foreach` of a step.
#[derive(Debug, Clone)]
pub struct Foreach {
    /// The list, a value for each turn.
    pub list: Template,
    /// The name of the item in templates.
    pub item: String,
    /// What tells the turns of a money step apart.
    pub key: Option<Template>,
}

/// One step of a plan.
#[derive(Debug, Clone)]
pub struct PlanStep {
    /// Its id: unique in the flow.
    pub id: String,
    /// What it runs.
    pub uses: Uses,
    /// What people call it.
    pub name: Option<String>,
    /// Its parameters as written, without the defaults.
    pub with: Vec<(String, Template)>,
    /// Runs only if this holds.
    pub cond: Option<Condition>,
    /// Runs once per item of a list.
    pub foreach: Option<Foreach>,
    /// The ids of the steps that must be done first, in a graph.
    pub needs: Vec<String>,
    /// How long it may take.
    pub timeout_ms: Option<u64>,
    /// How it is repeated. Never there on a money step.
    pub retry: Option<Retry>,
    /// What must hold of its reply.
    pub expect: Vec<Condition>,
    /// Whether the flow goes on when it fails.
    pub continue_on_error: bool,
    /// Where it stands.
    pub span: Span,
}

/// Why a step's parameters can't be made in a scope.
#[derive(Debug, Clone, PartialEq)]
pub struct StepInputError {
    /// The parameter, with a path into it: `items[0].qty`.
    pub field: String,
    /// Where it stands.
    pub span: Span,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl PlanStep {
    /// What it uses, as written.
    pub fn uses(&self) -> &str {
        match &self.uses {
            Uses::Kind(kind) => kind.name(),
            Uses::Flow { path, .. } => path,
        }
    }

    /// How many steps it stands for: itself, and those of the flow it uses.
    pub(super) fn size(&self) -> usize {
        match &self.uses {
            Uses::Kind(_) => 1,
            Uses::Flow { plan, .. } => plan.size.saturating_add(1),
        }
    }

    pub(super) fn depth(&self) -> usize {
        match &self.uses {
            Uses::Kind(_) => 0,
            Uses::Flow { plan, .. } => plan.depth,
        }
    }

    /// Whether it moves money, or a step of the flow it uses does. No template decides that.
    pub fn moves_money(&self) -> bool {
        match &self.uses {
            Uses::Kind(kind) => kind.class(&Params::default()) == Class::Money,
            Uses::Flow { plan, .. } => plan.moves_money,
        }
    }

    /// Whether it is a `token` step with credentials of its own, or a step of the flow it uses is.
    pub(super) fn names_credentials(&self) -> bool {
        match &self.uses {
            Uses::Kind(kind) => {
                kind.name() == "token" && self.with.iter().any(|(name, _)| name == "client_id")
            }
            Uses::Flow { plan, .. } => plan.names_credentials,
        }
    }

    /// The step kind, unless the step runs another flow.
    pub fn kind(&self) -> Option<Kind> {
        match &self.uses {
            Uses::Kind(kind) => Some(*kind),
            Uses::Flow { .. } => None,
        }
    }

    /// The parameters in a scope: evaluated, completed by the defaults, accepted by their types. All problems at once.
    pub fn params(&self, scope: &Scope) -> Result<Params, Vec<StepInputError>> {
        let mut given = Map::new();
        let mut problems = Vec::new();
        for (name, template) in &self.with {
            match template.eval(scope) {
                Ok(value) => {
                    given.insert(name.clone(), value);
                }
                Err(error) => problems.push(StepInputError {
                    field: name.clone(),
                    span: error.span,
                    message: error.message,
                    help: error.help,
                }),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let accepted = match &self.uses {
            Uses::Kind(kind) => self.accept_fields(kind.params(), given),
            Uses::Flow { plan, .. } => self.accept_inputs(&plan.inputs, given),
        };
        accepted.map(Params)
    }

    fn accept_fields(&self, fields: &[Field], mut given: Map) -> Result<Map, Vec<StepInputError>> {
        // a kind without declared parameters takes any
        if fields.is_empty() {
            return Ok(given);
        }
        let mut accepted = Map::new();
        let mut problems = Vec::new();
        for field in fields {
            match field.take(given.shift_remove(field.name)) {
                Ok(value) => accepted.extend(value.map(|value| (field.name.to_owned(), value))),
                Err(mismatches) => problems.extend(self.mismatches(field.name, mismatches)),
            }
        }
        if problems.is_empty() { Ok(accepted) } else { Err(problems) }
    }

    fn accept_inputs(&self, inputs: &[Input], mut given: Map) -> Result<Map, Vec<StepInputError>> {
        let mut accepted = Map::new();
        let mut problems = Vec::new();
        for input in inputs {
            // what is not given is the sub-flow's to complete
            let Some(value) = given.shift_remove(&input.name).filter(|v| *v != Value::Null) else {
                continue;
            };
            match input.accept(value) {
                Ok(value) => {
                    accepted.insert(input.name.clone(), value);
                }
                Err(mismatches) => problems.extend(self.mismatches(&input.name, mismatches)),
            }
        }
        if problems.is_empty() { Ok(accepted) } else { Err(problems) }
    }

    /// The inputs of the flow it uses, each for itself: what can be made of them, with a withheld secret for what
    /// can't; and why not. A value that today's rules refuse was accepted when that flow began, and stands.
    pub fn inputs_apart(&self, inputs: &[Input], scope: &Scope) -> (Map, Vec<StepInputError>) {
        let mut made = Map::new();
        let mut lacking = Vec::new();
        for input in inputs {
            let Some((_, template)) = self.with.iter().find(|(name, _)| *name == input.name) else {
                continue;
            };
            let value = match template.eval(scope) {
                Ok(Value::Null) => continue,
                Ok(value) => match input.accept(value.clone()) {
                    Ok(accepted) => accepted,
                    Err(_) if !input.secret && !value.holds_secret() => value,
                    Err(mismatches) => {
                        lacking.extend(self.mismatches(&input.name, mismatches));
                        Value::Secret(Secret::withheld())
                    }
                },
                Err(error) => {
                    lacking.push(StepInputError {
                        field: input.name.clone(),
                        span: error.span,
                        message: error.message,
                        help: error.help,
                    });
                    Value::Secret(Secret::withheld())
                }
            };
            made.insert(input.name.clone(), value);
        }
        (made, lacking)
    }

    fn mismatches(&self, name: &str, mismatches: Vec<Mismatch>) -> Vec<StepInputError> {
        let template = self.with.iter().find(|(given, _)| given == name);
        let span = template.map_or(self.span, |(_, template)| template.span());
        let error = |mismatch: Mismatch| {
            let field = join_path(name, &mismatch.path);
            StepInputError { field, span, message: mismatch.message, help: mismatch.help }
        };
        mismatches.into_iter().map(error).collect()
    }
}
