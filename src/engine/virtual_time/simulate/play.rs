//! One schedule: processes live and die until the run is over, then the auditor comes.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use uuid::Uuid;

use super::auditor;
use super::auditor::Audited;
use super::choices::Choices;
use super::scenario::{Sabotage, Scenario};
use super::world::World;
use crate::base::ids::{RunId, Seed};
use crate::base::scrub::Secrets;
use crate::base::secret::Secret;
use crate::base::value::Value;
use crate::engine::again::{Again, Older};
use crate::engine::engine::{Broken, Engine, events};
use crate::engine::gate::Gate;
use crate::engine::patience::Patience;
use crate::engine::ports::Clock;
use crate::engine::stop::Stop;
use crate::engine::tokens::Tokens;
use crate::engine::virtual_time::single_run_journal::OneRun;
use crate::run::action::Credentials;
use crate::run::decide::question;
use crate::run::event::{Event, FORMAT, RunStarted};
use crate::run::history::{Finished, Outside, Recorded};
use crate::run::outcome::{FailureKind, Outcome};
use crate::run::reporter::Watch;
use crate::run::retold::differences;
use crate::run::state::State;
use crate::sandbox::Ledger;

/// How many processes may take a run up while things go wrong.
const TROUBLED_LIVES: u32 = 8;

/// How many more may when nothing goes wrong any more.
const CALM_LIVES: u32 = 6;

/// How many events a run may have. More is a loop.
const MAX_EVENTS: u64 = 4_000;

/// What one schedule came to.
#[derive(Debug, Clone)]
pub struct Trace {
    /// What the auditor does not accept; none in a good schedule.
    pub violations: Vec<String>,
    /// How the run ended.
    pub outcome: Option<Outcome>,
    /// Whether money moved, or may have.
    pub moved: bool,
    /// Whether a payment of the run came as far as the server's books, though it may have failed there.
    pub landed: bool,
    /// Why none did, unless the recipe itself went without.
    pub unpaid: Option<String>,
    /// Tells this schedule from others.
    pub digest: u64,
    /// How many points there were at which something could go wrong.
    pub points: u32,
    /// What happened, if it was asked for.
    pub told: Vec<String>,
}

/// The states of runs that were seen, as digests.
#[derive(Debug, Default)]
pub struct Seen(pub HashSet<u64>);

impl Watch for Seen {
    fn event(&mut self, state: &State, _recorded: &Recorded) {
        let mut hash = DefaultHasher::new();
        state.root.each(&mut |at| {
            let (step, exchange) = (at.step, &at.step.exchange);
            step.status.hash(&mut hash);
            (step.done.len(), exchange.in_flight, exchange.sends, exchange.doubt).hash(&mut hash);
            (exchange.absent, exchange.troubles, exchange.refusals).hash(&mut hash);
            exchange.last.as_ref().map(|last| last.purpose).hash(&mut hash);
        });
        self.0.insert(hash.finish());
    }
}

impl Scenario {
    /// Plays one schedule and audits it.
    pub fn play(&self, choices: Choices, seen: &mut Seen, traced: bool) -> Trace {
        let ledger = match &self.books {
            Some(books) => Ledger::clone(books),
            None => Ledger::new(self.settings.clone()),
        };
        let world =
            World::new(ledger, choices, self.late_delivery, traced).sabotaged(self.sabotage);
        let world = world.overlapping(self.plan.overlaps()).fickle(self.fickle);
        world.lock().set_clock();
        let mut life =
            Life { scenario: self, world: world.clone(), ended: None, lives: 0, generation: 0 };
        while life.lives < TROUBLED_LIVES && !life.is_over() {
            life.live(seen);
        }
        world.lock().choices.calm();
        for _ in 0..CALM_LIVES {
            if life.is_over() {
                break;
            }
            life.live(seen);
        }
        let Audited { mut violations, landed, moved } =
            auditor::audit(&life.world, life.ended.as_ref(), self);
        let unpaid = match landed {
            0 => auditor::unpaid_for(life.ended.as_ref()),
            _ => None,
        };
        violations.extend(life.resumed_for_nothing(seen));
        if let Err(broken) = life.read_back() {
            violations.push(format!("the journal can't be read back: {broken}"));
        }
        let mut inner = world.lock();
        Trace {
            violations,
            outcome: life
                .ended
                .as_ref()
                .and_then(|state| state.finished.as_ref())
                .map(|f| f.outcome),
            moved: moved > 0,
            landed: landed > 0,
            unpaid,
            digest: inner.choices.digest(),
            points: inner.choices.asked(),
            told: inner.told.take().unwrap_or_default(),
        }
    }
}

