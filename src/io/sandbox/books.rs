//! The sandbox with its books, shared by whoever serves it; in memory, or in a file that outlives the
//! process.
//!
//! The file holds every request with its time, reads too, because a read can move an execution on. The
//! sandbox is a pure function of those, so handing them over again at the opening rebuilds it. A line is
//! written before its request is answered; it is not synced, since losing it to a power cut costs a
//! sandbox nothing.
//!
//! Reads that moved nothing are left out when long books are opened and consist of those for the most part. The shorter
//! books are written beside the others and take their place at once, after it was seen that they rebuild the same sandbox.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::books_record::{Line, Veil};
use crate::api::wire::{Reply, Request};
use crate::io::disk::private;
use crate::io::file_lock::{FileLock, LockError};
use crate::sandbox::{Conduct, Handled, Ledger, Settings, handle};

/// The format of the file.
const FORMAT: u32 = 1;

/// Books that are longer are made shorter where they can.
const LONG_BYTES: u64 = 1024 * 1024;

/// How long to wait for another process that uses the same file.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// How often to look whether it has finished.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A sandbox and what it remembers.
#[derive(Debug)]
pub struct Books(Mutex<Desk>);

#[derive(Debug)]
struct Desk {
    ledger: Ledger,
    veil: Veil,
    kept: Option<Kept>,
}

/// The file, for this process alone while the lock is held.
#[derive(Debug)]
struct Kept {
    file: File,
    path: PathBuf,
    _lock: FileLock,
}

/// What was found in the file.
#[derive(Debug, Default)]
struct Read {
    bytes: u64,
    /// How many bytes are of requests that changed nothing.
    idle_bytes: u64,
    /// Which lines are.
    idle: Vec<bool>,
}

/// The first line of the file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    books: u32,
    /// The digest of the settings the books were kept with.
    settings: String,
}

impl Books {
    /// A sandbox that is forgotten with the process.
    pub fn in_memory(settings: Settings) -> Self {
        Self(Mutex::new(Desk::new(settings)))
    }

