//! What is left of a damaged journal: read run by run, past whatever can't be read. A run is taken only if it is whole:
//! the chain of its events tells.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};

use super::error::failed;
use super::location::JournalPlace;
use super::reader::{Stored, run_row, select_row, verified};
use super::schema::{open_reader, open_writer};
use super::statements::amount_text;
use super::time::sortable;
use crate::base::ids::RunId;
use crate::engine::ports::{FlowText, JournalError, Record, RunRow};

/// A damaged journal.
#[derive(Debug)]
pub struct Rescue {
    place: JournalPlace,
    conn: Connection,
    /// The rows of events that are found without their index, by the number of their run; read when they are needed.
    scanned: Option<HashMap<i64, Vec<Stored>>>,
}

/// A run that the journal names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The run.
    pub run: RunId,
    number: i64,
    head: (i64, Vec<u8>),
}

/// What was read of a table.
#[derive(Debug)]
pub struct Found<T> {
    /// What could be read, the oldest first.
    pub rows: Vec<T>,
    /// How many places could not be read.
    pub unread: u64,
}

impl Rescue {
    /// Opens what is there.
    pub fn open(place: JournalPlace) -> Result<Self, JournalError> {
        let conn = open_reader(&place)?;
        let rescue = Self { place, conn, scanned: None };
        let hopeless = |_: rusqlite::Error| {
            JournalError::Other {
            place: rescue.place.shown(),
            what: "nothing of it can be read; put a copy from before in its place, and look up at the API what was paid since"
                .to_owned(),
        }
        };
        // with this, damage of the file's length or of a part of its table of contents is passed over; the first
        // question still fails of it
        rescue.conn.execute_batch("PRAGMA writable_schema = ON").map_err(hopeless)?;
        let known = || rescue.conn.prepare("SELECT run FROM heads").map(drop);
        known().or_else(|_| known()).map_err(hopeless)?;
        Ok(rescue)
    }

    /// The runs that it names.
    pub fn runs(&self) -> Found<Named> {
        self.each("heads", "SELECT run, run_id, n, hash FROM heads WHERE rowid = ?1", |row| {
            let run: String = row.get(1)?;
            Ok(run.parse().ok().map(|run| (run, row.get(0), row.get(2), row.get(3))))
        })
        .and_then(|(run, number, n, hash)| {
            Some(Named { run, number: number.ok()?, head: (n.ok()?, hash.ok()?) })
        })
    }

    /// What its index says of each run.
    pub fn index(&self) -> Found<RunRow> {
        self.each("run_index", &select_row("rowid = ?1"), |row| run_row(row).map(Some))
    }

    /// The texts of the flows.
    pub fn flows(&self) -> Found<FlowText> {
        self.each("flows", "SELECT digest, name, text FROM flows WHERE rowid = ?1", |row| {
            Ok(Some(FlowText { digest: row.get(0)?, name: row.get(1)?, text: row.get(2)? }))
        })
    }

    /// All events of a run, if they are whole; else what is wrong with them.
    pub fn load(&mut self, named: &Named) -> Result<Vec<Record>, String> {
        let sql = "SELECT n, events, hash FROM entries WHERE run = ?1 ORDER BY n";
        let found = self.conn.prepare(sql).and_then(|mut entries| {
            entries.query_map([named.number], Stored::read)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        let whole = found.map_err(|error| failed(&self.place, &error).to_string());
        let whole = whole.and_then(|found| verified(named.run, found, Some(named.head.clone())));
        whole.or_else(|why| {
            // the index may be what is damaged
            let mut found = self.scanned().remove(&named.number).unwrap_or_default();
            found.sort_by_key(|stored| stored.n);
            verified(named.run, found, Some(named.head.clone())).map_err(|_| why)
        })
    }

    fn scanned(&mut self) -> &mut HashMap<i64, Vec<Stored>> {
        if self.scanned.is_none() {
            let sql = "SELECT n, events, hash, run FROM entries WHERE rowid = ?1";
            let read = |row: &Row<'_>| Ok(Some((row.get(3)?, Stored::read(row)?)));
            let mut scanned: HashMap<i64, Vec<Stored>> = HashMap::new();
            for (run, stored) in self.each("entries", sql, read).rows {
                let run: i64 = run;
                scanned.entry(run).or_default().push(stored);
            }
            self.scanned = Some(scanned);
        }
        self.scanned.get_or_insert_default()
    }

    /// Reads a table row by row, because a walk through it ends where the damage begins.
    fn each<T>(
        &self,
        table: &str,
        sql: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Found<T> {
        let mut found = Found { rows: Vec::new(), unread: 0 };
        let Ok(mut one) = self.conn.prepare(sql) else { return found };
        for place in 1..=self.last(table) {
            match one.query_row([place], &read).optional() {
                Ok(row) => found.rows.extend(row.flatten()),
                Err(_) => found.unread += 1,
            }
        }
        found
    }

    /// The last place of a table that is worth a look: no row takes less than some bytes of the file.
    fn last(&self, table: &str) -> i64 {
        let last = self.conn.query_row(&format!("SELECT max(rowid) FROM {table}"), [], |row| {
            row.get::<_, Option<i64>>(0)
        });
        let bytes = std::fs::metadata(self.place.path()).map_or(0, |about| about.len());
        last.map_or_else(|_| i64::try_from(bytes / 64).unwrap_or(0), Option::unwrap_or_default)
    }
}

impl<T> Found<T> {
    fn and_then<U>(self, map: impl Fn(T) -> Option<U>) -> Found<U> {
        let before = self.rows.len();
        let rows: Vec<U> = self.rows.into_iter().filter_map(map).collect();
        let unread = self.unread + (before - rows.len()) as u64;
        Found { rows, unread }
    }
}

/// Writes down what is left of runs that were pruned, or whose events are lost: their keys must not pay again.
pub fn remember(place: &JournalPlace, rows: &[RunRow]) -> Result<(), JournalError> {
    let conn = open_writer(place)?;
    let sql = "INSERT OR IGNORE INTO run_index (run_id, flow, flow_digest, key, status, exit_code, started_at, updated_at,
                   base_url, batch, inputs_digest, reference_id, amount, moved, error, pruned_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    let written = conn.prepare(sql).and_then(|mut insert| {
        for row in rows {
            insert.execute((
                row.run.to_string(),
                &row.flow,
                &row.flow_digest,
                &row.key,
                &row.status,
                row.exit_code,
                sortable(row.started_at),
                sortable(row.updated_at),
                &row.base_url,
                &row.batch,
                &row.inputs_digest,
                row.reference_id.map(|id| id.to_string()),
                amount_text(row),
                row.moved,
                &row.error,
                row.pruned_at.map(sortable),
            ))?;
        }
        Ok(())
    });
    written.map_err(|error| failed(place, &error))
}
