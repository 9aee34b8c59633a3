//! What is known of a run: the fold of its events.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use jiff::Timestamp;
use uuid::Uuid;

use super::event::{Event, RequestIntended, RunStarted};
use super::exchange::Exchange;
use super::items::{self, Item};
use super::outcome::{Failure, Outcome, StepStatus};
use crate::base::ids::{RunId, Seed};
use crate::base::money::Money;
use crate::base::secret::Secret;
use crate::base::value::{Map, Value};
use crate::expr::{RunFacts, Scope};
use crate::flow::plan::{Plan, PlanStep, StepInputError};
use crate::steps::step::{Answer, Known, Params, Progress};

/// An event in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its number in the run, from 1 without gaps.
    pub n: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// A run, as its events tell it.
#[derive(Debug, Clone)]
pub struct State {
    /// The run.
    pub run: RunId,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// What it began with.
    pub started: RunStarted,
    /// When it began.
    pub started_at: Timestamp,
    /// The time of the last event: the only clock there is down here.
    pub now: Timestamp,
    /// The number of the last event.
    pub n: u64,
    /// What templates can see.
    pub scope: Scope,
    /// The steps, in the order of the plan.
    pub steps: Vec<StepState>,
    /// Whether anything was sent that could change something.
    pub changed: bool,
    /// What this run set out to move so far.
    pub moved: Vec<Money>,
    /// How it ended or stopped, while it has.
    pub finished: Option<Finished>,
    secrets: Vec<Secret>,
}

/// How a run ended or stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// How.
    pub outcome: Outcome,
    /// What it yields.
    pub outputs: Map,
    /// Why it did not succeed.
    pub failure: Option<Failure>,
}

/// One step of a run.
#[derive(Debug, Clone)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// The bodies of its requests that are done.
    pub done: Vec<Value>,
    /// The request being settled.
    pub exchange: Exchange,
    /// The payments it set out to make: one, or one per item.
    pub payments: Vec<RequestIntended>,
    /// Of a step that runs once per item: what each turn so far yields.
    pub turns: Vec<Map>,
    /// How often in a row it was answered "not yet".
    pub asked: usize,
    /// When it was first told so since the run was last taken up.
    pub asked_since: Option<Timestamp>,
    /// When it was last told so.
    pub asked_at: Option<Timestamp>,
    /// What it waits for, in the API's word.
    pub waits_for: Option<String>,
    /// What a person has to do before it is of use to go on.
    pub act: Option<String>,
    /// What a person answered to its question.
    pub answer: Option<Answer>,
    /// What it yields, or what came back when it failed.
    pub outputs: Map,
    /// Why it failed or is unclear; or the condition it was skipped for.
    pub failure: Option<Failure>,
    /// What the API said of its payments when it was last asked apart from the run.
    pub reconciled: BTreeMap<Uuid, Option<Value>>,
    /// How many requests were sent for it.
    pub attempts: u32,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// The time of the event before its first one, which it was decided by; of a later turn, before the turn's first.
    pub began_at: Option<Timestamp>,
    /// When it began, or was last taken up again.
    pub since: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    params: OnceLock<Arc<Result<Params, Vec<StepInputError>>>>,
    items: OnceLock<Arc<Result<Vec<Item>, StepInputError>>>,
}

impl StepState {
    fn new() -> Self {
        Self {
            status: StepStatus::Pending,
            done: Vec::new(),
            payments: Vec::new(),
            turns: Vec::new(),
            exchange: Exchange::default(),
            asked: 0,
            asked_since: None,
            asked_at: None,
            waits_for: None,
            act: None,
            answer: None,
            began_at: None,
            outputs: Map::new(),
            failure: None,
            reconciled: BTreeMap::new(),
            attempts: 0,
            started_at: None,
            since: None,
            ended_at: None,
            params: OnceLock::new(),
            items: OnceLock::new(),
        }
    }
}

/// What a fold needs that no journal holds.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// The flow's secrets.
    pub secrets: IndexMap<String, Secret>,
    /// Inputs that are secret, for a run whose first event is read back from a journal.
    pub inputs: Map,
}

/// Why events do not make a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHistory(pub String);

impl std::fmt::Display for BadHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the run's events do not fit together: {}", self.0)
    }
}

impl std::error::Error for BadHistory {}

