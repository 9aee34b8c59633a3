//! Where journal and API agree on payments, and where they differ.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value as Json, json};

use super::money::{Movement, Standing};
use crate::base::ids::RunId;

/// One payment, as both tell it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The run.
    pub run: RunId,
    /// Its flow.
    pub flow: String,
    /// What the journal says.
    pub movement: Movement,
    /// What the API says: a status, or `not found`; nothing if it could not be asked.
    pub api: Option<String>,
}

impl Line {
    /// What the journal says, in a word.
    pub fn journal(&self) -> &str {
        match (&self.movement.status, self.movement.standing) {
            (Some(status), _) => status,
            (None, Standing::Not) => "not found",
            (None, _) => "unknown",
        }
    }

    /// Whether journal and API say different things.
    pub fn differs(&self) -> bool {
        self.api.as_deref().is_some_and(|api| api != self.journal())
    }
}

/// A payment as JSON.
pub fn json(line: &Line) -> Json {
    json!({
        "run_id": line.run,
        "flow": line.flow,
        "step": line.movement.step,
        "reference_id": line.movement.reference_id,
        "moves": line.movement.moves,
        "journal": line.journal(),
        "api": line.api,
        "differs": line.differs(),
    })
}

/// Payments as a table.
pub fn table(out: &mut impl Write, lines: &[Line], width: u16) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width.max(80));
    table.set_header(["RUN", "FLOW", "REFERENCE", "MOVES", "JOURNAL", "API", ""]);
    for line in lines {
        table.add_row([
            line.run.to_string(),
            line.flow.clone(),
            line.movement.reference_id.to_string(),
            line.movement.moves.clone().unwrap_or_default(),
            line.journal().to_owned(),
            line.api.clone().unwrap_or_else(|| "no answer".to_owned()),
            if line.differs() { "differs" } else { "" }.to_owned(),
        ]);
    }
    table.lines().try_for_each(|line| writeln!(out, "{line}"))
}