    /// A sandbox whose books are in a file. Waits a while for another process that uses it; this blocks.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, String> {
        Self::open_at_most(path, settings, LONG_BYTES)
    }

    fn open_at_most(path: &Path, settings: Settings, long_bytes: u64) -> Result<Self, String> {
        let lock = take_lock(path, LOCK_WAIT)?;
        let unusable =
            |error: io::Error| format!("the books {} can't be used: {error}", path.display());
        let mut options = OpenOptions::new();
        let file =
            private(options.read(true).append(true).create(true)).open(path).map_err(unusable)?;
        let header = Header { books: FORMAT, settings: digest(&settings) };
        let mut kept = Kept { file, path: path.to_owned(), _lock: lock };
        let mut desk = Desk::new(settings);
        let read = desk.replay(&kept.file, path, &header)?;
        if read.bytes > long_bytes && read.idle_bytes > read.bytes / 2 {
            // long books are as good as short ones
            match desk.shorten(&kept, &read, &header) {
                Ok(Some(shorter)) => kept.file = shorter,
                Ok(None) => tracing::debug!("the sandbox's books can't be made shorter"),
                Err(error) => tracing::debug!("the sandbox's books stay long: {error}"),
            }
        }
        desk.kept = Some(kept);
        Ok(Self(Mutex::new(desk)))
    }

    /// Answers a request, and writes it down first.
    pub fn handle(&self, request: &Request, now: Timestamp) -> Handled {
        self.desk().handle(request, now)
    }

    /// Looks at the books.
    pub fn with<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&self.desk().ledger)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    fn new(settings: Settings) -> Self {
        Self { veil: Veil::new(&settings), ledger: Ledger::new(settings), kept: None }
    }

    fn handle(&mut self, request: &Request, now: Timestamp) -> Handled {
        if let Some(kept) = &mut self.kept
            && let Err(error) = kept.note(&self.veil.write(request, now))
        {
            return unkept(&kept.path, &error);
        }
        self.answer(request, now)
    }

    fn answer(&mut self, request: &Request, now: Timestamp) -> Handled {
        let handled = handle(&mut self.ledger, request, now);
        self.veil.learn(request, &handled.reply);
        handled
    }

    /// Hands over what the file holds. A last line without its end was being written when the process
    /// died, so its request was never answered: it goes.
    fn replay(&mut self, file: &File, path: &Path, header: &Header) -> Result<Read, String> {
        let shown = path.display();
        let unusable = |error: io::Error| format!("the books {shown} can't be used: {error}");
        let mut reader = BufReader::new(file);
        reader.rewind().map_err(unusable)?;
        let (mut found, mut line) = (Read::default(), String::new());
        for number in 1.. {
            line.clear();
            let read = reader.read_line(&mut line).map_err(unusable)?;
            if !line.ends_with('\n') {
                break;
            }
            let mut idle = false;
            if number == 1 {
                header.check(&line, path)?;
            } else {
                let line = serde_json::from_str::<Line>(&line).map_err(|error| {
                    format!("line {number} of the books {shown} was changed ({error}); delete the file to start with fresh books")
                })?;
                let at = line.at;
                let request = self.veil.read(line);
                idle = self.ledger.is_idle(&request);
                self.answer(&request, at);
            }
            found.bytes += read as u64;
            found.idle_bytes += if idle { read as u64 } else { 0 };
            found.idle.push(idle);
        }
        file.set_len(found.bytes).map_err(unusable)?;
        if found.bytes == 0 {
            let mut file = file;
            file.write_all(&to_line(header).map_err(unusable)?).map_err(unusable)?;
        }
        Ok(found)
    }

    /// Puts shorter books in the place of the kept ones, if they rebuild the same sandbox. Whenever the process dies,
    /// either the ones or the others are there, whole.
    fn shorten(&self, kept: &Kept, read: &Read, header: &Header) -> Result<Option<File>, String> {
        let failed = |error: io::Error| error.to_string();
        let mut name = kept.path.clone().into_os_string();
        name.push(".part");
        let part = Path::new(&name);
        // whoever left it died before it was put in place
        let _ = fs::remove_file(part);
        let mut options = OpenOptions::new();
        let file = private(options.read(true).append(true).create_new(true)).open(part);
        let file = file.map_err(failed)?;
        copy(&kept.file, &file, &read.idle).map_err(failed)?;
        let mut anew = Self::new(self.ledger.settings().clone());
        anew.replay(&file, part, header)?;
        if !anew.ledger.says_the_same_as(&self.ledger) {
            fs::remove_file(part).map_err(failed)?;
            return Ok(None);
        }
        file.sync_all().and_then(|()| fs::rename(part, &kept.path)).map_err(failed)?;
        Ok(Some(file))
    }
}

/// Copies all lines but the idle ones; the last one tells the time, so it stays.
fn copy(from: &File, to: &File, idle: &[bool]) -> io::Result<()> {
    let (mut reader, mut out) = (BufReader::new(from), BufWriter::new(to));
    reader.rewind()?;
    let mut line = Vec::new();
    for (n, is_idle) in idle.iter().enumerate() {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        if !is_idle || n + 1 == idle.len() {
            out.write_all(&line)?;
        }
    }
    out.flush()
}

impl Kept {
    fn note(&mut self, line: &Line) -> io::Result<()> {
        self.file.write_all(&to_line(line)?)
    }
}

impl Header {
    fn check(&self, line: &str, path: &Path) -> Result<(), String> {
        match serde_json::from_str::<Self>(line) {
            Ok(found) if found == *self => Ok(()),
            Ok(_) => Err(format!(
                "the books {} were kept with other settings or by another version; delete the file to \
                 start with fresh books",
                path.display()
            )),
            Err(_) => Err(format!("{} holds no sandbox's books", path.display())),
        }
    }
}

fn to_line(content: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(content)?;
    line.push(b'\n');
    Ok(line)
}

