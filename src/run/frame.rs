//! One flow of a run under way: the run's own, or one that a step uses. Frames stand in each other as the
//! flows do, and a step's name is its path through them: `customer/party`, in a turn `pay[2]/execute`.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::clocks::When;
use super::event::{Event, RunStarted};
use super::history::{BadHistory, Outside};
use super::items::{self, Item};
use super::outcome::{Failure, StepStatus};
use super::step_state::StepState;
use crate::base::ids::{RunId, Seed};
use crate::base::key::Key;
use crate::base::money::Money;
use crate::base::secret::Secret;
use crate::base::value::{Map, Value};
use crate::expr::{RunFacts, Scope};
use crate::flow::plan::{Plan, PlanStep, StepInputError, Uses};
use crate::steps::step::Params;

/// A flow under way.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Its plan.
    pub plan: Arc<Plan>,
    /// What its templates can see.
    pub scope: Scope,
    /// Its steps, in the order of the plan.
    pub steps: Vec<StepState>,
    /// What it set out to move so far, the flows in it included.
    pub moved: Vec<Money>,
    /// What the names of its steps begin with: nothing, `customer/`, `pay[2]/`.
    path: String,
    /// The same without turns: what is handed in from outside is the same in each.
    name: String,
    /// What the marks of its steps begin with.
    mark: String,
    /// Its own randomness: no two frames of a run share any.
    seed: Seed,
    /// What of its inputs can't be made again, though it has begun: only a history that is read is like that.
    lacking: Vec<StepInputError>,
    shared: Arc<Shared>,
}

/// What all frames of a run share.
#[derive(Debug)]
struct Shared {
    facts: RunFacts,
    outside: Outside,
}

/// A step of a run, in the flow it stands in.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The flow under way.
    pub frame: &'a Frame,
    /// The step as planned.
    pub plan: &'a PlanStep,
    /// The step as it stands.
    pub step: &'a StepState,
}

impl At<'_> {
    /// The step's name in the run.
    pub fn name(&self) -> String {
        self.frame.name_of(self.plan)
    }
}

impl Frame {
    /// The run's own flow, before anything happened.
    pub(super) fn root(
        run: RunId,
        plan: Arc<Plan>,
        started: &RunStarted,
        at: Timestamp,
        outside: Outside,
    ) -> Self {
        let facts = RunFacts {
            id: run,
            key: started.key.as_ref().map(Key::to_string),
            flow: started.flow.clone(),
            started_at: at,
        };
        let mut all = started.inputs.clone();
        all.extend(outside.inputs.clone());
        let own = |name: &String| !name.contains('/');
        let inputs = all.iter().filter(|(name, _)| own(name));
        let inputs = inputs.map(|(name, value)| (name.clone(), value.clone())).collect();
        let shared = Shared { facts, outside: Outside { inputs: all, ..outside } };
        let frame = Names {
            path: String::new(),
            name: String::new(),
            mark: format!("df-{}-", run.0.simple()),
            seed: started.seed,
        };
        Self::new(plan, inputs, frame, Arc::new(shared))
    }

    fn new(plan: Arc<Plan>, inputs: Map, names: Names, shared: Arc<Shared>) -> Self {
        let Names { path, name, mark, seed } = names;
        let secrets = plan.secrets.iter().map(|(own, _)| {
            let secret = shared.outside.secrets.get(&format!("{name}{own}")).cloned();
            (own.clone(), secret.unwrap_or_else(Secret::withheld))
        });
        let scope = Scope::new(inputs, secrets.collect(), shared.facts.clone());
        let steps = plan.all().map(|_| StepState::new()).collect();
        let (moved, lacking) = (Vec::new(), Vec::new());
        Self { plan, scope, steps, moved, path, name, mark, seed, lacking, shared }
    }

    /// A step's name in the run.
    pub fn name_of(&self, plan: &PlanStep) -> String {
        format!("{}{}", self.path, plan.id)
    }

