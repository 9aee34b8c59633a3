//! One step of a run: the fold of the events that name it.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::clocks::When;
use super::event::{Event, Purpose, RequestIntended};
use super::exchange::Exchange;
use super::frame::Frame;
use super::items::Item;
use super::outcome::{Failure, StepStatus};
use crate::base::value::{Map, Value};
use crate::flow::plan::{PlanStep, StepInputError};
use crate::steps::step::{Answer, Params};

/// One step of a run.
#[derive(Debug, Clone)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// The bodies of its requests that are done.
    pub done: Vec<Value>,
    /// The request being settled.
    pub exchange: Exchange,
    /// Whether an answer of its was lost, and found again by a look.
    pub found: bool,
    /// The payments it set out to make: one, or one per item.
    pub payments: Vec<RequestIntended>,
    /// Of a step that runs once per item: what each turn so far yields.
    pub turns: Vec<Map>,
    /// How often in a row it was answered "not yet".
    pub asked: usize,
    /// When it was first told so since the run was last taken up.
    pub asked_since: Option<Timestamp>,
    /// When its question was last asked, or answered so.
    pub asked_at: Option<Timestamp>,
    /// How often it was answered so, whoever asked: a new process asks no faster than the one before.
    pub paced: usize,
    /// When the turn before ended.
    pub turned_at: Option<Timestamp>,
    /// What it waits for, in the API's word.
    pub waits_for: Option<String>,
    /// The path of its last main request.
    pub asked_for: Option<String>,
    /// What a person has to do before it is of use to go on.
    pub act: Option<String>,
    /// What a person answered to its question.
    pub answer: Option<Answer>,
    /// What it yields, or what came back when it failed.
    pub outputs: Map,
    /// Why it failed or is unclear; or the condition it was skipped for.
    pub failure: Option<Failure>,
    /// How many requests were sent for it.
    pub attempts: u32,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// The time of the event before its first one, which it was decided by; of a later turn, before the turn's first.
    pub began_at: Option<Timestamp>,
    /// The date that was.
    pub began_on: Option<Timestamp>,
    /// When it began, or was last taken up again.
    pub since: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    pub(super) params: OnceLock<Arc<Result<Params, Vec<StepInputError>>>>,
    pub(super) items: OnceLock<Arc<Result<Vec<Item>, StepInputError>>>,
    /// Of a step that uses a flow: that flow under way, in the turn the step is at.
    pub(super) child: OnceLock<Result<Box<Frame>, Vec<StepInputError>>>,
    /// The flows of the turns that are done.
    pub(super) past: Vec<Frame>,
}

impl StepState {
    pub(super) fn new() -> Self {
        Self {
            status: StepStatus::Pending,
            done: Vec::new(),
            found: false,
            payments: Vec::new(),
            turns: Vec::new(),
            exchange: Exchange::default(),
            asked: 0,
            asked_since: None,
            asked_at: None,
            paced: 0,
            turned_at: None,
            waits_for: None,
            asked_for: None,
            act: None,
            answer: None,
            began_at: None,
            began_on: None,
            outputs: Map::new(),
            failure: None,
            attempts: 0,
            started_at: None,
            since: None,
            ended_at: None,
            params: OnceLock::new(),
            items: OnceLock::new(),
            child: OnceLock::new(),
            past: Vec::new(),
        }
    }

    /// What later templates see of a step that is done: a list where it ran once per item.
    pub fn yields(&self, plan: &PlanStep) -> Value {
        match plan.foreach {
            Some(_) => Value::List(self.turns.iter().cloned().map(Value::Map).collect()),
            None => Value::Map(self.outputs.clone()),
        }
    }

    /// The flows that ran or run in it, one per turn.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        let now = self.child.get().and_then(|child| child.as_ref().ok()).map(Box::as_ref);
        self.past.iter().chain(now)
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

