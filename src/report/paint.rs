//! Colours and marks, or plain text where those are not wanted.

use crate::base::visible::Mark;
use crate::run::outcome::{Outcome, StepStatus};

/// Whether to colour, and the mark of colours that are this program's own.
#[derive(Debug, Clone, Copy)]
pub struct Paint(pub Option<Mark>);

impl Paint {
    /// In a style, given as the numbers of an SGR sequence.
    pub fn style(self, style: &str, text: &str) -> String {
        match self.0 {
            Some(mark) => mark.styled(style, text),
            None => text.to_owned(),
        }
    }

    /// Less important.
    pub fn dim(self, text: &str) -> String {
        self.style("2", text)
    }

    /// More important.
    pub fn bold(self, text: &str) -> String {
        self.style("1", text)
    }

    /// In the colour of a step's status.
    pub fn step(self, status: StepStatus, text: &str) -> String {
        let style = match status {
            StepStatus::Succeeded => "32",
            StepStatus::Failed => "31",
            StepStatus::Unclear => "35;1",
            StepStatus::Skipped => "2",
            StepStatus::Pending | StepStatus::Running => "36",
        };
        self.style(style, text)
    }

    /// In the colour of an outcome.
    pub fn outcome(self, outcome: Outcome, text: &str) -> String {
        let style = match outcome {
            Outcome::Succeeded => "32;1",
            Outcome::Failed | Outcome::Cancelled => "31;1",
            Outcome::Paused => "33;1",
            Outcome::Unclear => "35;1",
        };
        self.style(style, text)
    }
}

/// The mark of a step's status.
pub fn mark(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Succeeded => "✓",
        StepStatus::Failed => "✗",
        StepStatus::Unclear => "?",
        StepStatus::Skipped => "-",
        StepStatus::Pending | StepStatus::Running => "·",
    }
}

/// The mark of an outcome.
pub fn outcome_mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "✓",
        Outcome::Failed | Outcome::Cancelled => "✗",
        Outcome::Paused => "‖",
        Outcome::Unclear => "?",
    }
}

/// A length of time for people: `0.2s`, `3m 05s`.
pub fn lasting(from: jiff::Timestamp, to: jiff::Timestamp) -> String {
    let ms = to.duration_since(from).as_millis().max(0);
    match ms {
        0..60_000 => format!("{}.{}s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{}m {:02}s", ms / 60_000, ms % 60_000 / 1_000),
    }
}
