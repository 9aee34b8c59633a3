//! How long a process sits out what a flow itself waits for.

use jiff::{SignedDuration, Timestamp};

use crate::base::value::Map;
use crate::run::event::Event;
use crate::run::outcome::{Failure, FailureKind, Outcome};
use crate::run::state::State;

/// The longest `wait` that is sat out where nobody looks on.
const SHORT: SignedDuration = SignedDuration::from_mins(1);

/// How long a `wait` may have to go before the process leaves the run paused instead: whoever takes it up later waits for
/// the same moment. The pace of status questions and of tries is none of this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Patience(Option<SignedDuration>);

impl Patience {
    /// Whatever it takes.
    pub const ENDLESS: Self = Self(None);

    /// A minute.
    pub const SHORT: Self = Self(Some(SHORT));

    /// Whether it is worth waiting.
    pub(super) fn bears(self, now: Timestamp, until: Timestamp) -> bool {
        self.0.is_none_or(|longest| until.duration_since(now) <= longest)
    }
}

/// The run stops, durably, until somebody takes it up when its time has come.
pub(super) fn not_sat_out(state: &State, step: &str, until: Timestamp) -> Event {
    let help = format!("`dollr-flow resume {}` goes on from then", state.run);
    let message = format!("it waits until {until:.0}");
    let mut failure = Failure::new(FailureKind::NotFinal, message).help(help);
    failure.step = Some(step.to_owned());
    failure.due = Some(until);
    Event::RunFinished { outcome: Outcome::Paused, outputs: Map::new(), failure: Some(failure) }
}
