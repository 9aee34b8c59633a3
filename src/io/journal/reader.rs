//! Reading a journal, on connections of its own: a reader never waits for the writer.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::codec::{CHAIN_START, chain, decode};
use super::error::failed;
use super::location::JournalPlace;
use super::schema::open_reader;
use super::time::sortable;
use crate::base::ids::RunId;
use crate::base::money::Money;
use crate::engine::ports::{FlowText, JournalError, Order, Record, RunFilter, RunRow};
use crate::run::payments::{Fate, Payment};

/// How many may read at once. Each has a connection, and a thread that keeps memory of its own for as long as it lives.
pub const READERS: usize = 4;

/// The status that most runs of a long history have.
const SUCCEEDED: &str = "succeeded";

/// How many runs an ambiguous id lists.
const MAX_CANDIDATES: u32 = 10;

const ROW: &str = "SELECT run_id, flow, flow_digest, key, status, exit_code, started_at, updated_at, \
                   base_url, batch, inputs_digest, reference_id, amount, moved, error, pruned_at \
                   FROM run_index";

/// The reading side of a journal.
#[derive(Debug)]
pub struct Reader {
    place: JournalPlace,
    idle: Mutex<Vec<Connection>>,
}

/// A row of events as the file has it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) n: i64,
    events: String,
    hash: Vec<u8>,
}

impl Stored {
    /// From its number, its events and its hash, in that order.
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { n: row.get(0)?, events: row.get(1)?, hash: row.get(2)? })
    }
}

/// The statement for the index rows that meet a condition.
pub(crate) fn select_row(condition: &str) -> String {
    format!("{ROW} WHERE {condition}")
}

impl Reader {
    /// A reader of that journal; it connects when it is first used.
    pub fn new(place: JournalPlace) -> Self {
        Self { place, idle: Mutex::default() }
    }

