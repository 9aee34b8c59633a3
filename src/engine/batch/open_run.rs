//! One run of a batch that has not ended: at work, or waiting for its time.

use std::sync::Arc;

use jiff::Timestamp;

use super::work::Tag;
use crate::base::ids::RunId;
use crate::engine::again::{Again, Older};
use crate::engine::engine::{Broken, Engine, Hand, Pause, events};
use crate::engine::ports::{Clock, Journal, RunRow, Transport};
use crate::flow::plan::Plan;
use crate::run::history::{Outside, Recorded};
use crate::run::outcome::Outcome;
use crate::run::reporter::{Warning, Watch};
use crate::run::state::State;

/// What a run does when its turn comes.
pub(crate) enum Next {
    /// It begins, in the place of a failed one if there was one.
    Start(Option<(RunId, Vec<Older>)>),
    /// It is taken up.
    TakeUp,
    /// Its wait is over.
    Wake(Timestamp),
    /// It stops where it is, because the process is to stop.
    Stop,
}

/// What one turn of a run came to.
pub(crate) enum Turn {
    /// There is nothing to do before this time.
    Waits(Timestamp),
    /// The row came to this.
    Ended(Box<RunRow>, Outcome),
}

/// One run that has not ended.
pub(crate) struct Open<L> {
    pub(crate) tag: Tag,
    pub(crate) next: Next,
    run: RunId,
    plan: Arc<Plan>,
    /// What no journal holds.
    outside: Outside,
    /// None while it is in the journal alone.
    state: Option<Box<State>>,
    hand: Hand,
    /// What people should know.
    pub(crate) warned: Warned,
    /// Held for as long as the run is open.
    _locks: Vec<L>,
}

impl<L> Open<L> {
    pub(crate) fn new(
        tag: Tag,
        state: Box<State>,
        outside: Outside,
        next: Next,
        locks: Vec<L>,
    ) -> Self {
        let (run, plan) = (state.run, state.plan.clone());
        let hand = Hand::default();
        let warned = Warned::default();
        Self { tag, next, run, plan, outside, state: Some(state), hand, warned, _locks: locks }
    }

    /// Whether its state takes room.
    pub(crate) fn is_here(&self) -> bool {
        self.state.is_some()
    }

    /// Where it stands, unless that is in the journal alone.
    pub(crate) fn state(&self) -> Option<&State> {
        self.state.as_deref()
    }

    /// Forgets what can be read back.
    pub(crate) fn put_away(&mut self) {
        self.state = None;
        self.hand = Hand::default();
    }

    /// Carries the run on for as long as there is something to do now.
    pub(crate) async fn go<T, C, J>(&mut self, engine: &Engine<T, C, J>) -> Result<Turn, Broken>
    where
        T: Transport,
        C: Clock,
        J: Journal<Lock = L>,
    {
        let next = std::mem::replace(&mut self.next, Next::TakeUp);
        let mut state = match self.state.take() {
            Some(state) => state,
            None => {
                let history = events(engine.journal.load(self.run).await?)?;
                Box::new(State::fold(self.run, self.plan.clone(), history, self.outside.clone())?)
            }
        };
        match next {
            Next::Start(None) => engine.start(&state, &mut ()).await?,
            Next::Start(Some((holder, mut older))) => {
                match engine.asked_again(&mut older).await? {
                    Again::Free => {}
                    Again::Taken(row) => return Ok(Turn::Ended(row, Outcome::Unclear)),
                    Again::Unasked(why) => return Err(Broken::Unasked(why)),
                }
                engine.start_over(&state, Some(holder), &mut ()).await?;
            }
            Next::TakeUp => engine.take_up(&mut state, &mut self.warned).await?,
            Next::Wake(at) => engine.woke(&mut state, at, &mut ()).await?,
            Next::Stop => {}
        }
        let pause = engine.advance(&mut state, &mut self.hand, &mut self.warned).await?;
        let turn = match pause {
            Pause::Waits(until) => Turn::Waits(until),
            Pause::Ended(ended) => Turn::Ended(Box::new(RunRow::of(&state)), ended.outcome),
        };
        self.state = Some(state);
        Ok(turn)
    }
}

/// Keeps the warnings of a run.
#[derive(Debug, Default)]
pub(crate) struct Warned(pub(crate) Vec<Warning>);

impl Watch for Warned {
    fn event(&mut self, _state: &State, _recorded: &Recorded) {}

    fn warning(&mut self, warning: Warning) {
        self.0.push(warning);
    }
}
