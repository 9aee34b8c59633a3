//! The progress of a batch: a bar on a terminal, a line now and then elsewhere.

use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

use super::batch::Tally;

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
        let template = "{bar:30.cyan/dim} {pos}/{len}  {per_sec:>9}  eta {eta:<5} {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
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

    /// Takes the bar away.
    pub fn end(&self) {
        if let Self::Live(bar) = self {
            bar.finish_and_clear();
        }
    }
}
