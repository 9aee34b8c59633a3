//! Bringing a file of format 1 up to date: it kept each event in a row of its own.

use rusqlite::{Connection, OptionalExtension, Statement};

use super::codec::{CHAIN_START, chain, chain_1, encode};
use crate::base::ids::RunId;
use crate::engine::ports::Record;

/// Takes away what is in the way of the tables of this format.
pub const MAKE_ROOM: &str = include_str!("migrate_1.sql");

/// A run as format 1 kept it.
struct Old {
    records: Vec<Record>,
    /// The number of its last event.
    n: u64,
    /// Whether nothing was changed or lost.
    whole: bool,
}

/// Copies every run over. One that was changed or cut stays recognisable as such.
pub fn copy(conn: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT run_id, min(rowid) AS first FROM events_1 GROUP BY run_id
               UNION SELECT run_id, 0 FROM heads_1 WHERE run_id NOT IN (SELECT run_id FROM events_1)
               ORDER BY first";
    let mut list = conn.prepare(sql)?;
    let mut events =
        conn.prepare("SELECT n, at, kind, data, hash FROM events_1 WHERE run_id = ?1 ORDER BY n")?;
    let mut head = conn.prepare("SELECT n, hash FROM heads_1 WHERE run_id = ?1")?;
    let mut set_head =
        conn.prepare("INSERT INTO heads (run_id, n, hash) VALUES (?1, ?2, ?3) RETURNING run")?;
    let mut insert =
        conn.prepare("INSERT INTO entries (run, n, events, hash) VALUES (?1, ?2, ?3, ?4)")?;
    let mut rows = list.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let Ok(run) = name.parse::<RunId>() else { continue };
        let old = read(&mut events, &mut head, run)?;
        let text = encode(&old.records);
        let hash = match old.whole {
            true => chain(&CHAIN_START, run, old.n, &text),
            // no row has this hash by itself
            false => CHAIN_START,
        };
        let n = old.n.cast_signed();
        let number: i64 = set_head.query_row((&name, n, &hash[..]), |row| row.get(0))?;
        if !old.records.is_empty() {
            insert.execute((number, n, &text, &hash[..]))?;
        }
    }
    drop(rows);
    drop((list, events, head));
    conn.execute_batch("DROP TABLE events_1; DROP TABLE heads_1;")
}

fn read(events: &mut Statement<'_>, head: &mut Statement<'_>, run: RunId) -> rusqlite::Result<Old> {
    let name = run.to_string();
    let end: Option<(i64, Vec<u8>)> =
        head.query_row([&name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (mut records, mut before, mut whole) = (Vec::new(), CHAIN_START.to_vec(), true);
    let mut rows = events.query([&name])?;
    while let Some(row) = rows.next()? {
        let (n, at): (i64, String) = (row.get(0)?, row.get(1)?);
        let Ok(time) = at.parse() else {
            whole = false;
            continue;
        };
        let record = Record { n: n.unsigned_abs(), at: time, kind: row.get(2)?, data: row.get(3)? };
        let hash: Vec<u8> = row.get(4)?;
        whole &= chain_1(&before, run, &record, &at).as_slice() == hash;
        before = hash;
        records.push(record);
    }
    let last = records.last().map_or(0, |record| record.n);
    let n = end.as_ref().map_or(last, |(n, _)| n.unsigned_abs());
    whole &= end.is_some_and(|(_, hash)| hash == before) && n == records.len() as u64;
    Ok(Old { records, n, whole })
}
