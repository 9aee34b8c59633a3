//! The pause that a 429 imposes on the whole process.

use std::sync::Mutex;

use jiff::Timestamp;

use super::ports::Clock;

/// Nothing is sent before the time the API named.
#[derive(Debug, Default)]
pub struct Gate(Mutex<Option<Timestamp>>);

impl Gate {
    /// Nothing is sent before `until`.
    pub fn close(&self, until: Timestamp) {
        let mut closed = self.lock();
        *closed = Some(closed.map_or(until, |already| already.max(until)));
    }

    /// Returns once the gate is open.
    pub async fn pass(&self, clock: &impl Clock) {
        while let Some(until) = self.closed_until(clock.now()) {
            clock.sleep_until(until).await;
        }
    }

    fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.lock().filter(|until| *until > now)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        // a plain value can't be left half-written by a panic elsewhere
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
