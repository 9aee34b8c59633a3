//! The exit codes. They are public: scripts and CI build on them.

use crate::run::history::Finished;
use crate::run::outcome::{FailureKind, Outcome};

/// Everything was done.
pub const SUCCEEDED: u8 = 0;
/// It failed, definitely: declined, rejected, an assertion.
pub const FAILED: u8 = 1;
/// It was not started: bad usage, flow, input or credentials; nothing was sent.
pub const NOT_STARTED: u8 = 2;
/// Not final yet: `resume` later.
pub const PAUSED: u8 = 3;
/// Money may have moved and the API could not tell: do not start it again.
pub const UNCLEAR: u8 = 4;
/// Told to stop; the run is paused.
pub const INTERRUPTED: u8 = 130;

/// The exit code of a run's end.
pub fn of(finished: &Finished) -> u8 {
    let stopped = finished.failure.as_ref().is_some_and(|f| f.kind == FailureKind::Interrupted);
    match finished.outcome {
        Outcome::Succeeded => SUCCEEDED,
        Outcome::Failed | Outcome::Cancelled => FAILED,
        Outcome::Paused if stopped => INTERRUPTED,
        Outcome::Paused => PAUSED,
        Outcome::Unclear => UNCLEAR,
    }
}

/// The worst of several: 4, then 1, then 130, then 3, then 2, then 0.
pub fn worst(codes: impl IntoIterator<Item = u8>) -> u8 {
    let rank = |code: &u8| match *code {
        UNCLEAR => 5,
        FAILED => 4,
        INTERRUPTED => 3,
        PAUSED => 2,
        NOT_STARTED => 1,
        _ => 0,
    };
    codes.into_iter().max_by_key(rank).unwrap_or(SUCCEEDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_row_decides() {
        assert_eq!(worst([0, 3, 1, 4, 0]), UNCLEAR);
        assert_eq!(worst([0, 3, 1]), FAILED);
        assert_eq!(worst([0, 3]), PAUSED);
        assert_eq!(worst([]), SUCCEEDED);
    }
}
