//! The live display of a terminal: a spinner on the step under way, a line for each that is done.

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::paint::{Paint, lasting};
use super::pii::Pii;
use super::progress::{current, ended, line};
use crate::run::state::{Recorded, State};
use crate::run::watch::Watch;

/// Draws on a bar that was made for the terminal.
pub struct Live {
    bar: ProgressBar,
    paint: Paint,
    show_pii: bool,
}

impl Live {
    /// Draws on `bar`.
    pub fn new(bar: ProgressBar, paint: Paint, show_pii: bool) -> Self {
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg}") {
            bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        Self { bar, paint, show_pii }
    }

    fn under_way(&self, state: &State, why: &str) {
        let Some((plan, step)) = current(state) else { return };
        let id = self.paint.bold(&format!("{:<14}", plan.id));
        let since = step.started_at.unwrap_or(state.now);
        let lasted = self.paint.dim(&format!("{:>7}", lasting(since, state.now)));
        self.bar.set_message(format!("{id} {lasted}  {why}"));
    }
}

impl Watch for Live {
    fn event(&mut self, state: &State, recorded: &Recorded) {
        if let Some((plan, step)) = ended(state, recorded) {
            let text = line(plan, step, &Pii::of(state, self.show_pii), self.paint);
            self.bar.println(text);
        }
        if state.finished.is_some() {
            self.bar.finish_and_clear();
            return;
        }
        let why = current(state).and_then(|(_, step)| step.waits_for.clone()).unwrap_or_default();
        self.under_way(state, &why);
    }

    fn waiting(&mut self, state: &State, _until: Timestamp, why: &str) {
        self.under_way(state, why);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
