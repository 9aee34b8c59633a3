//! Forgetting runs that are over, and giving their space back to the disk.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Statement};

use super::journal_schema::{BUSY_TIMEOUT, sortable};
use crate::base::ids::RunId;

/// How many free pages one transaction gives back, so that others can write in between.
const PAGES: u32 = 2_000;

/// How long readers are waited for before the file is cut.
const PATIENCE: Duration = Duration::from_millis(500);

/// Removes runs that are final and still end with the event they were looked at with, and returns how many. A run
/// with a key leaves its row behind, because the same key must not pay again.
pub fn prune(conn: &Connection, runs: &[(RunId, u64)], at: Timestamp) -> rusqlite::Result<u64> {
    let mut found = conn.prepare(
        "SELECT heads.run, run_index.key IS NOT NULL FROM run_index JOIN heads USING (run_id)
         WHERE run_id = ?1 AND heads.n = ?2 AND pruned_at IS NULL
           AND status IN ('succeeded', 'failed', 'cancelled')",
    )?;
    let mut entries = conn.prepare("DELETE FROM entries WHERE run = ?1")?;
    let mut head = conn.prepare("DELETE FROM heads WHERE run = ?1")?;
    let mut row = conn.prepare("DELETE FROM run_index WHERE run_id = ?1")?;
    let mut mark = conn.prepare("UPDATE run_index SET pruned_at = ?2 WHERE run_id = ?1")?;
    let mut pruned = 0;
    for (run, n) in runs {
        let name = run.to_string();
        let Some((number, keyed)) = look(&mut found, &name, *n)? else { continue };
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
