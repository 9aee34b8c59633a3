//! The clocks of a run. Its own time goes on with this machine's clock and never back; this machine's clock may be
//! wrong, and may be set; the API's clock decides what the API makes of a date.
//!
//! Waits and limits are spans of the run's own time, so that a clock that is set back between two processes makes nobody
//! wait any longer. Dates are judged by the API's clock, where an answer told it.

use jiff::{SignedDuration, Timestamp};

use super::delivery::Delivery;

/// A clock that was set back by less is not worth a word.
const SET_BACK: SignedDuration = SignedDuration::from_secs(5);

/// How far two clocks may be apart before their difference counts: answers take time, and a `Date` has whole seconds.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// What is known of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The run's own time.
    run: Timestamp,
    /// What this machine's clock showed at the last event.
    pub wall: Timestamp,
    /// How far the API's clock is ahead of this machine's, since an answer told this process.
    ahead: Option<SignedDuration>,
    /// The latest time that the API's clock was seen to show. It shows at least that.
    pub seen_at_api: Option<Timestamp>,
    /// How far this machine's clock went back before the run was last taken up, if it did.
    pub set_back: Option<SignedDuration>,
}

/// When an event happened, and by what it was decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    /// In the run's own time.
    pub at: Timestamp,
    /// By this machine's clock.
    pub wall: Timestamp,
    /// The run's own time at the event before.
    pub before: Timestamp,
    /// The date at the event before.
    pub date_before: Timestamp,
}

impl Clocks {
    /// At the start of a run.
    pub(super) fn start(at: Timestamp) -> Self {
        Self { run: at, wall: at, ahead: None, seen_at_api: None, set_back: None }
    }

    /// The run's own time.
    pub fn run(&self) -> Timestamp {
        self.run
    }

    /// The next event happens when this machine's clock shows `wall`.
    pub(super) fn tick(&mut self, wall: Timestamp) -> When {
        let (before, date_before) = (self.run, self.date());
        let passed = wall.duration_since(self.wall).max(SignedDuration::ZERO);
        self.run = plus(self.run, passed);
        self.wall = wall;
        When { at: self.run, wall, before, date_before }
    }

    /// Another process takes the run up: its machine's clock may be another one.
    pub(super) fn change_process(&mut self, wall: Timestamp) -> When {
        let back = self.wall.duration_since(wall);
        self.set_back = Some(back).filter(|back| *back > SET_BACK);
        self.ahead = None;
        self.tick(wall)
    }

    /// An answer tells the API's time.
    pub(super) fn hear(&mut self, delivery: &Delivery) {
        let Delivery::Answered(answer) = delivery else { return };
        let Some(date) = answer.server_date else { return };
        self.ahead = Some(date.duration_since(self.wall));
        self.seen_at_api = self.seen_at_api.max(Some(date));
    }

    /// How far the API's clock is ahead of this machine's, where that is too far to be chance.
    pub fn off(&self) -> Option<SignedDuration> {
        self.ahead.filter(|ahead| is_off(*ahead))
    }

    /// Today's date: by this machine's clock, unless the API says that it is wrong. Before it says so to this process,
    /// no earlier than what the run has seen.
    pub(super) fn date(&self) -> Timestamp {
        match (self.ahead, self.seen_at_api) {
            (Some(_), _) => plus(self.wall, self.off().unwrap_or_default()),
            (None, Some(seen)) => self.wall.max(seen),
            (None, None) => self.wall.max(self.run),
        }
    }

    /// A moment of the run's own time, by this machine's clock.
    pub fn on_wall(&self, moment: Timestamp) -> Timestamp {
        plus(self.wall, moment.duration_since(self.run))
    }

    /// A date, in the run's own time.
    pub(super) fn of_date(&self, date: Timestamp) -> Timestamp {
        plus(self.run, date.duration_since(self.date()))
    }

    /// A moment of the run's own time, as a date.
    pub(super) fn to_date(self, moment: Timestamp) -> Timestamp {
        plus(self.date(), moment.duration_since(self.run))
    }
}

/// Whether two clocks that far apart differ.
pub fn is_off(apart: SignedDuration) -> bool {
    apart.abs() >= TOLERANCE
}

/// For people: `this machine's clock is 120 minutes behind the API's`.
pub fn clock_is_off(api_ahead: SignedDuration) -> String {
    let minutes = (api_ahead.abs().as_secs() + 30) / 60;
    let side = if api_ahead.is_negative() { "ahead of" } else { "behind" };
    format!("this machine's clock is {minutes} minutes {side} the API's")
}

fn plus(at: Timestamp, span: SignedDuration) -> Timestamp {
    let end = if span.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    at.saturating_add(span).unwrap_or(end)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::base::value::Value;
    use crate::run::delivery::Answer;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + minute * 60).unwrap()
    }

    fn dated(minute: i64) -> Delivery {
        let server_date = Some(at(minute));
        Delivery::Answered(Answer {
            status: 200,
            retry_after: None,
            body: Value::Null,
            server_date,
        })
    }

    #[test]
    fn a_clock_set_back_stops_no_time_and_is_told() {
        let mut clocks = Clocks::start(at(0));
        clocks.tick(at(43_200));
        let resumed = clocks.change_process(at(1));
        assert_eq!((resumed.at, clocks.run()), (at(43_200), at(43_200)));
        assert_eq!(clocks.set_back, Some(SignedDuration::from_mins(43_199)));
        clocks.tick(at(3));
        assert_eq!(clocks.run(), at(43_202));
        // a wait of ten minutes from now is over in ten minutes, by whatever clock
        assert_eq!(clocks.on_wall(at(43_212)), at(13));
        assert_eq!(clocks.change_process(at(4)).at, at(43_203));
        assert_eq!(clocks.set_back, None);
    }

    #[test]
    fn dates_are_the_apis_where_the_clocks_differ() {
        let mut clocks = Clocks::start(at(0));
        clocks.hear(&dated(1));
        assert_eq!((clocks.off(), clocks.date()), (None, at(0)));
        clocks.hear(&dated(-120));
        assert_eq!(clocks.off(), Some(SignedDuration::from_mins(-120)));
        assert_eq!(clocks.date(), at(-120));
        assert_eq!(clocks.of_date(at(-110)), at(10));
        assert_eq!(clocks.to_date(at(10)), at(-110));
        assert_eq!(
            clock_is_off(SignedDuration::from_mins(-120)),
            "this machine's clock is 120 minutes ahead of the API's"
        );
        // seen is a lower bound, whatever a later answer says
        assert_eq!(clocks.seen_at_api, Some(at(1)));
        clocks.change_process(at(-500));
        assert_eq!(clocks.date(), at(1));
    }
}
