//! The machine and the person at it: environment, clock, chance, terminal.

use std::env;
use std::fs;
use std::io::IsTerminal;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::base::ids::{RunId, Seed};
use crate::engine::ports::Clock;

/// The longest single sleep: a machine that was suspended looks at its clock again at least this often.
const MAX_NAP: Duration = Duration::from_secs(10);

/// A clock that goes back by less than this is not said to.
const SET_BACK: SignedDuration = SignedDuration::from_secs(5);

/// The clock on the wall as this process saw it at first: set back meanwhile, it goes on from where it was, so that
/// nobody waits any longer for that. Forward it follows, as a machine that was suspended has to.
#[derive(Debug, Clone, Copy, Default)]
pub struct WallClock;

static HANDS: LazyLock<Mutex<Hands>> =
    LazyLock::new(|| Mutex::new(Hands::at(Timestamp::now(), Instant::now())));

/// What the clock showed last, and by how much it was set back since the process began.
#[derive(Debug)]
struct Hands {
    wall: Timestamp,
    tick: Instant,
    back: SignedDuration,
    shown: Timestamp,
}

impl Hands {
    fn at(wall: Timestamp, tick: Instant) -> Self {
        Self { wall, tick, back: SignedDuration::ZERO, shown: wall }
    }

    /// What this process takes for the time, when the wall shows that.
    fn read(&mut self, wall: Timestamp, tick: Instant) -> Timestamp {
        let passed = SignedDuration::try_from(tick.duration_since(self.tick)).unwrap_or_default();
        let back = self.wall.duration_since(wall).saturating_add(passed);
        if back > SET_BACK {
            tracing::warn!(
                "this machine's clock was set back by {:#}; this process goes on by the time that has passed",
                SignedDuration::from_secs(back.as_secs())
            );
            self.back = self.back.saturating_add(back);
        }
        (self.wall, self.tick) = (wall, tick);
        self.shown = self.shown.max(wall.saturating_add(self.back).unwrap_or(Timestamp::MAX));
        self.shown
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let mut hands = HANDS.lock().unwrap_or_else(PoisonError::into_inner);
        hands.read(Timestamp::now(), Instant::now())
    }

    async fn sleep_until(&self, until: Timestamp) {
        loop {
            let left = Duration::try_from(until.duration_since(self.now())).unwrap_or_default();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(MAX_NAP)).await;
        }
    }
}

/// Measures how long something took.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// How many seconds have passed since.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// A new name for a run.
pub fn new_run() -> RunId {
    RunId(Uuid::new_v4())
}

/// New randomness for a run.
pub fn new_seed() -> Seed {
    Seed(Uuid::new_v4())
}

/// A variable of the environment: `None` if it is not set, an error if it is no text.
pub fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(format!("the environment variable {name} is not UTF-8 text"))
        }
    }
}

/// A setting from the environment: like [`variable`], but one that is set and blank is an error. Nobody sets a blank on
/// purpose, and to take it for nothing would send a run to where the default points.
pub fn setting(name: &str) -> Result<Option<String>, String> {
    match variable(name)? {
        Some(value) if value.trim().is_empty() => Err(format!(
            "the environment variable {name} is set, but blank: give it a value, or unset it"
        )),
        value => Ok(value),
    }
}

/// The words of the command line, this program's name first.
pub fn arguments() -> impl Iterator<Item = String> {
    env::args_os().map(|word| word.to_string_lossy().into_owned())
}

/// What is known about where output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Whether results go to a terminal.
    pub stdout: bool,
    /// Whether progress goes to a terminal.
    pub stderr: bool,
    /// Whether a person can answer.
    pub stdin: bool,
    /// Whether colour was asked away.
    pub no_color: bool,
    /// How many columns standard output has, where that is known.
    pub width: Option<u16>,
}

impl Terminal {
    /// Looks at the process's own streams.
    pub fn look() -> Self {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
            stdin: std::io::stdin().is_terminal(),
            no_color: set("NO_COLOR") || env::var_os("TERM").is_some_and(|term| term == "dumb"),
            width: terminal_size::terminal_size().map(|(width, _)| width.0),
        }
    }
}

/// The name of the person at the machine, as the environment has it.
pub fn person() -> Option<String> {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter();
    names.filter_map(|name| env::var(name).ok()).find(|name| !name.trim().is_empty())
}

/// This machine's name, for people who look for a lock's holder.
pub fn name() -> String {
    let known = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .or_else(|| env::var("HOSTNAME").ok())
        .or_else(|| env::var("COMPUTERNAME").ok());
    let name = known.unwrap_or_default();
    match name.trim() {
        "" => "this machine".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_goes_on_and_one_set_forward_is_followed() {
        let wall = |second: i64| Timestamp::from_second(1_770_000_000 + second).unwrap();
        let start = Instant::now();
        let tick = |second| start + Duration::from_secs(second);
        let mut hands = Hands::at(wall(0), tick(0));
        assert_eq!(hands.read(wall(10), tick(10)), wall(10));
        // thirty days back, two seconds later
        let back = 30 * 86_400i64;
        assert_eq!(hands.read(wall(12 - back), tick(12)), wall(12));
        assert_eq!(hands.read(wall(13 - back), tick(13)), wall(13));
        // the machine slept for an hour
        assert_eq!(hands.read(wall(3_613 - back), tick(14)), wall(3_613));
    }
}
