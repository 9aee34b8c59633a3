//! Who hears of a run while it goes on.

use jiff::Timestamp;

use super::state::{Recorded, State};

/// Hears of every fact after it was written down. It can't stop a run.
pub trait Watch: Send {
    /// A fact, and the state with it.
    fn event(&mut self, state: &State, recorded: &Recorded);

    /// Nothing is to do until then.
    fn waiting(&mut self, _state: &State, _until: Timestamp, _why: &str) {}
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
}