impl State {
    /// A run before anything happened but its start.
    pub fn begin(
        run: RunId,
        plan: Arc<Plan>,
        started: RunStarted,
        at: Timestamp,
        outside: Outside,
    ) -> Self {
        let facts = RunFacts {
            id: run,
            key: started.key.clone(),
            flow: started.flow.clone(),
            started_at: at,
        };
        let mut inputs = started.inputs.clone();
        for (name, value) in outside.inputs {
            inputs.insert(name, value);
        }
        let mut secrets: Vec<Secret> = outside.secrets.values().cloned().collect();
        inputs.values().for_each(|value| gather(value, &mut secrets));
        let scope = Scope::new(inputs, outside.secrets, facts);
        let steps = plan.all().map(|_| StepState::new()).collect();
        Self {
            run,
            plan,
            started,
            started_at: at,
            now: at,
            n: 1,
            scope,
            steps,
            changed: false,
            moved: Vec::new(),
            finished: None,
            secrets,
        }
    }

    /// Every secret that came from outside: the flow's, and secret inputs.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// The fold of all of a run's events.
    pub fn fold(
        run: RunId,
        plan: Arc<Plan>,
        events: impl IntoIterator<Item = Recorded>,
        outside: Outside,
    ) -> Result<Self, BadHistory> {
        let mut events = events.into_iter();
        let first = events.next().ok_or_else(|| BadHistory("there are none".to_owned()))?;
        let Event::RunStarted(started) = first.event else {
            return Err(BadHistory("the first is not RunStarted".to_owned()));
        };
        let mut state = Self::begin(run, plan, started, first.at, outside);
        for recorded in events {
            state.apply(&recorded)?;
        }
        Ok(state)
    }

