//! Many runs that were taken up together: those that could not be, and what all came to.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::aside::Commands;
use super::batch::summary::Tally;
use super::paint::{self, Paint};
use crate::run::index_row::RunRow;

/// Why a run was left as it is.
#[derive(Debug, Clone)]
pub struct Left {
    /// The word for it in JSON.
    pub kind: &'static str,
    /// Why, in a sentence.
    pub why: String,
    /// The exit code that it gives.
    pub code: u8,
}

impl Left {
    /// How the run stands: as before.
    fn status(row: &RunRow) -> &'static str {
        match row.status.as_str() {
            "unclear" => "unclear",
            _ => "paused",
        }
    }

    /// The same object as for a run that went on.
    pub fn json(&self, row: &RunRow, commands: &Commands) -> Json {
        json!({
            "run_id": row.run,
            "flow": row.flow,
            "key": row.key,
            "status": Self::status(row),
            "exit_code": self.code,
            "outputs": {},
            "steps": [],
            "payments": [],
            "left_open": [],
            "error": {
                "step": null, "kind": self.kind, "message": self.why, "http_status": null,
                "detail": [], "reference_id": row.reference_id,
                "help": commands.fit(&next(row)),
            },
        })
    }

    /// For people.
    pub fn write(
        &self,
        out: &mut impl Write,
        row: &RunRow,
        paint: Paint,
        commands: &Commands,
    ) -> io::Result<()> {
        let status = Self::status(row);
        writeln!(out, "\n{}", paint.bold(&format!("! {} stays {status}", row.flow)))?;
        let mut line = |name: &str, text: &str| paint::row(out, paint, name, 9, text);
        line("what", &self.why)?;
        line("run", &row.run.to_string())?;
        line("next", &commands.fit(&next(row)))
    }
}

fn next(row: &RunRow) -> String {
    format!("`dollr-flow resume {}` goes on", row.run)
}

/// What all of them came to, in one line.
pub fn counted(tally: &Tally, runs: usize) -> String {
    let plural = if runs == 1 { "" } else { "s" };
    format!("{runs} run{plural}: {}; {}", tally.counted(), tally.money())
}
