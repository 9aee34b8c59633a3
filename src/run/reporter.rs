//! Who hears of a run while it goes on.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::clocks::clock_is_off;
use super::history::Recorded;
use super::state::State;

/// Hears of every fact after it was written down. It can't stop a run.
pub trait Watch: Send {
    /// A fact, and the state with it.
    fn event(&mut self, state: &State, recorded: &Recorded);

    /// Nothing is to do until then.
    fn waiting(&mut self, _state: &State, _until: Timestamp, _why: &str) {}

    /// Something is not as it should be, and the run goes on all the same.
    fn warning(&mut self, _warning: Warning) {}
}

/// What people should know who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The API's clock is that far ahead of this machine's.
    ClockOff(SignedDuration),
    /// This machine's clock shows a time that far before the run's last event.
    ClockSetBack(SignedDuration),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockOff(ahead) => write!(
                f,
                "{}: the API's clock decides, but set this machine's right, by NTP for one",
                clock_is_off(*ahead)
            ),
            Self::ClockSetBack(back) => write!(
                f,
                "this machine's clock was set back by {:#} since the run's last event: it waits no longer for that, but see                  that the clock is right",
                SignedDuration::from_secs(back.as_secs())
            ),
        }
    }
}

/// Nobody watches.
impl Watch for () {
    fn event(&mut self, _state: &State, _recorded: &Recorded) {}
}

impl Watch for Box<dyn Watch> {
    fn event(&mut self, state: &State, recorded: &Recorded) {
        (**self).event(state, recorded);
    }

    fn waiting(&mut self, state: &State, until: Timestamp, why: &str) {
        (**self).waiting(state, until, why);
    }

    fn warning(&mut self, warning: Warning) {
        (**self).warning(warning);
    }
}