/// The processes that carry a run out, one after the other.
struct Life<'a> {
    scenario: &'a Scenario,
    world: World,
    ended: Option<State>,
    lives: u32,
    /// How many runs were begun in the stead of one that failed.
    generation: u128,
}

type Engineer = Engine<World, World, OneRun<World>>;

impl Life<'_> {
    fn is_over(&self) -> bool {
        let finished = self.ended.as_ref().and_then(|state| state.finished.as_ref());
        finished.is_some_and(|finished| finished.outcome.is_final() && !self.retries(finished))
    }

    /// Whether another run is to be begun in the stead of one that ended so.
    fn retries(&self, finished: &Finished) -> bool {
        self.scenario.fickle && self.generation == 0 && finished.outcome == Outcome::Failed
    }

    fn run(&self) -> RunId {
        RunId(Uuid::from_u128(run_id().0.as_u128() + self.generation))
    }

    /// What a run does that is to take the key of one that failed.
    fn retry(&mut self, engine: &Engineer, state: State) {
        self.ended = None;
        if let Some(broken) = auditor::called_failed(&self.world, &state) {
            self.world.lock().broken.push(broken);
        }
        let mut older = [Older::Run(Box::new(state))];
        self.world.lock().fickle.asked_again = true;
        let again = self.until_dead(engine.asked_again(&mut older), &mut Seen::default());
        self.world.lock().fickle.asked_again = false;
        let Some(again) = again else { return };
        self.world.settle();
        let [older] = older;
        match (again, older) {
            (Ok(Again::Free), _) => {
                self.generation += 1;
                self.world.next_run();
            }
            (Ok(_), Older::Run(state)) => {
                self.tell_end(&state);
                self.ended = Some(*state);
            }
            (Ok(_), Older::Pruned(..)) => {}
            (Err(error), _) => self.world.lock().broken.push(error.to_string()),
        }
    }

    fn engine(&self) -> Engineer {
        let client = |text: &str| Secret::new(text);
        let credentials =
            Credentials { client_id: client("sbx_client"), client_secret: client("sbx_secret") };
        Engine {
            transport: self.world.clone(),
            clock: self.world.clone(),
            journal: OneRun(self.world.clone()),
            tokens: Tokens::new(Some(credentials)),
            gate: Gate::default(),
            secrets: Secrets::default(),
            stop: Stop::default(),
            patience: Patience::ENDLESS,
        }
    }

    /// One process, from its start to its death or its peaceful end.
    fn live(&mut self, seen: &mut Seen) {
        self.lives += 1;
        self.world.revive(self.lives > 1);
        let engine = self.engine();
        let begun = !self.world.lock().records.is_empty();
        let state = match begun {
            true => self.read_back(),
            false => Ok(self.begin(engine.clock.now())),
        };
        let mut state = match state {
            Ok(state) => state,
            Err(broken) => {
                self.world.lock().broken.push(format!("the journal can't be read back: {broken}"));
                return;
            }
        };
        if begun && state.finished.as_ref().is_some_and(|finished| self.retries(finished)) {
            return self.retry(&engine, state);
        }
        if let Some(reference) = to_confirm(&state) {
            self.world.lock().payer_confirms(reference);
        }
        let mut rival = Seen::default();
        let mine = async {
            match begun {
                true => {
                    engine.take_up(&mut state, seen).await?;
                    somebody_answers(&engine, &mut state).await?;
                }
                false => engine.start(&state, seen).await?,
            }
            carry_out(&engine, &mut state, seen).await
        };
        match self.until_dead(mine, &mut rival) {
            None => self.ended = None,
            Some(Ok(())) => {
                self.world.settle();
                self.tell_end(&state);
                self.retold(&state);
                self.ended = Some(state);
            }
            Some(Err(error)) => self.world.lock().broken.push(error.to_string()),
        }
    }

    /// Runs a future whose every wait is virtual: if it is not ready at once, its process is dead, or
    /// another process came in between.
    fn until_dead<T>(&self, future: impl Future<Output = T>, rival: &mut Seen) -> Option<T> {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(value) => return Some(value),
                Poll::Pending if self.world.lock().interrupted() => self.intrude(rival),
                Poll::Pending if self.world.lock().lingered() => {}
                Poll::Pending => return None,
            }
        }
    }

    /// What the lock prevents: a second process carries the run out while the first is at it.
    fn intrude(&self, seen: &mut Seen) {
        let Ok(mut state) = self.read_back() else { return };
        let engine = self.engine();
        self.until_dead(
            async {
                engine.take_up(&mut state, seen).await?;
                carry_out(&engine, &mut state, seen).await
            },
            &mut Seen::default(),
        );
    }

    fn tell_end(&self, state: &State) {
        let finished = state.finished.as_ref();
        let why = finished.and_then(|f| f.failure.as_ref()).map_or("", |f| f.message.as_str());
        let word = finished.map_or("open", |f| f.outcome.word());
        self.world.lock().tell(|| format!("the run is {word} {why}"));
    }

    /// Whoever reads the run back without its secrets has to see the same run.
    fn retold(&self, state: &State) {
        let read = || {
            let history = events(self.world.lock().records.clone())?;
            Ok(State::told(run_id(), self.scenario.plan.clone(), history)?)
        };
        let found = match read() {
            Ok(told) => differences(state, &told),
            Err(broken) => {
                let broken: Broken = broken;
                vec![format!("without secrets the journal can't be read: {broken}")]
            }
        };
        self.world.lock().broken.extend(found);
    }

    fn begin(&self, at: Timestamp) -> State {
        let started = RunStarted {
            format: FORMAT,
            flow: self.scenario.plan.name.clone(),
            flow_digest: self.scenario.plan.digest.clone(),
            file: self.scenario.plan.source.name().to_owned(),
            key: None,
            seed: Seed(Uuid::from_u128(7 + self.generation)),
            inputs: self.scenario.inputs.clone(),
            base_url: "simulation".to_owned(),
            sandbox: true,
            max_total: None,
            batch: None,
        };
        State::begin(self.run(), self.scenario.plan.clone(), started, at, self.outside())
    }

    fn outside(&self) -> Outside {
        Outside::again(self.scenario.secrets.clone(), &self.scenario.inputs)
    }

    fn read_back(&self) -> Result<State, Broken> {
        let mut history = events(self.world.lock().records.clone())?;
        if self.scenario.sabotage == Some(Sabotage::SameReference) {
            forget_references(&mut history, Seed(Uuid::from_u128(u128::from(self.lives) + 1_000)));
        }
        Ok(State::fold(self.run(), self.scenario.plan.clone(), history, self.outside())?)
    }

    /// To resume what is over changes nothing.
    fn resumed_for_nothing(&self, seen: &mut Seen) -> Option<String> {
        let state = self.ended.as_ref().filter(|_| self.is_over())?;
        let before = self.world.lock().requests;
        let engine = self.engine();
        let mut again = state.clone();
        let told = self.until_dead(carry_out(&engine, &mut again, seen), &mut Seen::default());
        let after = self.world.lock().requests;
        let same = before == after && again.finished == state.finished && told.is_some();
        (!same).then(|| "resuming a run that was over changed something".to_owned())
    }
}

