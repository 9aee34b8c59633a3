//! One file per run that is being carried out. The lock is the operating system's, so it ends with the
//! process that holds it, however that ends; the words in the file only say whose it is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::disk::{create_private_dir, private};
use super::host;

/// The longest holder's line that is read.
const MAX_HOLDER_BYTES: u64 = 512;

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    path: PathBuf,
}

/// Why a lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Somebody holds it, in these words.
    Held(String),
    /// The file could not be used.
    Io(io::Error),
}

impl FileLock {
    /// Takes the lock, or says at once who holds it.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        if let Some(folder) = path.parent() {
            create_private_dir(folder).map_err(LockError::Io)?;
        }
        loop {
            let mut file = private(OpenOptions::new().read(true).write(true).create(true))
                .open(path)
                .map_err(LockError::Io)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(LockError::Held(holder(&mut file))),
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
            // its last holder may have removed the file between the opening and the locking
            if still_there(&file, path) {
                sign(&mut file).map_err(LockError::Io)?;
                return Ok(Self { file, path: path.to_owned() });
            }
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // removed while still locked: whoever opened it meanwhile finds out and opens a new one
        #[cfg(unix)]
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let since = jiff::Timestamp::now();
    writeln!(file, "process {} on {} since {since:.0}", std::process::id(), host::name())
}

fn holder(file: &mut File) -> String {
    let mut line = String::new();
    let read = file.take(MAX_HOLDER_BYTES).read_to_string(&mut line);
    match line.trim() {
        holder if read.is_ok() && !holder.is_empty() => holder.to_owned(),
        _ => "another process".to_owned(),
    }
}

#[cfg(unix)]
fn still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => held.ino() == named.ino() && held.dev() == named.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn still_there(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks/run.lock");
        let lock = FileLock::take(&path).unwrap();
        match FileLock::take(&path) {
            Err(LockError::Held(holder)) => {
                assert!(holder.starts_with(&format!("process {} on ", std::process::id())));
            }
            other => panic!("{other:?}"),
        }
        drop(lock);
        assert!(!path.exists());
        drop(FileLock::take(&path).unwrap());
    }

    #[test]
    fn many_takers_never_hold_it_together() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.lock");
        let (inside, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while taken.load(Ordering::SeqCst) < 200 {
                        if let Ok(_lock) = FileLock::take(&path) {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            taken.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
    }
}
