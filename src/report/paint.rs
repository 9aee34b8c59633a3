//! Colours and marks, or plain text where those are not wanted.

use std::io::{self, Write};

use super::fit;
use crate::base::visible::Mark;
use crate::run::outcome::{Outcome, StepStatus};

/// How what is written looks.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// The mark of colours that are this program's own, if there are any.
    pub colour: Option<Mark>,
    /// How many columns there are, on a terminal.
    pub width: Option<usize>,
}

impl Paint {
    /// In a style, given as the numbers of an SGR sequence.
    pub fn style(self, style: &str, text: &str) -> String {
        match self.colour {
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

/// The time between two moments, for people.
pub fn lasting(from: jiff::Timestamp, to: jiff::Timestamp) -> String {
    length(u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0))
}

/// A length of time for people: `0.2s`, `3m 05s`, `2h 05m`, `3d 00h`.
pub fn length(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..60 => format!("{seconds}.{}s", ms % 1_000 / 100),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// Writes a named line of a summary. What does not fit a terminal goes on below, in line with where it began, as further
/// lines of the text do: none of them passes for another row.
pub fn row(
    out: &mut impl Write,
    paint: Paint,
    name: &str,
    width: usize,
    text: &str,
) -> io::Result<()> {
    let room = paint.width.map(|columns| columns.max(fit::NARROWEST).saturating_sub(width + 4));
    let fitting =
        |line: &str| room.map_or_else(|| vec![line.to_owned()], |room| fit::lines(line, room));
    let mut name = name;
    for line in text.lines().flat_map(fitting) {
        writeln!(
            out,
            "{}",
            format!("  {}  {line}", paint.dim(&format!("{name:<width$}"))).trim_end()
        )?;
        name = "";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_told_in_units_that_fit_them() {
        let told = [0, 12_345, 59_999, 65_000, 7_500_000, 86_400_000, 4_320 * 60_000].map(length);
        assert_eq!(told, ["0.0s", "12.3s", "59.9s", "1m 05s", "2h 05m", "1d 00h", "3d 00h"]);
    }
}
