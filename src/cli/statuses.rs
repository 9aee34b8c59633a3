//! The words for how runs stand, as lists are asked for them.

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::run::index_row::{CUT_OFF, RUNNING, RunRow};

/// How [`CUT_OFF`] is typed.
const CUT_OFF_TYPED: &str = "cut-off";

/// What may be asked for.
pub fn parser() -> PossibleValuesParser {
    let plain = [RUNNING, "succeeded", "failed", "paused", "unclear", "cancelled"];
    let cut_off = PossibleValue::new(CUT_OFF_TYPED).aliases([CUT_OFF, "cut_off"]);
    PossibleValuesParser::new(plain.map(PossibleValue::new).into_iter().chain([cut_off]))
}

/// The statuses that somebody asked for; none means all.
pub struct Statuses(Vec<String>);

impl Statuses {
    /// As typed.
    pub fn of(asked: &[String]) -> Self {
        let word = |text: &String| match text.replace([' ', '_'], "-").as_str() {
            CUT_OFF_TYPED => CUT_OFF.to_owned(),
            _ => text.clone(),
        };
        Self(asked.iter().map(word).collect())
    }

    /// What the journal has to be asked for: it does not know who was cut off.
    pub fn stored(&self) -> Vec<String> {
        let stored =
            |word: &String| if word == CUT_OFF { RUNNING.to_owned() } else { word.clone() };
        self.0.iter().map(stored).collect()
    }

    /// Whether a run, as it stands, was asked for.
    pub fn takes(&self, row: &RunRow) -> bool {
        self.0.is_empty() || self.0.contains(&row.status)
    }
}
