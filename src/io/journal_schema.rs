//! The journal's file format: its tables, how it is opened, and the chain of hashes over its events.

use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior,
};
use sha2::{Digest, Sha256};

use super::journal_place::JournalPlace;
use crate::base::ids::RunId;
use crate::engine::ports::{JournalError, Record};

/// The format this program reads and writes.
const FORMAT: &str = "2";

/// What makes a file of format 1 one of this format.
const FROM_1: &str = include_str!("journal_format_1.sql");

/// The views as this program makes them; a file whose views differ gets these.
const VIEWS: &str = include_str!("journal_views.sql");

/// How long to wait for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often it is tried again where SQLite does not wait by itself.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What stands before the first event of a run.
pub const CHAIN_START: [u8; 32] = [0; 32];

/// Opens the journal to write, and makes its tables where they are missing. Every commit on this
/// connection survives a power cut.
pub fn open_writer(place: &JournalPlace) -> Result<Connection, JournalError> {
    place.prepare()?;
    let conn = open(place, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
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
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    // where an ordinary sync leaves data in the disk's own cache
    conn.pragma_update(None, "fullfsync", "ON")?;
    conn.pragma_update(None, "checkpoint_fullfsync", "ON")?;
    let told = |name| meta(conn, name);
    if told("format")?.as_deref() == Some(FORMAT) && told("views")?.as_deref() == Some(VIEWS) {
        return Ok(None);
    }
    // several programs may start at once: only one makes the tables, and the others look again
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    match told("format")?.as_deref() {
        None | Some(FORMAT) => {}
        Some("1") => tx.execute_batch(FROM_1)?,
        Some(newer) => return Ok(Some(newer.to_owned())),
    }
    tx.execute_batch(include_str!("journal_schema.sql"))?;
    tx.execute_batch(VIEWS)?;
    let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES ('format', ?1), ('views', ?2)";
    tx.execute(sql, [FORMAT, VIEWS])?;
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

/// The hash of an event, given the one before it. Every part is preceded by its length, so that no two
/// different events read alike.
pub fn chain(before: &[u8], run: RunId, record: &Record, at: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    let n = record.n.to_be_bytes();
    let parts: [&[u8]; 6] = [
        before,
        run.0.as_bytes(),
        &n,
        at.as_bytes(),
        record.kind.as_bytes(),
        record.data.as_bytes(),
    ];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A time as the journal keeps it: exact, and always the same width, so that texts sort as times do.
pub fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// The typed error for what the database said.
pub fn failed(place: &JournalPlace, error: &rusqlite::Error) -> JournalError {
    let shown = place.shown();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => JournalError::Full { place: shown },
        Some(ErrorCode::ReadOnly) => JournalError::ReadOnly { place: shown },
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            JournalError::Permission { place: shown }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            JournalError::Locked { place: shown }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            JournalError::Corrupt { place: shown, what: error.to_string() }
        }
        _ => JournalError::Other { place: shown, what: error.to_string() },
    }
}
