//! The time as the books know it.

use jiff::{SignedDuration, Timestamp};

/// The emulator's time. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Clock {
    now: Timestamp,
    ahead: SignedDuration,
}

impl Clock {
    /// The time.
    pub(crate) fn now(self) -> Timestamp {
        self.now
    }

    /// A clock that nobody has told the time yet, standing at one.
    pub(crate) fn standing_at(now: Timestamp) -> Self {
        Self { now, ..Self::default() }
    }

    pub(crate) fn hear(&mut self, now: Timestamp) {
        let shifted = now.saturating_add(self.ahead).unwrap_or(Timestamp::MAX);
        self.now = self.now.max(shifted);
    }

    /// Ahead of the time outside from now on.
    pub(crate) fn advance(&mut self, by: SignedDuration) {
        self.ahead = self.ahead.saturating_add(by);
        self.now = self.now.saturating_add(by).unwrap_or(Timestamp::MAX);
    }
}