    /// Every record of a run, with the chain checked.
    pub fn load(&self, run: RunId) -> Result<Vec<Record>, JournalError> {
        let (stored, head) = self.with(|conn| {
            // one view of the file for both questions
            let tx = conn.unchecked_transaction()?;
            let head = tx
                .prepare("SELECT run, n, hash FROM heads WHERE run_id = ?1")?
                .query_row([run.to_string()], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))
                .optional()?;
            let Some((number, head)) = head else { return Ok((Vec::new(), None)) };
            let number: i64 = number;
            let stored = tx
                .prepare("SELECT n, events, hash FROM entries WHERE run = ?1 ORDER BY n")?
                .query_map([number], Stored::read)?
                .collect::<Result<Vec<_>, _>>()?;
            Ok((stored, Some(head)))
        })?;
        verified(run, stored, head)
            .map_err(|what| JournalError::Corrupt { place: self.place.shown(), what })
    }

    /// The index row of a run.
    pub fn row(&self, run: RunId) -> Result<Option<RunRow>, JournalError> {
        self.first(&format!("{ROW} WHERE run_id = ?1"), &[run.to_string()])
    }

    /// The run of a flow under a key.
    pub fn find_key(&self, flow: &str, key: &str) -> Result<Option<RunRow>, JournalError> {
        self.first(&format!("{ROW} WHERE flow = ?1 AND key = ?2"), &[flow, key])
    }

    /// The runs of a flow under any of these keys.
    pub fn find_keys(&self, flow: &str, keys: &[String]) -> Result<Vec<RunRow>, JournalError> {
        self.with(|conn| {
            let mut find = conn.prepare(&format!("{ROW} WHERE flow = ?1 AND key = ?2"))?;
            let mut found = Vec::new();
            for key in keys {
                found.extend(find.query_row([flow, key.as_str()], run_row).optional()?);
            }
            Ok(found)
        })
    }

    /// The runs of a flow with these inputs that began under a key, and gave it up to another run.
    pub fn gave_up(&self, given: [&str; 3]) -> Result<Vec<RunRow>, JournalError> {
        let sql = format!(
            "{ROW} INDEXED BY run_keyless
             WHERE key IS NULL AND flow = ?1 AND inputs_digest = ?2 AND pruned_at IS NULL
               AND EXISTS (SELECT 1 FROM heads JOIN entries USING (run)
                           WHERE heads.run_id = run_index.run_id
                             AND json_extract(events, '$[0].data.key') = ?3)"
        );
        self.with(|conn| conn.prepare(&sql)?.query_map(given, run_row)?.collect())
    }

    /// The payments that pruned runs left behind which began under a key.
    pub fn kept_payments(&self, flow: &str, key: &str) -> Result<Vec<Payment>, JournalError> {
        let sql = "SELECT step, operation, reference_id FROM kept_payments \
                   WHERE flow = ?1 AND key = ?2";
        self.with(|conn| {
            let one = |row: &Row<'_>| {
                let (step, operation) = (row.get(0)?, row.get(1)?);
                Ok(Payment { step, operation, reference_id: parsed(row, 2)?, fate: Fate::Failed })
            };
            conn.prepare(sql)?.query_map([flow, key], one)?.collect()
        })
    }

    /// Every run that has events, the oldest first.
    pub fn all_runs(&self) -> Result<Vec<RunId>, JournalError> {
        let sql = "SELECT run_id FROM heads ORDER BY run";
        self.with(|conn| conn.prepare(sql)?.query_map([], |row| parsed(row, 0))?.collect())
    }

    /// A run that has events and no row in the index, if there is one. The tables are only counted where that tells.
    pub fn unlisted(&self) -> Result<Option<RunId>, JournalError> {
        self.with(|conn| {
            let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
            let known = count("SELECT count(*) FROM run_index WHERE pruned_at IS NULL")?;
            if count("SELECT count(*) FROM heads")? <= known {
                return Ok(None);
            }
            let sql = "SELECT run_id FROM heads WHERE run_id NOT IN (SELECT run_id FROM run_index) LIMIT 1";
            conn.query_row(sql, [], |row| parsed(row, 0)).optional()
        })
    }

    /// The rows of the index whose runs have no events.
    pub fn bare_rows(&self) -> Result<Vec<RunRow>, JournalError> {
        let sql = format!("{ROW} WHERE run_id NOT IN (SELECT run_id FROM heads)");
        self.with(|conn| conn.prepare(&sql)?.query_map([], run_row)?.collect())
    }

    fn first(&self, sql: &str, given: &[impl AsRef<str>]) -> Result<Option<RunRow>, JournalError> {
        self.with(|conn| {
            conn.query_row(sql, params_from_iter(given.iter().map(AsRef::as_ref)), run_row)
                .optional()
        })
    }

    /// The index rows that pass a filter, in its order.
    pub fn rows(&self, filter: &RunFilter) -> Result<Vec<RunRow>, JournalError> {
        let (sql, given) = select(filter);
        self.with(|conn| conn.prepare(&sql)?.query_map(params_from_iter(given), run_row)?.collect())
    }

    /// The one run whose id starts so.
    pub fn find_run(&self, prefix: &str) -> Result<RunId, JournalError> {
        let asked = prefix.trim().to_ascii_lowercase();
        if asked.is_empty() || !asked.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
            return Err(JournalError::NoSuchRun(prefix.to_owned()));
        }
        let sql = "SELECT run_id FROM heads WHERE run_id GLOB ?1 ORDER BY run_id LIMIT ?2";
        let found: Vec<String> = self.with(|conn| {
            conn.prepare(sql)?
                .query_map((format!("{asked}*"), MAX_CANDIDATES), |row| row.get(0))?
                .collect()
        })?;
        let runs: Vec<RunId> = found.iter().filter_map(|run| run.parse().ok()).collect();
        match runs.as_slice() {
            [run] => Ok(*run),
            [] => Err(JournalError::NoSuchRun(prefix.to_owned())),
            _ => Err(JournalError::Ambiguous { prefix: prefix.to_owned(), candidates: runs }),
        }
    }

    /// A flow's text.
    pub fn flow(&self, digest: &str) -> Result<Option<FlowText>, JournalError> {
        let sql = "SELECT digest, name, text FROM flows WHERE digest = ?1";
        self.with(|conn| {
            conn.query_row(sql, [digest], |row| {
                Ok(FlowText { digest: row.get(0)?, name: row.get(1)?, text: row.get(2)? })
            })
            .optional()
        })
    }

    fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let conn = kept.map_or_else(|| open_reader(&self.place), Ok)?;
        let result = read(&conn).map_err(|error| failed(&self.place, &error));
        let mut idle = idle();
        if idle.len() < READERS {
            idle.push(conn);
        }
        result
    }
}

/// Follows the chain from its start, and names the first event that does not fit.
pub(crate) fn verified(
    run: RunId,
    stored: Vec<Stored>,
    head: Option<(i64, Vec<u8>)>,
) -> Result<Vec<Record>, String> {
    let mut records: Vec<Record> = Vec::new();
    let mut before = CHAIN_START.to_vec();
    for row in stored {
        let (first, last) = (records.len() as u64 + 1, row.n.unsigned_abs());
        let changed = || match first == last {
            true => format!("event {first} of run {run} was changed"),
            false => format!("one of the events {first} to {last} of run {run} was changed"),
        };
        let events = decode(&row.events).ok_or_else(changed)?;
        if let Some((n, _)) = (first..).zip(&events).find(|(n, event)| event.n != *n) {
            return Err(format!("event {n} of run {run} is missing"));
        }
        if chain(&before, run, last, &row.events).as_slice() != row.hash {
            return Err(changed());
        }
        before = row.hash;
        records.extend(events);
    }
    match head {
        Some((n, _)) if n.unsigned_abs() != records.len() as u64 => {
            Err(format!("event {} of run {run} is missing", records.len() + 1))
        }
        Some((_, hash)) if hash != before => {
            Err(format!("the last event of run {run} was changed"))
        }
        _ => Ok(records),
    }
}

