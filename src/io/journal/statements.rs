//! The statements that write a journal.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Statement};

use super::codec::{CHAIN_START, chain, encode};
use super::time::sortable;
use crate::base::ids::RunId;
use crate::engine::ports::{Entry, FlowText, JournalError, Record, RunRow};

/// How many runs' ends are remembered.
const MAX_REMEMBERED: usize = 4_096;

/// Where a run ends.
#[derive(Debug, Clone)]
pub struct Head {
    /// The number that stands for the run in this file; none if it has no events.
    run: Option<i64>,
    /// The number of its last event.
    pub n: u64,
    hash: Vec<u8>,
}

/// The statements of the writer, prepared once.
pub struct Statements<'conn> {
    begin: Statement<'conn>,
    commit: Statement<'conn>,
    head: Statement<'conn>,
    new_head: Statement<'conn>,
    set_head: Statement<'conn>,
    insert: Statement<'conn>,
    keep_flow: Statement<'conn>,
    key_holder: Statement<'conn>,
    set_row: Statement<'conn>,
    gives_up: Statement<'conn>,
    take_key: Statement<'conn>,
    /// Where runs ended that were appended to lately. Another process may have gone on since, so a remembered end is only
    /// a guess until [`Statements::insert`] has found it so.
    remembered: HashMap<RunId, Head>,
}

