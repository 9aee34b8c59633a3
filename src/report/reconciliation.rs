//! Where journal and API agree on payments, and where they differ.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::fit::{self, Cell, Column};
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

/// Payments as a table, within that width if it is for a terminal.
pub fn table(out: &mut impl Write, lines: &[Line], width: Option<usize>) -> io::Result<()> {
    let columns = [
        ("RUN", false),
        ("FLOW", true),
        ("REFERENCE", false),
        ("MOVES", false),
        ("JOURNAL", false),
        ("API", false),
        ("", false),
    ];
    let columns = columns.map(|(name, may_cut)| Column { name, may_cut });
    let cells = |line: &Line| {
        let (differs, short) = if line.differs() { ("differs", "≠") } else { ("", "") };
        [
            Cell::id(line.run),
            Cell::of(&line.flow),
            Cell::id(line.movement.reference_id),
            Cell::of(line.movement.moves.clone().unwrap_or_default()),
            Cell::of(line.journal()),
            Cell::of(line.api.clone().unwrap_or_else(|| "no answer".to_owned())),
            Cell::or(differs, short),
        ]
    };
    let cells: Vec<[Cell; 7]> = lines.iter().map(cells).collect();
    fit::table(out, columns, true, &cells, width)
}