    /// The state after one more event.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), BadHistory> {
        if recorded.n != self.n + 1 {
            return Err(BadHistory(format!("event {} follows event {}", recorded.n, self.n)));
        }
        let at = recorded.at.max(self.now);
        match &recorded.event {
            Event::RunStarted(_) => return Err(BadHistory("it starts twice".to_owned())),
            Event::RunResumed { .. } => self.resume(at),
            Event::Waited {} => {}
            Event::RunFinished { outcome, outputs, failure } => {
                self.finished = Some(Finished {
                    outcome: *outcome,
                    outputs: outputs.clone(),
                    failure: failure.clone(),
                });
            }
            about => {
                let id = about.step().unwrap_or_default();
                let index =
                    self.index(id).ok_or_else(|| BadHistory(format!("there is no step `{id}`")))?;
                self.apply_to_step(index, about, at);
            }
        }
        self.now = at;
        self.n = recorded.n;
        Ok(())
    }

    fn resume(&mut self, at: Timestamp) {
        self.finished = None;
        for step in &mut self.steps {
            if matches!(step.status, StepStatus::Running | StepStatus::Unclear) {
                step.status = StepStatus::Running;
                step.failure = None;
                step.ended_at = None;
                step.asked = 0;
                step.asked_since = None;
                step.act = None;
                step.since = Some(at);
                step.exchange.orphan(at);
            }
        }
    }

    fn apply_to_step(&mut self, index: usize, event: &Event, at: Timestamp) {
        let Some(step) = self.steps.get_mut(index) else { return };
        step.started_at.get_or_insert(at);
        step.since.get_or_insert(at);
        step.began_at.get_or_insert(self.now);
        match event {
            Event::RunStarted(_)
            | Event::RunResumed { .. }
            | Event::Waited {}
            | Event::RunFinished { .. } => {}
            Event::RequestIntended(intent) => {
                step.status = StepStatus::Running;
                step.attempts += 1;
                if step.exchange.intended.is_none() && intent.reference_id.is_some() {
                    step.payments.push(intent.clone());
                    let moves = intent.moves.as_deref();
                    self.moved.extend(moves.and_then(|text| text.parse::<Money>().ok()));
                }
                step.exchange.intend(intent, at);
                self.changed |= intent.changes();
            }
            Event::ReplyObserved { purpose, delivery, .. } => {
                step.status = StepStatus::Running;
                step.exchange.observe(*purpose, delivery, at);
            }
            Event::RequestAdopted { body, .. } => step.exchange.adopted = Some(body.clone()),
            Event::RequestDone { body, .. } => {
                step.done.push(body.clone());
                step.exchange = Exchange::default();
                step.asked = 0;
            }
            Event::NotFinalYet { status, act, .. } => {
                step.status = StepStatus::Running;
                step.act.clone_from(act);
                step.asked += 1;
                step.asked_since.get_or_insert(at);
                step.waits_for = Some(status.clone());
                step.asked_at = Some(at);
                step.exchange = Exchange::default();
            }
            Event::Answered { approved, by, .. } => {
                step.status = StepStatus::Running;
                step.answer = Some(Answer { approved: *approved, by: by.clone() });
            }
            Event::TurnSucceeded { outputs, .. } => step.turn(outputs.clone()),
            Event::StepSucceeded { outputs, .. } => {
                step.end(StepStatus::Succeeded, outputs.clone(), None, at);
            }
            Event::StepFailed { failure, outputs, .. } => {
                step.end(StepStatus::Failed, outputs.clone(), Some(failure.clone()), at);
            }
            Event::StepUnclear { failure, .. } => {
                step.end(StepStatus::Unclear, Map::new(), Some(failure.clone()), at);
            }
            Event::Reconciled { reference_id, found, .. } => {
                step.reconciled.insert(*reference_id, found.clone());
                return;
            }
            Event::StepSkipped { .. } => step.end(StepStatus::Skipped, Map::new(), None, at),
        }
        self.show(index);
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

    /// Where a step stands in the plan.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.plan.all().position(|step| step.id == id)
    }

    /// The run's randomness.
    pub fn seed(&self) -> Seed {
        self.started.seed
    }

    /// The one reference of a money step's intent, at every attempt. Of several turns, each has its own.
    fn reference_id(&self, plan: &PlanStep, key: Option<&str>) -> Uuid {
        let words = ["execution", &plan.id, key.unwrap_or_default()];
        self.started.seed.derive(if key.is_some() { &words } else { &words[..2] })
    }

    /// What a step that runs once per item runs over.
    pub fn items(&self, index: usize) -> Option<Arc<Result<Vec<Item>, StepInputError>>> {
        let step = self.steps.get(index)?;
        let foreach = self.plan.step(index)?.foreach.as_ref()?;
        Some(step.items.get_or_init(|| Arc::new(items::of(foreach, &self.scope))).clone())
    }

    /// The item of the turn a step is at.
    fn item(&self, index: usize) -> Option<Item> {
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

    /// Calls `look` with what a step's kind may know of the run.
    pub fn with_progress<T>(
        &self,
        index: usize,
        look: impl FnOnce(&Progress<'_>) -> T,
    ) -> Option<T> {
        let step = self.steps.get(index)?;
        let plan = self.plan.step(index)?;
        let item = self.item(index);
        let turn = item.as_ref().map_or(String::new(), |_| format!("-{}", step.turns.len() + 1));
        let mark = format!("df-{}-{}{turn}", self.run.0.simple(), plan.id);
        let key = item.map(|item| item.key);
        Some(look(&Progress {
            done: &step.done,
            mark: &mark,
            reference_id: self.reference_id(plan, key.as_deref()),
            intended_at: step.exchange.intended_at,
            asked: step.asked,
            began_at: step.began_at.unwrap_or(self.now),
            answer: step.answer.as_ref(),
            known: self,
        }))
    }
}

impl StepState {
    /// What later templates see of a step that is done: a list where it ran once per item.
    pub fn yields(&self, plan: &PlanStep) -> Value {
        match plan.foreach {
            Some(_) => Value::List(self.turns.iter().cloned().map(Value::Map).collect()),
            None => Value::Map(self.outputs.clone()),
        }
    }

    /// Whether nothing happened yet in the turn it is at.
    pub fn is_fresh(&self) -> bool {
        let exchange = &self.exchange;
        exchange.in_flight.is_none()
            && exchange.last.is_none()
            && self.done.is_empty()
            && self.asked == 0
            && self.answer.is_none()
    }

    /// One turn is done; the next starts afresh.
    fn turn(&mut self, outputs: Map) {
        self.status = StepStatus::Running;
        self.turns.push(outputs);
        self.done = Vec::new();
        self.exchange = Exchange::default();
        self.asked = 0;
        self.asked_since = None;
        self.waits_for = None;
        self.answer = None;
        self.began_at = None;
        self.params = OnceLock::new();
    }

    fn end(&mut self, status: StepStatus, outputs: Map, failure: Option<Failure>, at: Timestamp) {
        self.status = status;
        self.outputs = outputs;
        self.failure = failure;
        self.ended_at = Some(at);
        self.waits_for = None;
    }
}

fn gather(value: &Value, secrets: &mut Vec<Secret>) {
    match value {
        Value::Secret(secret) => secrets.push(secret.clone()),
        Value::List(items) => items.iter().for_each(|item| gather(item, secrets)),
        Value::Map(map) => map.values().for_each(|item| gather(item, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

impl Known for State {
    fn outputs(&self, kind: &str, field: &str, value: &Value) -> Vec<&Map> {
        let steps = self.plan.all().zip(&self.steps);
        steps
            .filter(|(plan, step)| {
                let done = step.status == StepStatus::Succeeded || !step.turns.is_empty();
                done && plan.kind().is_some_and(|k| k.name() == kind)
            })
            .flat_map(|(_, step)| std::iter::once(&step.outputs).chain(&step.turns))
            .filter(|outputs| outputs.get(field) == Some(value))
            .collect()
    }
}