impl<'conn> Statements<'conn> {
    /// Prepares them all.
    pub fn prepare(conn: &'conn Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            begin: conn.prepare("BEGIN IMMEDIATE")?,
            commit: conn.prepare("COMMIT")?,
            head: conn.prepare("SELECT run, n, hash FROM heads WHERE run_id = ?1")?,
            new_head: conn
                .prepare("INSERT INTO heads (run_id, n, hash) VALUES (?1, 0, x'') RETURNING run")?,
            set_head: conn
                .prepare("UPDATE heads SET n = ?2, hash = ?3 WHERE run = ?1 AND n = ?4")?,
            insert: conn
                .prepare("INSERT INTO entries (run, n, events, hash) VALUES (?1, ?2, ?3, ?4)")?,
            keep_flow: conn
                .prepare("INSERT OR IGNORE INTO flows (digest, name, text) VALUES (?1, ?2, ?3)")?,
            key_holder: conn.prepare(
                "SELECT run_id FROM run_index WHERE flow = ?1 AND key = ?2 AND run_id <> ?3",
            )?,
            set_row: conn.prepare(
                "INSERT INTO run_index (run_id, flow, flow_digest, key, status, exit_code,
                                        started_at, updated_at, base_url, batch,
                                        inputs_digest, reference_id, amount, moved, error)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
                 ON CONFLICT (run_id) DO UPDATE SET
                     flow = excluded.flow, flow_digest = excluded.flow_digest,
                     status = excluded.status, exit_code = excluded.exit_code,
                     started_at = excluded.started_at, updated_at = excluded.updated_at,
                     base_url = excluded.base_url, batch = excluded.batch,
                     inputs_digest = excluded.inputs_digest, reference_id = excluded.reference_id,
                     amount = excluded.amount, moved = excluded.moved, error = excluded.error",
            )?,
            gives_up: conn.prepare(
                "SELECT 1 FROM run_index
                 WHERE run_id = ?1 AND flow = ?2 AND key = ?3
                   AND status IN ('failed', 'cancelled') AND moved = 0",
            )?,
            take_key: conn.prepare("UPDATE run_index SET key = NULL WHERE run_id = ?1")?,
            remembered: HashMap::new(),
        })
    }

    /// Begins a transaction that no other writer comes in between.
    pub fn begin(&mut self) -> rusqlite::Result<()> {
        self.begin.execute([]).map(|_| ())
    }

    /// Makes all of the transaction durable.
    pub fn commit(&mut self) -> rusqlite::Result<()> {
        self.commit.execute([]).map(|_| ())
    }

    /// Where a run ends, as far as is known here.
    pub fn head(&mut self, run: RunId) -> rusqlite::Result<Head> {
        match self.remembered.get(&run) {
            Some(head) => Ok(head.clone()),
            None => self.read_head(run),
        }
    }

    /// Where a run ends in the file.
    fn read_head(&mut self, run: RunId) -> rusqlite::Result<Head> {
        let found = self.head.query_row([run.to_string()], |row| {
            let n: i64 = row.get(1)?;
            Ok(Head { run: Some(row.get(0)?), n: n.unsigned_abs(), hash: row.get(2)? })
        });
        Ok(found.optional()?.unwrap_or(Head { run: None, n: 0, hash: CHAIN_START.to_vec() }))
    }

    /// Forgets where a run ends, because it is over or because somebody else went on with it. Whether it was known.
    pub fn forget(&mut self, run: RunId) -> bool {
        self.remembered.remove(&run).is_some()
    }

    /// Forgets where all runs end: what was written is undone.
    pub fn forget_all(&mut self) {
        self.remembered.clear();
    }

    /// Adds events to the end of a run; false if that is not where it ends any more.
    pub fn insert(
        &mut self,
        run: RunId,
        head: &Head,
        records: &[Record],
    ) -> rusqlite::Result<bool> {
        let Some(last) = records.last() else { return Ok(true) };
        let number: i64 = match head.run {
            Some(number) => number,
            None => self.new_head.query_row([run.to_string()], |row| row.get(0))?,
        };
        let events = encode(records);
        let hash = chain(&head.hash, run, last.n, &events);
        let n = last.n.cast_signed();
        if self.set_head.execute((number, n, &hash[..], head.n.cast_signed()))? != 1 {
            return Ok(false);
        }
        self.insert.execute((number, n, &events, &hash[..]))?;
        if self.remembered.len() >= MAX_REMEMBERED {
            self.remembered.clear();
        }
        self.remembered.insert(run, Head { run: Some(number), n: last.n, hash: hash.to_vec() });
        Ok(true)
    }

    /// Keeps a flow's text, if it is new.
    pub fn keep_flow(&mut self, flow: &FlowText) -> rusqlite::Result<()> {
        self.keep_flow.execute((&flow.digest, &flow.name, &flow.text)).map(|_| ())
    }

    /// Why a row may not have its key, if it may not.
    pub fn refuses(&mut self, entry: &Entry) -> rusqlite::Result<Option<JournalError>> {
        // a key is taken when a run begins, and given up once: what is written later changes nothing in that
        let begins = entry.records.first().is_some_and(|first| first.n == 1);
        let holder = match entry.row.as_ref().filter(|_| begins) {
            Some(row) => self.key_holder(row)?,
            None => None,
        };
        Ok(match (entry.supersedes, &entry.row) {
            (None, _) => holder.map(JournalError::KeyTaken),
            (Some(older), Some(row)) if self.gives_up_key(older, row)? => None,
            (Some(older), _) => Some(JournalError::KeyKept(older)),
        })
    }

    /// The other run that has a row's key.
    fn key_holder(&mut self, row: &RunRow) -> rusqlite::Result<Option<RunId>> {
        let Some(key) = &row.key else { return Ok(None) };
        let found = self
            .key_holder
            .query_row((&row.flow, key, row.run.to_string()), |found| found.get::<_, String>(0));
        Ok(found.optional()?.and_then(|run| run.parse().ok()))
    }

    /// Writes a run's index row.
    pub fn set_row(&mut self, row: &RunRow) -> rusqlite::Result<()> {
        let written = self.set_row.execute((
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
        ));
        written.map(|_| ())
    }

    /// Whether an older run has a row's key and may lose it: it failed for good and moved no money.
    fn gives_up_key(&mut self, older: RunId, row: &RunRow) -> rusqlite::Result<bool> {
        self.gives_up.exists((older.to_string(), &row.flow, &row.key))
    }

    /// Takes a run's key away.
    pub fn take_key(&mut self, run: RunId) -> rusqlite::Result<()> {
        self.take_key.execute([run.to_string()]).map(|_| ())
    }
}

/// Sums of money as the index keeps them: `250.00 USD, 900 RWF`.
pub fn amount_text(row: &RunRow) -> Option<String> {
    let sums: Vec<String> = row.amount.iter().map(ToString::to_string).collect();
    (!sums.is_empty()).then(|| sums.join(", "))
}
