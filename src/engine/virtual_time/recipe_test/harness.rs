//! What plays in a test: the flows before it, calls to the sandbox, and the run itself, process after process.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use indexmap::IndexMap;
use uuid::Uuid;

use super::request;
use super::world::{MAX_EVENTS, Stage};
use crate::base::ids::{RunId, Seed};
use crate::base::node::Key;
use crate::base::scrub::Secrets;
use crate::base::secret::Secret;
use crate::base::span::Span;
use crate::base::value::{Map, Value};
use crate::engine::engine::{Broken, Engine, events};
use crate::engine::gate::Gate;
use crate::engine::patience::Patience;
use crate::engine::ports::Clock;
use crate::engine::stop::Stop;
use crate::engine::tokens::Tokens;
use crate::engine::virtual_time::single_run_journal::OneRun;
use crate::expr::{RunFacts, Scope};
use crate::flow::plan::Plan;
use crate::recipe_test::file::{Before, Given, Happens, Stage as Part, Trial};
use crate::recipe_test::mismatch::Mismatch;
use crate::recipe_test::suite::Suite;
use crate::run::action::Credentials;
use crate::run::decide::question;
use crate::run::event::{Event, FORMAT, RunStarted};
use crate::run::history::Outside;
use crate::run::outcome::Outcome;
use crate::run::retold::differences;
use crate::run::state::State;
use crate::sandbox::{Audit, ExecutionCounts};

/// The client that runs use, unless a test says otherwise.
const CLIENT: &str = "sbx_client";

/// Everybody in one test, and the stage they play on.
pub struct Company<'a> {
    pub suite: &'a Suite,
    pub trial: &'a Trial,
    pub stage: Stage,
    pub seed: u64,
}

/// A run at its beginning, or one that is taken up.
enum Entrance {
    Start(Box<State>),
    TakeUp(Box<State>),
}