/// What tells settings apart, wherever the sandbox listens.
fn digest(settings: &Settings) -> String {
    let anywhere = Settings { public_url: String::new(), ..settings.clone() };
    let hash = Sha256::digest(format!("{anywhere:?}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The answer of a sandbox that can't write down what it is asked: nothing has landed.
fn unkept(path: &Path, error: &io::Error) -> Handled {
    let detail = format!("the sandbox's books {} can't be written: {error}", path.display());
    let body = serde_json::json!({ "detail": detail }).to_string().into_bytes();
    let reply = Reply { status: 507, retry_after: None, date: None, body };
    Handled { reply, conduct: Conduct::Answer, landed: false }
}

fn take_lock(path: &Path, wait: Duration) -> Result<FileLock, String> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let began = Instant::now();
    loop {
        match FileLock::take(Path::new(&name)) {
            Ok(lock) => return Ok(lock),
            Err(LockError::Held(_)) if began.elapsed() < wait => std::thread::sleep(LOOK_EVERY),
            Err(LockError::Held(holder)) => {
                return Err(format!(
                    "the sandbox's books {} are in use by {holder}; wait for it, or start one sandbox \
                     for all with `dollr-flow sandbox` and name it with --base-url",
                    path.display()
                ));
            }
            Err(LockError::Io(error)) => {
                return Err(format!("the books {} can't be locked: {error}", path.display()));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::api::wire::{Authorization, Method};
    use crate::api::words::TOKEN_PATH;

    fn ask(books: &Books, method: Method, path: &str, body: &str) -> serde_json::Value {
        let request = Request {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            authorization: Some(Authorization::Bearer(token(books))),
            body: body.as_bytes().to_vec(),
        };
        let reply = books.handle(&request, Timestamp::UNIX_EPOCH).reply;
        serde_json::from_slice(&reply.body).unwrap()
    }

    fn token(books: &Books) -> String {
        let body = br#"{"client_id":"sbx_client","client_secret":"sbx_secret"}"#.to_vec();
        let (path, query) = (TOKEN_PATH.to_owned(), Vec::new());
        let request = Request { method: Method::Post, path, query, authorization: None, body };
        let reply = books.handle(&request, Timestamp::UNIX_EPOCH).reply;
        let reply: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        reply["access_token"].as_str().unwrap().to_owned()
    }

    #[test]
    fn reads_that_moved_nothing_are_left_out_of_long_books() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sandbox");
        let length = || fs::metadata(&path).unwrap().len();
        let open = |most| Books::open_at_most(&path, Settings::default(), most).unwrap();
        let books = open(LONG_BYTES);
        let party = r#"{"fullname":"Ann","phone":"231770000001","country_code":"LR"}"#;
        let id = ask(&books, Method::Post, "/v1/parties/create", party)["id"].clone();
        let bearer = Some(Authorization::Bearer(token(&books)));
        let path_of = format!("/v1/parties/{id}");
        for at in 0..200 {
            let request = Request {
                method: Method::Get,
                path: path_of.clone(),
                query: Vec::new(),
                authorization: bearer.clone(),
                body: Vec::new(),
            };
            books.handle(&request, Timestamp::from_second(at).unwrap());
        }
        let before = books.with(Ledger::clone);
        drop(books);
        let long = length();
        // one that died at it left something behind
        fs::write(folder.path().join("journal.sandbox.part"), "half a li").unwrap();
        drop(open(LONG_BYTES));
        assert_eq!(length(), long, "not long enough yet");
        let books = open(4_096);
        assert!(length() < long / 10, "{long} {}", length());
        assert!(books.with(|now| now.says_the_same_as(&before)));
        // and they go on
        let other = r#"{"fullname":"Bo","phone":"231770000002","country_code":"LR"}"#;
        ask(&books, Method::Post, "/v1/parties/create", other);
        let before = books.with(Ledger::clone);
        drop(books);
        assert!(open(4_096).with(|now| now.says_the_same_as(&before)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_never_share_the_books() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sandbox");
        let first = Books::open(&path, Settings::default()).unwrap();
        let error = take_lock(&path, LOOK_EVERY).unwrap_err();
        assert!(error.contains(&format!("process {} on", std::process::id())), "{error}");
        assert!(error.contains("dollr-flow sandbox"), "{error}");

        // whoever waits gets them when they are let go
        let waiting = std::thread::spawn(move || take_lock(&path, LOCK_WAIT).map(drop));
        std::thread::sleep(LOOK_EVERY * 3);
        drop(first);
        waiting.join().unwrap().unwrap();
    }
}