async fn carry_out(engine: &Engineer, state: &mut State, seen: &mut Seen) -> Result<(), Broken> {
    let _: Finished = engine.drive(state, seen).await?;
    if state.n > MAX_EVENTS {
        let mut world = engine.journal.0.lock();
        world.broken.push(format!("the run has {} events: it does not end", state.n));
    }
    Ok(())
}

/// Between two processes somebody said yes to what the run waits for.
async fn somebody_answers(engine: &Engineer, state: &mut State) -> Result<(), Broken> {
    match question(state) {
        Some((step, _)) => {
            engine.note(state, Event::Answered { step, approved: true, by: None }).await
        }
        None => Ok(()),
    }
}

/// The payment that a run waits for its payer to confirm.
fn to_confirm(state: &State) -> Option<Uuid> {
    let failure = state.finished.as_ref()?.failure.as_ref()?;
    failure.reference_id.filter(|_| failure.kind == FailureKind::RequiresAction)
}

/// Makes a history say that the run always had other references.
fn forget_references(history: &mut [Recorded], seed: Seed) {
    for recorded in history {
        match &mut recorded.event {
            Event::RunStarted(started) => started.seed = seed,
            Event::RequestIntended(intent) if intent.reference_id.is_some() => {
                let reference = seed.derive(&["execution", &intent.step]);
                intent.reference_id = Some(reference);
                if let Some(Value::Map(body)) = &mut intent.body {
                    body.insert("reference_id".to_owned(), Value::Text(reference.to_string()));
                }
            }
            _ => {}
        }
    }
}

/// The one run of a schedule, or its first.
pub fn run_id() -> RunId {
    RunId(Uuid::from_u128(0x5eed))
}