impl Company<'_> {
    /// An audit of the books as they stand.
    pub fn books(&self) -> (Audit, ExecutionCounts) {
        let inner = self.stage.lock();
        (inner.ledger.audit(), inner.ledger.execution_counts())
    }

    /// What templates see before the run.
    pub fn scope(&self, before: &Map) -> Scope {
        let facts = RunFacts {
            id: RunId(self.seed("scope").0),
            key: None,
            flow: self.suite.plan.name.clone(),
            started_at: self.trial.started_at,
        };
        let scope = Scope::new(Map::new(), IndexMap::new(), facts);
        scope.with_locals([("before", Value::Map(before.clone()))])
    }

    /// Lets something happen before the run starts or goes on.
    pub fn before(&self, before: &Before, scope: &Scope) -> Result<Value, Mismatch> {
        let what = || match &before.id {
            Some(id) => format!("before.{id}"),
            None => "before".to_owned(),
        };
        let trouble = |message: String| Mismatch::trouble(what(), before.span, message);
        match &before.what {
            Happens::Call { request, body } => {
                let request = request.eval(scope).map_err(|error| trouble(error.message))?;
                let body = body.as_ref().map(|body| body.eval(scope)).transpose();
                let body = body.map_err(|error| trouble(error.message))?;
                let client = self.credentials();
                request::send(&mut self.stage.lock(), &request, body.as_ref(), &client)
                    .map_err(trouble)
            }
            Happens::Flow { path, inputs, answers } => {
                let plan = self
                    .suite
                    .flow(&path.value)
                    .ok_or_else(|| trouble("there is no such flow".to_owned()))?;
                let inputs = self.inputs(plan, inputs, scope, before.span)?;
                // the run under test has its own records, and goes on with them
                let aside = self.stage.lock().set_aside();
                let id = before.id.as_deref().unwrap_or_default();
                let state = self.begin(Arc::clone(plan), inputs, &format!("before {id}"));
                let carried = self.carry(Entrance::Start(Box::new(state)), &by_step(answers));
                self.stage.lock().put_back(aside);
                let state = carried.map_err(trouble)?;
                match &state.finished {
                    Some(finished) if finished.outcome == Outcome::Succeeded => {
                        Ok(Value::Map(finished.outputs.clone()))
                    }
                    _ => Err(trouble(ended(&state).join("\n"))),
                }
            }
        }
    }

    /// Starts the run under test and carries it to where it ends or stops.
    pub fn start(&self, before: &Map, part: &Part) -> Result<State, Mismatch> {
        let span = self.trial.name.span;
        let plan = Arc::clone(&self.suite.plan);
        let inputs = self.inputs(&plan, &self.trial.inputs, &self.scope(before), span)?;
        let state = self.begin(plan, inputs, "run");
        {
            let mut inner = self.stage.lock();
            inner.crashes.clone_from(&part.crashes);
            self.trial.faults.iter().for_each(|fault| inner.ledger.queue_fault(fault.clone()));
        }
        let carried = self.carry(Entrance::Start(Box::new(state)), &by_step(&part.answers));
        carried.map_err(|message| Mismatch::trouble("the run", span, message))
    }

    /// Takes the run up again and carries it to where it ends or stops.
    pub fn resume(&self, run: State, part: &Part, span: Span) -> Result<State, Mismatch> {
        let trouble = |message: String| Mismatch::trouble("resume", span, message);
        if let Some(finished) = run.finished.as_ref().filter(|finished| finished.outcome.is_final())
        {
            let word = finished.outcome.word();
            return Err(trouble(format!("the run {word} already: there is nothing to resume")));
        }
        self.stage.lock().crashes.extend(part.crashes.iter().cloned());
        self.carry(Entrance::TakeUp(Box::new(run)), &by_step(&part.answers)).map_err(trouble)
    }

    fn seed(&self, what: &str) -> Seed {
        let root = Seed(Uuid::from_u128(u128::from(self.seed)));
        Seed(root.derive(&[self.suite.source.name(), &self.trial.name.value, what]))
    }

    fn credentials(&self) -> Credentials {
        let named = self.trial.client_id.as_ref().map_or(CLIENT, |client| &client.value);
        let known = self.trial.sandbox.credentials.iter().find(|one| one.client_id == named);
        let secret = known.map_or("", |one| &one.client_secret);
        Credentials { client_id: Secret::new(named), client_secret: Secret::new(secret) }
    }

    fn secrets(&self, plan: &Plan) -> IndexMap<String, Secret> {
        let mut secrets = IndexMap::new();
        plan.each_flow(&mut |within, flow| {
            for (own, _) in &flow.secrets {
                let name = format!("{within}{own}");
                let given = self.trial.secrets.iter().find(|(key, _)| key.name == name);
                let text = given.map_or_else(|| format!("sample-{own}"), |(_, text)| text.clone());
                secrets.insert(name, Secret::new(text));
            }
        });
        secrets
    }

    fn inputs(
        &self,
        plan: &Plan,
        given: &Given,
        scope: &Scope,
        span: Span,
    ) -> Result<Map, Mismatch> {
        let mut values = Map::new();
        for (key, template) in &given.values {
            let value = template.eval(scope).map_err(|error| {
                Mismatch::trouble(format!("inputs.{}", key.name), error.span, error.message)
            })?;
            values.insert(key.name.clone(), value);
        }
        self.suite.inputs(plan, given, values).map_err(|problems| {
            let lines: Vec<String> = problems
                .iter()
                .map(|problem| format!("input `{}`: {}", problem.input, problem.message))
                .collect();
            let place = problems.first().and_then(|problem| problem.place.as_ref());
            let span = place.map_or(span, |(_, span)| *span);
            Mismatch::trouble("inputs", span, lines.join("\n"))
        })
    }

    fn begin(&self, plan: Arc<Plan>, inputs: Map, what: &str) -> State {
        let started = RunStarted {
            format: FORMAT,
            flow: plan.name.clone(),
            flow_digest: plan.digest.clone(),
            file: plan.source.name().to_owned(),
            key: None,
            seed: self.seed(what),
            inputs,
            base_url: "sandbox".to_owned(),
            sandbox: true,
            max_total: None,
            batch: None,
        };
        let outside = Outside { secrets: self.secrets(&plan), inputs: Map::new() };
        let run = RunId(self.seed(&format!("id of {what}")).0);
        State::begin(run, plan, started, self.stage.now(), outside)
    }

    /// Process after process, until one ends in peace.
    fn carry(&self, entrance: Entrance, answers: &[(&str, bool)]) -> Result<State, String> {
        let mut entrance = entrance;
        loop {
            self.stage.lock().killed = false;
            let engine = self.engine();
            let (begins, mut state) = match entrance {
                Entrance::Start(state) => (true, state),
                Entrance::TakeUp(state) => (false, state),
            };
            let life = async {
                match begins {
                    true => engine.start(&state, &mut ()).await?,
                    false => engine.take_up(&mut state, &mut ()).await?,
                }
                loop {
                    engine.drive(&mut state, &mut ()).await?;
                    let Some(answer) = answer(&state, answers) else { return Ok(()) };
                    engine.take_up(&mut state, &mut ()).await?;
                    engine.note(&mut state, answer).await?;
                }
            };
            let lived: Option<Result<(), Broken>> = at_once(life);
            match lived {
                Some(Ok(())) => return self.retold(&state).map(|()| *state),
                Some(Err(broken)) => return Err(broken.to_string()),
                None if !self.stage.lock().killed => {
                    return Err("the run waits for something that never comes".to_owned());
                }
                None => entrance = Entrance::TakeUp(Box::new(self.read_back(&state)?)),
            }
        }
    }

    /// What another process finds written down.
    fn read_back(&self, state: &State) -> Result<State, String> {
        let records = self.stage.lock().records.clone();
        if records.len() as u64 > MAX_EVENTS {
            return Err(format!("the run has more than {MAX_EVENTS} events: it does not end"));
        }
        let outside = Outside::again(self.secrets(&state.plan), &state.started.inputs);
        let history = events(records).map_err(|broken| broken.to_string())?;
        State::fold(state.run, Arc::clone(&state.plan), history, outside)
            .map_err(|broken| broken.to_string())
    }

    /// Whoever reads the run back without its secrets has to see the same run.
    fn retold(&self, state: &State) -> Result<(), String> {
        let records = self.stage.lock().records.clone();
        let history = events(records).map_err(|broken| broken.to_string())?;
        let told = State::told(state.run, Arc::clone(&state.plan), history);
        let told =
            told.map_err(|broken| format!("without secrets the journal can't be read: {broken}"))?;
        match differences(state, &told).first() {
            Some(difference) => Err(difference.clone()),
            None => Ok(()),
        }
    }

    fn engine(&self) -> Engine<Stage, Stage, OneRun<Stage>> {
        Engine {
            transport: self.stage.clone(),
            clock: self.stage.clone(),
            journal: OneRun(self.stage.clone()),
            tokens: Tokens::new(Some(self.credentials())),
            gate: Gate::default(),
            secrets: Secrets::default(),
            stop: Stop::default(),
            patience: Patience::ENDLESS,
        }
    }
}

/// What a person answers to the question a run stopped at.
fn answer(state: &State, answers: &[(&str, bool)]) -> Option<Event> {
    let (step, _) = question(state)?;
    let (_, approved) = answers.iter().find(|(asked, _)| *asked == step)?;
    Some(Event::Answered { step, approved: *approved, by: None })
}

fn by_step(answers: &[(Key, bool)]) -> Vec<(&str, bool)> {
    answers.iter().map(|(key, yes)| (key.name.as_str(), *yes)).collect()
}

/// A future whose every wait is virtual: if it is not ready at once, its process is dead.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// How a run ended, in words.
pub(crate) fn ended(run: &State) -> Vec<String> {
    let Some(finished) = &run.finished else { return vec!["the run did not end".to_owned()] };
    let word = finished.outcome.word();
    let Some(failure) = &finished.failure else { return vec![format!("the run {word}")] };
    let at = failure.step.as_ref().map_or(String::new(), |step| format!(" at step {step}"));
    let kind = failure.kind.word();
    let mut lines = vec![format!("the run {word}{at} ({kind}): {}", failure.message)];
    let news = failure.detail.iter().filter(|line| !failure.message.contains(*line));
    lines.extend(news.map(|line| format!("  {line}")));
    lines
}
