//! Who carries out which run: a lock file per run, and one per batch.
//!
//! A batch is held by one process, which needs no lock for each of its runs. Whoever takes up a single run of a
//! batch holds the run and a share of the batch, so neither is ever carried out by two.

use std::fs;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::location::JournalPlace;
use super::reader::Reader;
use crate::base::ids::RunId;
use crate::engine::ports::JournalError;
use crate::io::file_lock::{FileLock, LockError, holder_of};

/// Held while a run or a batch is being carried out.
#[derive(Debug)]
pub struct JournalLock {
    _own: FileLock,
    _share: Option<FileLock>,
}

/// Takes a run, and a share of its batch.
pub fn lock_run(
    place: &JournalPlace,
    reader: &Reader,
    run: RunId,
) -> Result<JournalLock, JournalError> {
    let batch = reader.row(run)?.and_then(|row| row.batch);
    let share = batch.as_deref().map(|batch| {
        FileLock::share(&batch_path(place, batch)).map_err(|error| match error {
            LockError::Held(holder) => {
                JournalError::Held { run, holder: format!("{holder}, with all of batch {batch}") }
            }
            LockError::Io(error) => place.failed(&error),
        })
    });
    let share = share.transpose()?;
    let own = FileLock::take(&run_path(place, run)).map_err(|error| match error {
        LockError::Held(holder) => JournalError::Held { run, holder },
        LockError::Io(error) => place.failed(&error),
    })?;
    Ok(JournalLock { _own: own, _share: share })
}

/// Who carries out a run, alone or with all of its batch, if anybody does.
pub fn holder(place: &JournalPlace, run: RunId, batch: Option<&str>) -> Option<String> {
    let whole = || holder_of(&batch_path(place, batch?));
    holder_of(&run_path(place, run)).or_else(whole)
}

/// Takes a batch with all its runs.
pub fn lock_batch(
    place: &JournalPlace,
    reader: &Reader,
    batch: &str,
) -> Result<JournalLock, JournalError> {
    match FileLock::take(&batch_path(place, batch)) {
        Ok(own) => Ok(JournalLock { _own: own, _share: None }),
        Err(LockError::Io(error)) => Err(place.failed(&error)),
        Err(LockError::Held(holder)) => {
            let holder = holder_of_one(place, reader, batch).unwrap_or(holder);
            Err(JournalError::BatchHeld { batch: batch.to_owned(), holder })
        }
    }
}

/// Who carries out a single run of the batch.
fn holder_of_one(place: &JournalPlace, reader: &Reader, batch: &str) -> Option<String> {
    let of_batch = |run| {
        let row = reader.row(run).ok().flatten();
        row.is_some_and(|row| row.batch.as_deref() == Some(batch))
    };
    fs::read_dir(place.locks()).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name();
        let run: RunId = name.to_str()?.strip_suffix(".lock")?.parse().ok()?;
        let holder = holder_of(&entry.path())?;
        of_batch(run).then(|| format!("{holder}, with run {run} of it"))
    })
}

fn run_path(place: &JournalPlace, run: RunId) -> std::path::PathBuf {
    place.locks().join(format!("{run}.lock"))
}

fn batch_path(place: &JournalPlace, batch: &str) -> std::path::PathBuf {
    let name = utf8_percent_encode(batch, NON_ALPHANUMERIC);
    place.locks().join(format!("batch-{name}.lock"))
}
