//! Forgetting runs that are over, and giving their space back to the disk.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Statement};

use super::schema::BUSY_TIMEOUT;
use super::time::sortable;
use crate::base::ids::RunId;
use crate::run::payments::Payment;

/// How many free pages one transaction gives back, so that others can write in between.
const PAGES: u32 = 2_000;

/// How long readers are waited for before the file is cut.
const PATIENCE: Duration = Duration::from_millis(500);

/// A run that may go.
#[derive(Debug)]
pub struct Leaving {
    /// The run.
    pub run: RunId,
    /// The number of its last event when it was looked at.
    pub n: u64,
    /// The flow and key it began under, if it had one.
    pub key: Option<(String, String)>,
    /// The payments that have to be known for as long as that key is.
    pub payments: Vec<Payment>,
}

/// Removes runs that are final and still end with the event they were looked at with, and returns how many. A run
/// with a key leaves its row behind, because the same key must not pay again.
pub fn prune(conn: &Connection, runs: &[Leaving], at: Timestamp) -> rusqlite::Result<u64> {
    let mut found = conn.prepare(
        "SELECT heads.run, run_index.key IS NOT NULL FROM run_index JOIN heads USING (run_id)
         WHERE run_id = ?1 AND heads.n = ?2 AND pruned_at IS NULL
           AND status IN ('succeeded', 'failed', 'cancelled')",
    )?;
    let mut entries = conn.prepare("DELETE FROM entries WHERE run = ?1")?;
    let mut head = conn.prepare("DELETE FROM heads WHERE run = ?1")?;
    let mut row = conn.prepare("DELETE FROM run_index WHERE run_id = ?1")?;
    let mut mark = conn.prepare("UPDATE run_index SET pruned_at = ?2 WHERE run_id = ?1")?;
    let mut keep = conn.prepare(
        "INSERT OR IGNORE INTO kept_payments (flow, key, reference_id, operation, step)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut pruned = 0;
    for Leaving { run, n, key, payments } in runs {
        let name = run.to_string();
        let Some((number, keyed)) = look(&mut found, &name, *n)? else { continue };
        for (payment, (flow, key)) in payments.iter().zip(std::iter::repeat(key).flatten()) {
            let reference = payment.reference_id.to_string();
            keep.execute((flow, key, reference, &payment.operation, &payment.step))?;
        }
        entries.execute([number])?;
        head.execute([number])?;
        match keyed {
            true => mark.execute((&name, sortable(at)))?,
            false => row.execute([&name])?,
        };
        pruned += 1;
    }
    Ok(pruned)
}

fn look(found: &mut Statement<'_>, run: &str, n: u64) -> rusqlite::Result<Option<(i64, bool)>> {
    found.query_row((run, n.cast_signed()), |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Removes the flow texts that no run refers to any more.
pub fn drop_flows(conn: &Connection) -> rusqlite::Result<()> {
    let unused = "DELETE FROM flows WHERE digest NOT IN
                  (SELECT flow_digest FROM run_index WHERE pruned_at IS NULL)";
    conn.execute(unused, []).map(|_| ())
}

/// Gives some free pages back, and returns how many are left.
pub fn give_back(conn: &Connection) -> rusqlite::Result<u64> {
    conn.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let left: i64 = conn.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    Ok(left.unsigned_abs())
}

/// Puts the log into the file and cuts both. Whoever writes meanwhile is not kept waiting for long, and whoever
/// reads keeps what it reads: then it is done some other time.
pub fn empty_log(conn: &Connection) -> rusqlite::Result<()> {
    cut(conn, PATIENCE)?;
    conn.busy_timeout(BUSY_TIMEOUT)
}

/// The same for a program that ends: only if nobody is in the way at all. Who opens the journal next has to read all of
/// the log that is left.
pub fn leave(conn: &Connection) {
    if let Err(error) = cut(conn, Duration::ZERO) {
        tracing::debug!(%error, "the log stays beside the journal");
    }
}

fn cut(conn: &Connection, patience: Duration) -> rusqlite::Result<()> {
    conn.busy_timeout(patience)?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
