//! What is known of a run: the fold of its events.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::clocks::Clocks;
use super::delivery::Delivery;
use super::event::{Event, RunStarted};
use super::frame::Frame;
use super::heard::Words;
use super::history::{BadHistory, Finished, Outside, Recorded};
use super::inputs_digest::inputs_digest;
use super::outcome::StepStatus;
use crate::api::asked::Asked;
use crate::base::ids::RunId;
use crate::base::secret::Secret;
use crate::base::value::{Map, Value};
use crate::flow::plan::Plan;
use crate::steps::step::Known;

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
    /// The run's own time at the last event, which never goes back: the only one there is down here.
    pub now: Timestamp,
    /// The clocks it is made from.
    pub clocks: Clocks,
    /// The number of the last event.
    pub n: u64,
    /// Its flow under way, with its steps.
    pub root: Frame,
    /// Whether anything was sent that could change something.
    pub changed: bool,
    /// What the API said of the payments and documents in it.
    pub heard: Words,
    /// How it ended or stopped, while it has.
    pub finished: Option<Finished>,
    secrets: Vec<Secret>,
    inputs_digest: OnceLock<String>,
}

impl State {
    /// A run before anything happened but its start.
    pub fn begin(
        run: RunId,
        plan: Arc<Plan>,
        started: RunStarted,
        at: Timestamp,
        outside: Outside,
    ) -> Self {
        let mut secrets: Vec<Secret> = outside.secrets.values().cloned().collect();
        let inputs = started.inputs.values().chain(outside.inputs.values());
        inputs.for_each(|value| gather(value, &mut secrets));
        plan.each_flow(&mut |_, flow| {
            let defaults = flow.inputs.iter().filter_map(|input| input.default.as_ref());
            defaults.for_each(|value| gather(value, &mut secrets));
        });
        let root = Frame::root(run, plan.clone(), &started, at, outside);
        Self {
            run,
            plan,
            started,
            started_at: at,
            now: at,
            clocks: Clocks::start(at),
            n: 1,
            root,
            changed: false,
            heard: Words::default(),
            finished: None,
            secrets,
            inputs_digest: OnceLock::new(),
        }
    }

    /// The digest of what it began with.
    pub fn inputs_digest(&self) -> &str {
        self.inputs_digest.get_or_init(|| inputs_digest(&self.started.inputs))
    }

    /// Every secret that came from outside: the flow's, and secret inputs.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// What a run's events tell. Whoever only looks at a run needs no secret, clock or environment for that: what
    /// depends on them stands withheld, and events are believed before anything is made once more.
    pub fn told(
        run: RunId,
        plan: Arc<Plan>,
        events: impl IntoIterator<Item = Recorded>,
    ) -> Result<Self, BadHistory> {
        Self::folded(run, plan, events, Outside::default())
    }

    /// The same for whoever goes on with the run, with what no journal holds.
    pub fn fold(
        run: RunId,
        plan: Arc<Plan>,
        events: impl IntoIterator<Item = Recorded>,
        outside: Outside,
    ) -> Result<Self, BadHistory> {
        let state = Self::folded(run, plan, events, outside)?;
        let over = state.finished.as_ref().is_some_and(|finished| finished.outcome.is_final());
        match state.root.lacks().filter(|_| !over) {
            Some((step, error)) => Err(BadHistory::Lacking(format!(
                "the flow that step `{step}` uses has begun, and its input `{}` can't be made again: {}; nothing \
                 was sent",
                error.field, error.message
            ))),
            None => Ok(state),
        }
    }

    fn folded(
        run: RunId,
        plan: Arc<Plan>,
        events: impl IntoIterator<Item = Recorded>,
        outside: Outside,
    ) -> Result<Self, BadHistory> {
        let mut events = events.into_iter();
        let first =
            events.next().ok_or_else(|| BadHistory::Contradiction("there are none".to_owned()))?;
        let Event::RunStarted(started) = first.event else {
            return Err(BadHistory::Contradiction("the first is not RunStarted".to_owned()));
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
            return Err(BadHistory::Contradiction(format!(
                "event {} follows event {}",
                recorded.n, self.n
            )));
        }
        let when = match &recorded.event {
            Event::RunStarted(_) => {
                return Err(BadHistory::Contradiction("it starts twice".to_owned()));
            }
            Event::RunResumed { .. } => self.clocks.change_process(recorded.at),
            _ => self.clocks.tick(recorded.at),
        };
        if let Event::ReplyObserved { delivery, .. } = &recorded.event {
            self.clocks.hear(delivery);
        }
        match &recorded.event {
            Event::RunStarted(_) => {}
            Event::RunResumed { .. } => {
                self.finished = None;
                self.heard.afresh();
                self.root.resume(when.at);
            }
            Event::Waited {} => self.root.waits(self.now),
            Event::RunFinished { outcome, outputs, failure } => {
                self.finished = Some(Finished {
                    outcome: *outcome,
                    outputs: outputs.clone(),
                    failure: failure.clone(),
                });
            }
            about => {
                let name = about.step().unwrap_or_default();
                let refused = self.refused_at(about);
                self.root.apply(name, about, when)?;
                self.hear(about, refused, when.at, recorded.n);
            }
        }
        self.now = when.at;
        self.n = recorded.n;
        Ok(())
    }

    /// What an event tells of payments and documents.
    fn hear(&mut self, event: &Event, refused: Option<Timestamp>, at: Timestamp, n: u64) {
        match event {
            Event::RequestIntended(intent) => {
                self.changed |= intent.changes();
                let asked = Asked::of(&intent.path, &intent.query, intent.body.as_ref());
                self.heard.ask(&intent.step, asked, n);
            }
            Event::ReplyObserved { step, delivery: Delivery::Answered(answer), .. }
                if answer.is_success() =>
            {
                self.heard.answered(step, &answer.body, at, n);
            }
            Event::Reconciled { step, reference_id, found: Some(body) } => {
                self.heard.reconciled((step, *reference_id), body, refused, (at, n));
                self.turn(*reference_id, at);
            }
            _ => {}
        }
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
        let mut found = Vec::new();
        self.root.each(&mut |at| {
            let done = at.step.status == StepStatus::Succeeded || !at.step.turns.is_empty();
            if done && at.plan.kind().is_some_and(|own| own.name() == kind) {
                let outputs = std::iter::once(&at.step.outputs).chain(&at.step.turns);
                found.extend(outputs.filter(|outputs| outputs.get(field) == Some(value)));
            }
        });
        found
    }
}