    /// The step after one more event; whether that was the intent to make a payment.
    pub(super) fn apply(&mut self, event: &Event, when: When) -> bool {
        let at = when.at;
        self.begin(when);
        match event {
            Event::RunStarted(_)
            | Event::RunResumed { .. }
            | Event::Waited {}
            | Event::Reconciled { .. }
            | Event::RunFinished { .. } => {}
            Event::RequestIntended(intent) => return self.intend(intent, when),
            Event::ReplyObserved { purpose, delivery, .. } => {
                self.status = StepStatus::Running;
                self.exchange.observe(*purpose, delivery, when);
            }
            Event::RequestAdopted { body, .. } => {
                self.found = true;
                self.exchange.adopted = Some(body.clone());
            }
            Event::RequestDone { body, .. } => {
                self.done.push(body.clone());
                self.exchange = Exchange::default();
                self.asked = 0;
                self.paced = 0;
            }
            Event::NotFinalYet { status, act, .. } => {
                self.status = StepStatus::Running;
                self.act.clone_from(act);
                self.asked += 1;
                self.paced += 1;
                self.asked_since.get_or_insert(at);
                self.waits_for = Some(status.clone());
                self.asked_at = Some(at);
                self.exchange = Exchange::default();
            }
            Event::Answered { approved, by, .. } => {
                self.status = StepStatus::Running;
                self.answer = Some(Answer { approved: *approved, by: by.clone() });
            }
            Event::TurnSucceeded { outputs, .. } => self.turn(outputs.clone(), at),
            Event::StepSucceeded { outputs, .. } => {
                self.end(StepStatus::Succeeded, outputs.clone(), None, at);
            }
            Event::StepFailed { failure, outputs, .. } => {
                self.end(StepStatus::Failed, outputs.clone(), Some(failure.clone()), at);
            }
            Event::StepUnclear { failure, .. } => {
                self.end(StepStatus::Unclear, Map::new(), Some(failure.clone()), at);
            }
            Event::StepSkipped { .. } => self.end(StepStatus::Skipped, Map::new(), None, at),
        }
        false
    }

    /// Something happened in the flow that the step uses.
    pub(super) fn apply_inside(&mut self, event: &Event, when: When) {
        if matches!(event, Event::Reconciled { .. }) {
            return;
        }
        self.begin(when);
        self.status = StepStatus::Running;
        self.attempts += u32::from(matches!(event, Event::RequestIntended(_)));
    }

    fn begin(&mut self, when: When) {
        // the wait before its first request is its own
        self.started_at.get_or_insert(when.before);
        self.since.get_or_insert(when.at);
        self.began_at.get_or_insert(when.before);
        self.began_on.get_or_insert(when.date_before);
    }

    fn intend(&mut self, intent: &RequestIntended, when: When) -> bool {
        self.status = StepStatus::Running;
        self.attempts += 1;
        let pays = self.exchange.intended.is_none() && intent.reference_id.is_some();
        if pays {
            self.payments.push(intent.clone());
        }
        if intent.purpose == Purpose::Main {
            self.asked_for = Some(intent.path.clone());
            self.asked_at = Some(when.at);
        }
        self.exchange.intend(intent, when);
        pays
    }

    /// Time passed since then.
    pub(super) fn waits(&mut self, since: Timestamp) {
        self.started_at.get_or_insert(since);
        if let Some(Ok(child)) = self.child.get_mut() {
            child.waits(since);
        }
    }

    /// The run is taken up again.
    pub(super) fn resume(&mut self, at: Timestamp) {
        if !matches!(self.status, StepStatus::Running | StepStatus::Unclear) {
            return;
        }
        self.status = StepStatus::Running;
        self.failure = None;
        self.ended_at = None;
        self.asked = 0;
        self.asked_since = None;
        self.act = None;
        self.since = Some(at);
        self.exchange.orphan(at);
        if let Some(Ok(child)) = self.child.get_mut() {
            child.resume(at);
        }
    }

    /// One turn is done; the next starts afresh.
    fn turn(&mut self, outputs: Map, at: Timestamp) {
        self.status = StepStatus::Running;
        self.turns.push(outputs);
        self.done = Vec::new();
        self.exchange = Exchange::default();
        self.asked = 0;
        self.asked_since = None;
        self.asked_at = None;
        self.paced = 0;
        self.turned_at = Some(at);
        self.waits_for = None;
        self.answer = None;
        self.began_at = None;
        self.began_on = None;
        self.params = OnceLock::new();
        if let Some(Ok(child)) = self.child.take() {
            self.past.push(*child);
        }
    }

    /// A payment that it failed for does not stand failed any more: its end is open again. Whether that is so.
    pub(super) fn reopen(&mut self, reference: Uuid, failure: &Failure, at: Timestamp) -> bool {
        if self.status != StepStatus::Failed {
            return false;
        }
        let text = reference.to_string();
        let told = self.outputs.get("reference_id").and_then(Value::as_str) == Some(&text);
        let paid = self.payments.last().and_then(|payment| payment.reference_id) == Some(reference);
        let inside = match self.child.get_mut() {
            Some(Ok(child)) => child.reopen(reference, failure, at),
            _ => false,
        };
        if told || paid {
            self.exchange.reopen(at);
        }
        if told || paid || inside {
            self.end(StepStatus::Unclear, Map::new(), Some(failure.clone()), at);
        }
        told || paid || inside
    }

    fn end(&mut self, status: StepStatus, outputs: Map, failure: Option<Failure>, at: Timestamp) {
        self.status = status;
        self.outputs = outputs;
        self.failure = failure;
        self.ended_at = Some(at);
        self.waits_for = None;
    }
}
