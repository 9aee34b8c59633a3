//! How many runs are at work at once: a fixed number, or one that follows what the API bears.
//!
//! The law of the adaptive limit, applied once per window of replies:
//! - a 429, a 503 or a time-out in the window: half as many;
//! - else, replies took more than twice as long as the API's best: a tenth fewer;
//! - else, if all places were in use: twice as many until the first push-back, one more after it.
//!
//! The API's best is the least mean of a window so far; it is let go of by a hundredth per window, so that an API that
//! became slower for good is not held to what it once was.

/// The least and the most an adaptive limit goes to, and where it begins.
const LEAST: u32 = 1;
const MOST: u32 = 256;
const FIRST: u32 = 8;

/// The fewest replies that make a window.
const WINDOW: u32 = 16;

/// What was seen of the API since the last window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// How many replies came.
    pub replies: u32,
    /// How long they took, all together, in microseconds.
    pub total_us: u64,
    /// How often the API asked for less: 429, 503, no answer in time.
    pub refusals: u32,
}

/// How many runs may be at work at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    now: u32,
    adaptive: bool,
    best_us: Option<u64>,
    pushed_back: bool,
}

impl Limit {
    /// Always this many.
    pub fn fixed(most: u32) -> Self {
        Self { now: most.max(1), adaptive: false, best_us: None, pushed_back: false }
    }

    /// As many as the API bears.
    pub fn adaptive() -> Self {
        Self { now: FIRST, adaptive: true, best_us: None, pushed_back: false }
    }

    /// How many runs may be at work now.
    pub fn now(&self) -> usize {
        self.now as usize
    }

    /// Whether that many replies are enough to learn from.
    pub fn is_due(&self, window: &Window) -> bool {
        self.adaptive && (window.refusals > 0 || window.replies >= WINDOW.max(self.now))
    }

    /// Learns from a window; `full` says whether all places were in use.
    pub fn learn(&mut self, window: &Window, full: bool) {
        if !self.adaptive {
            return;
        }
        let mean = window.total_us.checked_div(window.replies.into());
        let slow = match (mean, self.best_us) {
            (Some(mean), Some(best)) => mean > best.saturating_mul(2),
            _ => false,
        };
        if let Some(mean) = mean.filter(|mean| *mean > 0) {
            let aged = self.best_us.map_or(mean, |best| best + best / 100);
            self.best_us = Some(aged.min(mean));
        }
        let next = match (window.refusals > 0, slow) {
            (true, _) => self.now / 2,
            (false, true) => self.now - (self.now / 10).max(1),
            (false, false) if !full => self.now,
            (false, false) if self.pushed_back => self.now + 1,
            (false, false) => self.now * 2,
        };
        self.pushed_back |= window.refusals > 0 || slow;
        self.now = next.clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(mean_us: u64, refusals: u32) -> Window {
        Window { replies: 16, total_us: mean_us * 16, refusals }
    }

    #[test]
    fn it_doubles_until_it_is_pushed_back_and_creeps_after_that() {
        let mut limit = Limit::adaptive();
        limit.learn(&window(1_000, 0), true);
        limit.learn(&window(1_100, 0), true);
        assert_eq!(limit.now(), 32);
        limit.learn(&window(1_100, 1), true);
        assert_eq!(limit.now(), 16);
        limit.learn(&window(1_100, 0), true);
        assert_eq!(limit.now(), 17);
    }

    #[test]
    fn slow_replies_take_a_tenth_and_idle_places_add_nothing() {
        let mut limit = Limit::adaptive();
        limit.learn(&window(1_000, 0), false);
        assert_eq!(limit.now(), 8);
        limit.learn(&window(2_500, 0), true);
        assert_eq!(limit.now(), 7);
        for _ in 0..50 {
            limit.learn(&window(9_000, 3), true);
        }
        assert_eq!(limit.now(), 1);
    }

    #[test]
    fn an_api_that_is_slower_for_good_becomes_the_measure() {
        let mut limit = Limit::adaptive();
        limit.learn(&window(1_000, 0), true);
        for _ in 0..200 {
            limit.learn(&window(3_000, 0), true);
        }
        let low = limit.now();
        for _ in 0..20 {
            limit.learn(&window(3_000, 0), true);
        }
        assert!(limit.now() > low);
    }

    #[test]
    fn a_fixed_limit_stays() {
        let mut limit = Limit::fixed(64);
        limit.learn(&window(9_000, 3), true);
        assert_eq!((limit.now(), limit.is_due(&window(1, 1))), (64, false));
    }
}
