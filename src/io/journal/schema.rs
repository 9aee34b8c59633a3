//! The journal's file format: its tables, and how it is opened.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior,
};

use super::error::failed;
use super::location::JournalPlace;
use super::{foreign, migrate_1 as format_1};
use crate::engine::ports::JournalError;

/// The format this program reads and writes.
const FORMAT: &str = "2";

/// The tables as this program makes them.
const TABLES: &str = include_str!("schema.sql");

/// The views as this program makes them; a file whose views differ gets these.
const VIEWS: &str = include_str!("views.sql");

/// How long the log grows before its pages go into the file: pages that change often are then written once.
const LOG_PAGES: u32 = 4_000;

/// How many pages are kept in memory.
const CACHE_PAGES: u32 = 4_000;

/// How long to wait for another process that is writing.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often it is tried again where SQLite does not wait by itself.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Opens the journal to write, and makes its tables where they are missing. Every commit on this
/// connection survives a power cut.
pub fn open_writer(place: &JournalPlace) -> Result<Connection, JournalError> {
    let foreign = |what| JournalError::Foreign { place: place.shown(), what };
    if let Some(what) = foreign::at(place.path()) {
        return Err(foreign(what));
    }
    place.prepare()?;
    let conn = open(place, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // what only its log holds was not seen before it was opened
    if foreign::tables(&conn).unwrap_or(false) {
        return Err(foreign(foreign::DATABASE));
    }
    match patiently(|| set_up(&conn)).map_err(|error| failed(place, &error))? {
        None => Ok(conn),
        Some(found) => Err(JournalError::Other {
            place: place.shown(),
            what: format!(
                "it has format {found} and this program reads format {FORMAT}; use the version of \
                 dollr-flow that wrote it"
            ),
        }),
    }
}

/// Tries until nobody else is in the way. SQLite itself waits in most places, but a change of the journal
/// mode fails at once while another process makes its own, as when several start in a new folder.
fn patiently<T>(mut work: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        let busy = |error: &rusqlite::Error| {
            let code = error.sqlite_error_code();
            matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
        };
        match work() {
            Err(error) if busy(&error) && Instant::now() < deadline => thread::sleep(LOOK_EVERY),
            done => return done,
        }
    }
}

/// Makes the file what this program expects, or returns the format it has instead. A file that is
/// right already is not written to.
fn set_up(conn: &Connection) -> rusqlite::Result<Option<String>> {
    // the space of pruned runs can be given back bit by bit; said again to a file that has pages, it would write one
    if conn.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))? == 0 {
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    // where an ordinary sync leaves data in the disk's own cache
    conn.pragma_update(None, "fullfsync", "ON")?;
    conn.pragma_update(None, "checkpoint_fullfsync", "ON")?;
    conn.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    conn.pragma_update(None, "cache_size", CACHE_PAGES)?;
    let told = |name| meta(conn, name);
    let has = |name, text| Ok::<_, rusqlite::Error>(told(name)?.as_deref() == Some(text));
    if has("format", FORMAT)? && has("views", VIEWS)? && has("tables", TABLES)? {
        return Ok(None);
    }
    // several programs may start at once: only one makes the tables, and the others look again
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let found = told("format")?;
    match found.as_deref() {
        None | Some(FORMAT) => {}
        Some("1") => tx.execute_batch(format_1::MAKE_ROOM)?,
        Some(_) => return Ok(found),
    }
    tx.execute_batch(TABLES)?;
    if found.as_deref() == Some("1") {
        format_1::copy(&tx)?;
    }
    tx.execute_batch(VIEWS)?;
    let sql = "INSERT OR REPLACE INTO meta (name, value)
               VALUES ('format', ?1), ('views', ?2), ('tables', ?3)";
    tx.execute(sql, [FORMAT, VIEWS, TABLES])?;
    tx.commit()?;
    Ok(None)
}

/// Opens the journal to read.
pub fn open_reader(place: &JournalPlace) -> Result<Connection, JournalError> {
    open(place, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(place: &JournalPlace, access: OpenFlags) -> Result<Connection, JournalError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(place.path(), flags);
    conn.and_then(|conn| {
        conn.busy_timeout(BUSY_TIMEOUT)?;
        Ok(conn)
    })
    .map_err(|error| failed(place, &error))
}

fn meta(conn: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let known = "SELECT 1 FROM sqlite_schema WHERE name = 'meta'";
    if conn.query_row(known, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    conn.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()
}
