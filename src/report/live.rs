//! The live display of a terminal: a spinner on the step under way, a line for each that is done.

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::paint::Paint;
use super::progress::{ended, line};
use crate::run::history::Recorded;
use crate::run::pii::Pii;
use crate::run::reporter::{Warning, Watch};
use crate::run::state::State;

/// Makes a line fit for people's eyes.
pub type Shown = Box<dyn Fn(&str) -> String + Send>;

/// Draws on a bar that was made for the terminal.
pub struct Live {
    bar: ProgressBar,
    shown: Shown,
    paint: Paint,
    show_pii: bool,
    step: Option<String>,
}

impl Live {
    /// Draws on `bar` what `shown` makes of each line.
    pub fn new(bar: ProgressBar, shown: Shown, paint: Paint, show_pii: bool) -> Self {
        if let Ok(style) =
            ProgressStyle::with_template("{spinner:.cyan} {prefix} {elapsed:>7}  {wide_msg}")
        {
            bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        Self { bar, shown, paint, show_pii, step: None }
    }

    fn under_way(&mut self, state: &State, why: &str) {
        let Some(name) = state.root.current().map(|at| at.name()) else { return };
        if self.step.as_ref() != Some(&name) {
            let prefix = self.paint.bold(&format!("{name:<14}"));
            self.bar.set_prefix((self.shown)(&prefix));
            self.bar.reset_elapsed();
            self.step = Some(name);
        }
        self.bar.set_message((self.shown)(why));
    }
}

impl Watch for Live {
    fn event(&mut self, state: &State, recorded: &Recorded) {
        if let Some(at) = ended(state, recorded) {
            let text = line(&at, &Pii::of(state, self.show_pii), self.paint);
            self.bar.println((self.shown)(&text));
        }
        if state.finished.is_some() {
            self.bar.finish_and_clear();
            return;
        }
        let why = state.root.current().and_then(|at| at.step.waits_for.clone()).unwrap_or_default();
        self.under_way(state, &why);
    }

    fn waiting(&mut self, state: &State, _until: Timestamp, why: &str) {
        self.under_way(state, why);
    }

    fn warning(&mut self, warning: Warning) {
        self.bar.println(format!("warning: {warning}"));
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
