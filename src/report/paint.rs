//! Colours and marks, or plain text where those are not wanted.

use owo_colors::{OwoColorize, Style};

use crate::run::outcome::{Outcome, StepStatus};

/// Whether to colour.
#[derive(Debug, Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    fn style(self, text: &str, style: Style) -> String {
        match self.0 {
            true => text.style(style).to_string(),
            false => text.to_owned(),
        }
    }

    /// Less important.
    pub fn dim(self, text: &str) -> String {
        self.style(text, Style::new().dimmed())
    }

    /// More important.
    pub fn bold(self, text: &str) -> String {
        self.style(text, Style::new().bold())
    }

    /// In the colour of a step's status.
    pub fn step(self, status: StepStatus, text: &str) -> String {
        let style = match status {
            StepStatus::Succeeded => Style::new().green(),
            StepStatus::Failed => Style::new().red(),
            StepStatus::Unclear => Style::new().magenta().bold(),
            StepStatus::Skipped => Style::new().dimmed(),
            StepStatus::Pending | StepStatus::Running => Style::new().cyan(),
        };
        self.style(text, style)
    }

    /// In the colour of an outcome.
    pub fn outcome(self, outcome: Outcome, text: &str) -> String {
        let style = match outcome {
            Outcome::Succeeded => Style::new().green().bold(),
            Outcome::Failed | Outcome::Cancelled => Style::new().red().bold(),
            Outcome::Paused => Style::new().yellow().bold(),
            Outcome::Unclear => Style::new().magenta().bold(),
        };
        self.style(text, style)
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
