//! What holds requests back: the pause that a 429 imposes on the whole process, and the pace that a person asked for.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::batch::limit::Window;
use super::ports::Clock;
use super::stop::Stop;
use crate::run::clocks::is_off;
use crate::run::delivery::{CauseKind, Delivery};

/// Nothing is sent before the time the API named, nor faster than it was asked for.
#[derive(Debug, Default)]
pub struct Gate(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// No request leaves before this.
    closed: Option<Timestamp>,
    /// Between two requests, at least; none if there is no pace.
    apart: SignedDuration,
    /// When the next request may leave, by the pace.
    next: Option<Timestamp>,
    /// How the API answered lately.
    window: Window,
    /// How far the API's clock is ahead of this machine's, by the last answer that told.
    ahead: Option<SignedDuration>,
}

/// What became of a request at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It may leave.
    Open,
    /// The gate stays closed until then, which is longer than the request may be held back.
    Held(Timestamp),
    /// The process is to stop.
    Stopped,
}

impl Gate {
    /// A gate that lets a request through every `apart` at most.
    pub fn paced(apart: SignedDuration) -> Self {
        Self(Mutex::new(Inner { apart, ..Inner::default() }))
    }

    /// Returns once a request may leave, by the pace too, or once it is sure that it may not within `hold`.
    pub async fn pass(&self, clock: &impl Clock, stop: &Stop, hold: SignedDuration) -> Passed {
        let passed = self.reopen(clock, stop, hold).await;
        if passed != Passed::Open {
            return passed;
        }
        let slot = self.lock().slot(clock.now());
        match slot {
            Some(slot) => {
                tokio::select! {
                    () = clock.sleep_until(slot) => self.reopen(clock, stop, hold).await,
                    () = stop.wait() => Passed::Stopped,
                }
            }
            None => Passed::Open,
        }
    }

    /// The same without the pace, for a request that has passed already and may have been overtaken by a 429.
    pub async fn reopen(&self, clock: &impl Clock, stop: &Stop, hold: SignedDuration) -> Passed {
        let latest = clock.now().saturating_add(hold).unwrap_or(Timestamp::MAX);
        loop {
            if stop.asked() {
                return Passed::Stopped;
            }
            let Some(until) = self.closed_until(clock.now()) else { return Passed::Open };
            if until > latest {
                return Passed::Held(until);
            }
            tokio::select! {
                () = clock.sleep_until(until) => {}
                () = stop.wait() => return Passed::Stopped,
            }
        }
    }

    /// Nothing leaves before this.
    pub fn close(&self, until: Timestamp) {
        let mut inner = self.lock();
        inner.closed = inner.closed.max(Some(until));
    }

    /// Takes note of how the API answered a request, and how long that took. A 429 that names a time closes the gate
    /// for the whole process.
    pub fn heed(&self, delivery: &Delivery, sent_at: Timestamp, now: Timestamp) {
        self.compare_clocks(delivery, now);
        let took = u64::try_from(now.duration_since(sent_at).as_micros()).unwrap_or(0);
        let mut inner = self.lock();
        match delivery {
            Delivery::Answered(answer) => {
                inner.window.replies += 1;
                inner.window.total_us = inner.window.total_us.saturating_add(took);
                if matches!(answer.status, 429 | 503) {
                    inner.window.refusals += 1;
                }
                if answer.status == 429
                    && let Some(wait) = answer.asks_to_wait(now)
                {
                    let until = now.saturating_add(wait).unwrap_or(now);
                    inner.closed = inner.closed.max(Some(until));
                }
            }
            Delivery::Maybe(cause) if cause.kind == CauseKind::Timeout => {
                inner.window.refusals += 1;
            }
            Delivery::Maybe(_) | Delivery::Never(_) => {}
        }
    }

    /// Takes note of the API's time, if the answer tells it.
    pub fn compare_clocks(&self, delivery: &Delivery, now: Timestamp) {
        if let Delivery::Answered(answer) = delivery
            && let Some(date) = answer.server_date
        {
            self.lock().ahead = Some(date.duration_since(now));
        }
    }

    /// The API's time, where this machine's clock is known to be wrong.
    pub fn api_at(&self, now: Timestamp) -> Option<Timestamp> {
        let ahead = self.lock().ahead.filter(|ahead| is_off(*ahead))?;
        now.saturating_add(ahead).ok()
    }

    /// What was seen of the API since [`Gate::next_window`].
    pub fn window(&self) -> Window {
        self.lock().window
    }

    /// Looks at the API anew.
    pub fn next_window(&self) {
        self.lock().window = Window::default();
    }

    /// Until when nothing leaves; none if the gate is open.
    pub fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.lock().closed.filter(|until| *until > now)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // plain values can't be left half-written by a panic elsewhere
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes the next place in the pace; none to wait for if that is now.
    fn slot(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.apart.is_zero() {
            return None;
        }
        let slot = self.next.map_or(now, |next| next.max(now));
        self.next = Some(slot.saturating_add(self.apart).unwrap_or(slot));
        (slot > now).then_some(slot)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_their_distance_and_save_up_nothing() {
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
        let mut inner = Inner { apart: SignedDuration::from_millis(100), ..Inner::default() };
        assert_eq!(inner.slot(at(0)), None);
        assert_eq!(inner.slot(at(10)), Some(at(100)));
        assert_eq!(inner.slot(at(20)), Some(at(200)));
        assert_eq!(inner.slot(at(1_000)), None);
        assert_eq!(inner.slot(at(1_000)), Some(at(1_100)));
    }
}