/// The statement for a filter. Whatever it asks for, it walks one index in order, page after page.
fn select(filter: &RunFilter) -> (String, Vec<Cell>) {
    let unsucceeded =
        !filter.statuses.is_empty() && !filter.statuses.iter().any(|s| s == SUCCEEDED);
    // the planner has no statistics to choose by
    let (index, condition) = match (&filter.batch, unsucceeded) {
        (Some(_), _) => ("run_by_batch", ""),
        (None, true) => ("run_not_succeeded", " AND status <> 'succeeded'"),
        (None, false) => ("run_by_time", ""),
    };
    let mut sql = format!("{ROW} INDEXED BY {index} WHERE pruned_at IS NULL{condition}");
    let mut given = Vec::new();
    if !filter.statuses.is_empty() {
        let marks = vec!["?"; filter.statuses.len()].join(", ");
        sql.push_str(&format!(" AND status IN ({marks})"));
        given.extend(filter.statuses.iter().cloned().map(Cell::Text));
    }
    let text = |at: Option<Timestamp>| at.map(sortable);
    let (since, until, before) =
        (text(filter.since), text(filter.until), text(filter.unchanged_since));
    for (condition, value) in [
        ("flow = ?", &filter.flow),
        ("batch = ?", &filter.batch),
        ("started_at >= ?", &since),
        ("started_at < ?", &until),
        // what last changed before then began before then
        ("started_at < ?", &before),
        ("updated_at < ?", &before),
    ] {
        if let Some(value) = value {
            sql.push_str(&format!(" AND {condition}"));
            given.push(Cell::Text(value.clone()));
        }
    }
    let (comes_after, order) = match filter.order {
        Order::NewestFirst => ("<", "DESC"),
        Order::OldestFirst => (">", "ASC"),
    };
    if let Some((started_at, run)) = filter.after {
        sql.push_str(&format!(" AND (started_at, run_id) {comes_after} (?, ?)"));
        given.extend([Cell::Text(sortable(started_at)), Cell::Text(run.to_string())]);
    }
    sql.push_str(&format!(" ORDER BY started_at {order}, run_id {order}"));
    if let Some(limit) = filter.limit {
        sql.push_str(" LIMIT ?");
        given.push(Cell::Integer(limit.into()));
    }
    (sql, given)
}

pub(crate) fn run_row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        run: parsed(row, 0)?,
        flow: row.get(1)?,
        flow_digest: row.get(2)?,
        key: row.get(3)?,
        status: row.get(4)?,
        exit_code: row.get(5)?,
        started_at: parsed(row, 6)?,
        updated_at: parsed(row, 7)?,
        base_url: row.get(8)?,
        batch: row.get(9)?,
        inputs_digest: row.get(10)?,
        reference_id: row.get::<_, Option<String>>(11)?.and_then(|text| text.parse().ok()),
        amount: amount(row.get(12)?),
        moved: row.get::<_, Option<bool>>(13)?.unwrap_or(true),
        error: row.get(14)?,
        pruned_at: row.get::<_, Option<String>>(15)?.and_then(|text| text.parse().ok()),
    })
}

fn amount(text: Option<String>) -> Vec<Money> {
    let parts = text.as_deref().map_or("", str::trim).split(", ");
    parts.filter_map(|part| part.parse().ok()).collect()
}

fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::io::journal::schema::open_writer;

    #[test]
    fn no_list_reads_or_sorts_the_whole_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let conn = open_writer(&JournalPlace::parse(path.to_str().unwrap()).unwrap()).unwrap();
        let (time, run) = (Timestamp::UNIX_EPOCH, RunId(uuid::Uuid::nil()));
        let texts =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for order in [Order::NewestFirst, Order::OldestFirst] {
            for after in [None, Some((time, run))] {
                for statuses in [texts(&[]), texts(&["succeeded", "failed"]), texts(&["paused"])] {
                    for batch in [None, Some("may".to_owned())] {
                        let filter = RunFilter {
                            flow: Some("collect".into()),
                            since: Some(time),
                            unchanged_since: Some(time),
                            limit: Some(10),
                            statuses: statuses.clone(),
                            batch,
                            order,
                            after,
                            ..RunFilter::default()
                        };
                        let (sql, given) = select(&filter);
                        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                        let told: Vec<String> = plan
                            .query_map(params_from_iter(given), |row| row.get(3))
                            .unwrap()
                            .map(Result::unwrap)
                            .collect();
                        assert!(told.len() == 1 && told[0].contains("SEARCH"), "{sql}: {told:?}");
                    }
                }
            }
        }
        for sql in ["flow = 'f' AND key = 'k'", "run_id = 'r'"] {
            let sql = format!("EXPLAIN QUERY PLAN {ROW} WHERE {sql}");
            let told: String = conn.query_row(&sql, [], |row| row.get(3)).unwrap();
            assert!(told.contains("SEARCH"), "{sql}: {told}");
        }
    }
}
