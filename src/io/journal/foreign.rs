//! What stands where a journal should be and is none: found out before anything is written there, and without a trace.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};

use crate::io::disk;

/// A database that is not ours.
pub const DATABASE: &str = "a database of another program";

/// How every SQLite file starts.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What stands at a journal's place, if it is surely something else. Nothing, or an empty file, can become one.
pub fn at(path: &Path) -> Option<&'static str> {
    let about = fs::metadata(path).ok()?;
    if !about.is_file() {
        return Some(disk::sort(&about));
    }
    let mut start = Vec::new();
    File::open(path).ok()?.take(MAGIC.len() as u64).read_to_end(&mut start).ok()?;
    match start.as_slice() {
        [] => None,
        MAGIC => unopened(path).unwrap_or(false).then_some(DATABASE),
        _ => Some("a file that is no database"),
    }
}

/// Whether the file by itself holds tables of somebody else. Read as if it could not change, so that neither a lock nor
/// a log is made beside it; of a journal that is being written it may say nothing.
fn unopened(path: &Path) -> Option<bool> {
    let path = fs::canonicalize(path).ok()?;
    let name = percent_encode(path.to_str()?.as_bytes(), NON_ALPHANUMERIC);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags).ok()?;
    tables(&conn).ok()
}

/// Whether there are tables, and none of them says that they are a journal's.
pub fn tables(conn: &Connection) -> rusqlite::Result<bool> {
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    if count("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(false);
    }
    // a table of the same name may have other columns
    let ours = "SELECT count(*) FROM pragma_table_info('meta') WHERE name IN ('name', 'value')";
    Ok(count(ours)? != 2 || count("SELECT count(*) FROM meta WHERE name = 'format'")? == 0)
}