    /// Where a step stands in the plan.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.plan.all().position(|step| step.id == id)
    }

    /// Its own randomness.
    pub(super) fn seed(&self) -> Seed {
        self.seed
    }

    /// The one reference of a money step's intent, at every attempt. Of several turns, each has its own.
    pub(super) fn reference_id(&self, plan: &PlanStep, item: Option<&Item>) -> Uuid {
        self.derive("execution", plan, item.map(|item| item.key.as_str()))
    }

    fn derive(&self, what: &str, plan: &PlanStep, key: Option<&str>) -> Uuid {
        match key {
            Some(key) => self.seed.derive(&[what, &plan.id, key]),
            None => self.seed.derive(&[what, &plan.id]),
        }
    }

    /// A reference that only this step has, in the turn it is at: documents carry it.
    pub(super) fn mark_of(&self, index: usize, plan: &PlanStep) -> String {
        let taken = self.steps.get(index).map_or(0, |step| step.turns.len());
        let turn = plan.foreach.as_ref().map_or(String::new(), |_| format!("-{}", taken + 1));
        format!("{}{}{turn}", self.mark, plan.id)
    }

    /// What a step that runs once per item runs over.
    pub fn items(&self, index: usize) -> Option<Arc<Result<Vec<Item>, StepInputError>>> {
        let step = self.steps.get(index)?;
        let foreach = self.plan.step(index)?.foreach.as_ref()?;
        Some(step.items.get_or_init(|| Arc::new(items::of(foreach, &self.scope))).clone())
    }

    /// The item of the turn a step is at.
    pub(super) fn item(&self, index: usize) -> Option<Item> {
        let items = self.items(index)?;
        items.as_ref().as_ref().ok()?.get(self.steps.get(index)?.turns.len()).cloned()
    }

    /// What templates of a step see: in a turn, its item too.
    pub fn scope_of(&self, index: usize) -> Scope {
        self.item(index).map_or_else(|| self.scope.clone(), |item| item.scope)
    }

    /// A step's parameters, made once.
    pub fn params(&self, index: usize) -> Option<Arc<Result<Params, Vec<StepInputError>>>> {
        let step = self.steps.get(index)?;
        let plan = self.plan.step(index)?;
        Some(step.params.get_or_init(|| Arc::new(plan.params(&self.scope_of(index)))).clone())
    }

    /// The same for whoever looks ahead: a step's parameters are made for good only when its time has come.
    pub(super) fn peek(&self, index: usize) -> Option<Params> {
        match self.steps.get(index)?.params.get() {
            Some(made) => made.as_ref().as_ref().ok().cloned(),
            None => self.plan.step(index)?.params(&self.scope_of(index)).ok(),
        }
    }

    /// The flow that a step uses, in the turn the step is at; or why it can't begin.
    pub(super) fn child(&self, index: usize) -> Option<Result<&Self, &Vec<StepInputError>>> {
        let plan = self.plan.step(index)?;
        let Uses::Flow { plan: inner, .. } = &plan.uses else { return None };
        let step = self.steps.get(index)?;
        let child = step.child.get_or_init(|| self.enter(index, plan, inner).map(Box::new));
        Some(child.as_ref().map(Box::as_ref))
    }

    fn enter(
        &self,
        index: usize,
        step: &PlanStep,
        inner: &Arc<Plan>,
    ) -> Result<Self, Vec<StepInputError>> {
        let params = self.params(index).ok_or_else(Vec::new)?;
        let given = params.as_ref().as_ref().map_err(Clone::clone)?.0.clone();
        let (inputs, missing) = self.complete(step, inner, given);
        match missing.is_empty() {
            true => Ok(self.inside(index, step, inner, inputs)),
            false => Err(missing),
        }
    }

    /// The same for a flow that has begun, as events say, though its inputs can't all be made again: without the
    /// secrets, or under rules that were stricter since. What can't be made stands in it as withheld.
    fn enter_as_told(&self, index: usize, step: &PlanStep, inner: &Arc<Plan>) -> Self {
        let (given, mut lacking) = step.inputs_apart(&inner.inputs, &self.scope_of(index));
        let (inputs, missing) = self.complete(step, inner, given);
        lacking.extend(missing);
        Self { lacking, ..self.inside(index, step, inner, inputs) }
    }

    /// The inputs of a flow inside: what it is given, then what is handed in from outside, then the defaults.
    fn complete(
        &self,
        step: &PlanStep,
        inner: &Plan,
        mut given: Map,
    ) -> (Map, Vec<StepInputError>) {
        let mut inputs = Map::new();
        let mut missing = Vec::new();
        for input in &inner.inputs {
            let outside = || {
                self.shared.outside.inputs.get(&format!("{}{}/{}", self.name, step.id, input.name))
            };
            let value = given.shift_remove(&input.name).or_else(|| outside().cloned());
            let value = value.or_else(|| input.default.clone());
            let value = value.unwrap_or_else(|| match input.required {
                true => {
                    missing.push(StepInputError {
                        field: input.name.clone(),
                        span: step.span,
                        message: "the sub-flow needs this input, and it was not given".to_owned(),
                        help: None,
                    });
                    Value::Secret(Secret::withheld())
                }
                false => Value::Null,
            });
            inputs.insert(input.name.clone(), value);
        }
        (inputs, missing)
    }

    fn inside(&self, index: usize, step: &PlanStep, inner: &Arc<Plan>, inputs: Map) -> Self {
        let turn = self.steps.get(index).map_or(0, |step| step.turns.len()) + 1;
        // without a key of its own an item is known by its place
        let key = step.foreach.as_ref().map(|_| match self.item(index) {
            Some(item) => item.key,
            None => turn.to_string(),
        });
        let (path, mark) = match key {
            Some(_) => (format!("{}[{turn}]", step.id), format!("{}-{turn}", step.id)),
            None => (step.id.clone(), step.id.clone()),
        };
        let names = Names {
            path: format!("{}{path}/", self.path),
            name: format!("{}{}/", self.name, step.id),
            mark: format!("{}{mark}.", self.mark),
            seed: Seed(self.derive("flow", step, key.as_deref())),
        };
        Self::new(inner.clone(), inputs, names, self.shared.clone())
    }

    /// Enters the flow that a step uses because an event says that it has begun.
    fn begun(&mut self, index: usize) {
        if !matches!(self.child(index), Some(Err(_))) {
            return;
        }
        let Some(plan) = self.plan.step(index) else { return };
        let Uses::Flow { plan: inner, .. } = &plan.uses else { return };
        let told = self.enter_as_told(index, plan, inner);
        if let Some(step) = self.steps.get_mut(index) {
            step.child = OnceLock::from(Ok(Box::new(told)));
        }
    }

    /// The first flow under way in here that lacks something to go on with: the step that uses it, and what.
    pub(super) fn lacks(&self) -> Option<(String, &StepInputError)> {
        let under_way =
            |step: &&StepState| matches!(step.status, StepStatus::Running | StepStatus::Unclear);
        self.steps.iter().filter(under_way).find_map(|step| {
            let inside = step.frames().nth(step.past.len())?;
            let own = inside.lacking.first();
            let own = own.map(|error| (inside.path.trim_end_matches('/').to_owned(), error));
            own.or_else(|| inside.lacks())
        })
    }

    /// The step of that name, here or in a flow inside.
    pub fn find(&self, name: &str) -> Option<At<'_>> {
        let (here, rest) = parts(name)?;
        let index = self.index(here.id)?;
        let (plan, step) = (self.plan.step(index)?, self.steps.get(index)?);
        match rest {
            None => Some(At { frame: self, plan, step }),
            Some(rest) => step.frames().nth(here.turn? - 1)?.find(rest),
        }
    }

    /// Every step, here and in the flows inside, each such flow after the step that uses it.
    pub fn each<'a>(&'a self, visit: &mut dyn FnMut(At<'a>)) {
        for (plan, step) in self.plan.all().zip(&self.steps) {
            visit(At { frame: self, plan, step });
            step.frames().for_each(|inside| inside.each(visit));
        }
    }

    /// The same as a list.
    pub fn all(&self) -> Vec<At<'_>> {
        let mut all = Vec::with_capacity(self.steps.len());
        self.each(&mut |at| all.push(at));
        all
    }

    /// The step that is under way, as deep as it stands.
    pub fn current(&self) -> Option<At<'_>> {
        let mut steps = self.plan.all().zip(&self.steps);
        let (plan, step) = steps.find(|(_, step)| step.ended_at.is_none())?;
        let inside = step.frames().nth(step.past.len()).and_then(Self::current);
        Some(inside.unwrap_or(At { frame: self, plan, step }))
    }

    /// Time passed since then: for the step that is under way, which it may begin with.
    pub(super) fn waits(&mut self, since: Timestamp) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.ended_at.is_none()) {
            step.waits(since);
        }
    }

    /// Opens the end of every step that failed for a payment. Whether there is one.
    pub(super) fn reopen(&mut self, reference: Uuid, failure: &Failure, at: Timestamp) -> bool {
        let mut any = false;
        for step in &mut self.steps {
            any |= step.reopen(reference, failure, at);
        }
        any
    }

    pub(super) fn resume(&mut self, at: Timestamp) {
        self.steps.iter_mut().for_each(|step| step.resume(at));
    }

    /// The frame after one more event about a step of it, or of a flow inside; what that set out to move.
    pub(super) fn apply(
        &mut self,
        name: &str,
        event: &Event,
        when: When,
    ) -> Result<Option<Money>, BadHistory> {
        let unknown =
            || BadHistory::Contradiction(format!("there is no step `{}{name}`", self.path));
        let (here, rest) = parts(name).ok_or_else(unknown)?;
        let index = self.index(here.id).ok_or_else(unknown)?;
        let moves = match rest {
            Some(rest) => {
                let turn = here.turn.ok_or_else(unknown)?;
                // entered first: an event is proof that it has begun
                let done = self.steps.get(index).map_or(0, |step| step.turns.len());
                if turn == done + 1 {
                    self.begun(index);
                }
                let step = self
                    .steps
                    .get_mut(index)
                    .ok_or_else(|| BadHistory::Contradiction(name.to_owned()))?;
                let inside = match step.past.get_mut(turn - 1) {
                    Some(past) => Some(past),
                    None if turn == step.turns.len() + 1 => {
                        step.child.get_mut().and_then(|child| child.as_mut().ok()).map(Box::as_mut)
                    }
                    None => None,
                };
                let inside = inside.ok_or_else(|| {
                    BadHistory::Contradiction(format!(
                        "`{name}` is about a flow that has not begun"
                    ))
                })?;
                let moves = inside.apply(rest, event, when)?;
                step.apply_inside(event, when);
                moves
            }
            None => {
                let step = self
                    .steps
                    .get_mut(index)
                    .ok_or_else(|| BadHistory::Contradiction(name.to_owned()))?;
                let pays = step.apply(event, when);
                if !matches!(event, Event::Reconciled { .. }) {
                    self.show(index);
                }
                match event {
                    Event::RequestIntended(intent) if pays => {
                        intent.moves.as_deref().and_then(|text| text.parse().ok())
                    }
                    _ => None,
                }
            }
        };
        self.moved.extend(moves);
        Ok(moves)
    }

    /// Lets later templates see how a step ended.
    fn show(&mut self, index: usize) {
        let (Some(step), Some(plan)) = (self.steps.get(index), self.plan.step(index)) else {
            return;
        };
        match step.status {
            StepStatus::Succeeded => {
                self.scope.set_step(&plan.id, Arc::new(step.yields(plan)));
            }
            StepStatus::Failed if !step.outputs.is_empty() => {
                self.scope.set_step(&plan.id, Arc::new(Value::Map(step.outputs.clone())));
            }
            StepStatus::Skipped | StepStatus::Failed => self.scope.mark_skipped(&plan.id),
            StepStatus::Pending | StepStatus::Running | StepStatus::Unclear => {}
        }
    }
}

/// What a frame is called in names, marks and seeds.
struct Names {
    path: String,
    name: String,
    mark: String,
    seed: Seed,
}

/// One part of a step's name.
struct Part<'a> {
    id: &'a str,
    /// From 1. A flow that does not run once per item has one turn.
    turn: Option<usize>,
}

/// The first part of a step's name, and the rest.
fn parts(name: &str) -> Option<(Part<'_>, Option<&str>)> {
    let (first, rest) = match name.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let part = match first.split_once('[') {
        Some((id, turn)) => {
            let turn = turn.strip_suffix(']')?.parse().ok().filter(|turn| *turn > 0)?;
            Part { id, turn: Some(turn) }
        }
        None => Part { id: first, turn: Some(1) },
    };
    Some((part, rest))
}
