//! The progress of a batch: a bar on a terminal, a line now and then elsewhere.

use std::io::Write;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

use super::summary::Tally;

/// How long apart the lines are where there is no terminal.
const EVERY: SignedDuration = SignedDuration::from_secs(10);

/// Where progress is told.
pub enum Bar<W> {
    /// Nowhere.
    Silent,
    /// A bar that was made for a terminal.
    Live(ProgressBar),
    /// Lines, and when the last was written.
    Lines(W, Timestamp),
}

impl<W: Write> Bar<W> {
    /// A bar for so many rows.
    pub fn live(bar: ProgressBar, rows: u64) -> Self {
        bar.set_length(rows);
        // counts and money have a line of their own, cut where the terminal ends
        let template = "{bar:20.cyan/dim} {pos}/{len}  {rate}  eta {eta}\n  {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // a bar that can't be drawn is no error of the batch
                let _ = out.write_str(&rate(state.per_sec()));
            };
            bar.set_style(style.with_key("rate", rate).progress_chars("━╸─"));
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self::Live(bar)
    }

    /// Rows that had ended before are no progress.
    pub fn begin_at(&self, rows: u64) {
        if let Self::Live(bar) = self {
            bar.set_position(rows);
            bar.reset_eta();
        }
    }

    /// Tells how far it is.
    pub fn tell(&mut self, tally: &Tally, waiting: usize, rows: u64, now: Timestamp) {
        let waits = if waiting > 0 { format!(", {waiting} waiting") } else { String::new() };
        match self {
            Self::Silent => {}
            Self::Live(bar) => {
                bar.set_position(tally.all());
                bar.set_message(format!("{}{waits}  {}", tally.counted(), tally.money()));
            }
            Self::Lines(out, last) if now.duration_since(*last) >= EVERY => {
                *last = now;
                let done = tally.all();
                // a reporter that fails never stops a batch
                let _ = writeln!(
                    out,
                    "{done} of {rows}: {}{waits}; {}",
                    tally.counted(),
                    tally.money()
                );
            }
            Self::Lines(..) => {}
        }
    }

    /// A line of its own.
    pub fn say(&mut self, text: &str) {
        match self {
            Self::Silent => {}
            Self::Live(bar) => bar.println(text),
            // a reporter that fails never stops a batch
            Self::Lines(out, _) => drop(writeln!(out, "{text}")),
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Self::Live(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// How many rows there are in a second, or in a minute where they are few.
fn rate(per_second: f64) -> String {
    match per_second {
        few if few < 1.0 => format!("{:.0}/min", few * 60.0),
        few if few < 10.0 => format!("{few:.1}/s"),
        many => format!("{many:.0}/s"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_rate_has_no_more_digits_than_it_deserves() {
        let told = [44.642457665, 2.36, 0.5, 0.0].map(super::rate);
        assert_eq!(told, ["45/s", "2.4/s", "30/min", "0/min"]);
    }
}
