//! One file per run, or per batch of them, that is being carried out. The lock is the operating system's, so it ends with the
//! process that holds it, however that ends; the words in the file only say whose it is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::disk::{create_private_dir, private};
use super::host;

/// The longest holder's line that is read.
const MAX_HOLDER_BYTES: u64 = 512;

/// How often a lock is looked at again whose holder left no words, or some, and how long apart.
const MAX_LOOKS: u32 = 10;
const LOOKS_AT_WORDS: u32 = 2;
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    path: PathBuf,
}

/// Who holds the lock alone, in words, if anybody does, or if nobody can tell.
pub fn holder_of(path: &Path) -> Option<String> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(_) => return Some(somebody()),
    };
    match file.try_lock_shared() {
        Ok(()) => None,
        Err(_) => Some(holder(&mut file).unwrap_or_else(somebody)),
    }
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
    /// Takes the lock for this process alone, or says at once who holds it.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let mut lock = Self::open_and(path, File::try_lock)?;
        sign(&mut lock.file).map_err(LockError::Io)?;
        Ok(lock)
    }

    /// Takes a share of the lock: there may be many, but none beside one who holds it alone. Shares leave no
    /// words in the file.
    pub fn share(path: &Path) -> Result<Self, LockError> {
        let lock = Self::open_and(path, File::try_lock_shared)?;
        // what the last holder left would be said of this one
        lock.file.set_len(0).map_err(LockError::Io)?;
        Ok(lock)
    }

    fn open_and(
        path: &Path,
        try_lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, LockError> {
        if let Some(folder) = path.parent() {
            create_private_dir(folder).map_err(LockError::Io)?;
        }
        let mut looks = 0;
        loop {
            let mut file = private(OpenOptions::new().read(true).write(true).create(true))
                .open(path)
                .map_err(LockError::Io)?;
            match try_lock(&file) {
                Ok(()) if still_there(&file, path) => {
                    return Ok(Self { file, path: path.to_owned() });
                }
                // its last holder removed the file between the opening and the locking
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&mut file);
                    // somebody may just be signing it, or leaving; or only looking who holds it, and the words are
                    // those of one who died
                    let most = if holder.is_none() { MAX_LOOKS } else { LOOKS_AT_WORDS };
                    if looks >= most {
                        return Err(LockError::Held(holder.unwrap_or_else(somebody)));
                    }
                    looks += 1;
                    thread::sleep(LOOK_EVERY);
                }
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // removed while locked for us alone: whoever opened it meanwhile finds out and opens a new one; a file
        // that others share stays, so that nobody locks another one beside it
        #[cfg(unix)]
        if self.file.try_lock().is_ok() && still_there(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let since = jiff::Timestamp::now();
    writeln!(file, "process {} on {} since {since:.0}", std::process::id(), host::name())
}

/// The words in the file, if there are any.
fn holder(file: &mut File) -> Option<String> {
    let mut line = String::new();
    file.take(MAX_HOLDER_BYTES).read_to_string(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|holder| !holder.is_empty())
}

fn somebody() -> String {
    "another process".to_owned()
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
    fn shares_go_together_but_not_beside_one_who_holds_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("batch.lock");
        let (one, other) = (FileLock::share(&path).unwrap(), FileLock::share(&path).unwrap());
        assert!(matches!(FileLock::take(&path), Err(LockError::Held(_))));
        drop(one);
        assert!(matches!(FileLock::take(&path), Err(LockError::Held(_))));
        assert_eq!(holder_of(&path), None);
        drop(other);
        assert!(!path.exists());
        let alone = FileLock::take(&path).unwrap();
        assert!(matches!(FileLock::share(&path), Err(LockError::Held(_))));
        assert!(holder_of(&path).unwrap().starts_with("process "));
        drop(alone);
        assert!(!path.exists());
    }

    #[test]
    fn many_takers_and_sharers_never_hold_it_together() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("batch.lock");
        let (alone, shared, turns) =
            (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(2);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (path, alone, shared, turns) = (&path, &alone, &shared, &turns);
                scope.spawn(move || {
                    while std::time::Instant::now() < deadline {
                        let taken = if n % 2 == 0 { FileLock::take } else { FileLock::share }(path);
                        if taken.is_err() {
                            continue;
                        }
                        let mine = if n % 2 == 0 { alone } else { shared };
                        mine.fetch_add(1, Ordering::SeqCst);
                        let (takers, sharers) =
                            (alone.load(Ordering::SeqCst), shared.load(Ordering::SeqCst));
                        assert!(takers == 0 || takers + sharers == 1, "{takers} {sharers}");
                        turns.fetch_add(1, Ordering::SeqCst);
                        mine.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(turns.load(Ordering::SeqCst) > 100);
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
