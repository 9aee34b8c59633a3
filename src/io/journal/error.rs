//! What a failure of SQLite means for the journal.

use rusqlite::ErrorCode;

use super::location::JournalPlace;
use crate::engine::ports::JournalError;

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
