//! The process's own streams.

use std::io::{self, Write};
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressDrawTarget};

/// Why results did not arrive, noted at the first of them.
static LOST: OnceLock<Lost> = OnceLock::new();

/// What became of results that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// Whoever read them went away.
    Reader,
    /// They could not be written, in the system's words.
    Unwritten(String),
}

/// Standard output, for results. What goes wrong is noted, and asked for by [`lost`].
pub fn stdout() -> impl Write + Send {
    Results(io::stdout())
}

/// Standard output for much at once: what is written arrives in large pieces, the last when it is flushed.
pub fn stdout_in_bulk() -> impl Write + Send {
    io::BufWriter::new(stdout())
}

/// Whether any result was lost, once all are written.
pub fn lost() -> Option<Lost> {
    // noted where it is written
    let _ = stdout().flush();
    LOST.get().cloned()
}

/// Lets results that go to a file survive a power cut.
pub fn keep() {
    let _ = stdout().flush();
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let file = io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
        let synced = file.and_then(|file| match file.metadata()?.is_file() {
            true => file.sync_all(),
            false => Ok(()),
        });
        // noted like any other
        let _ = note(synced);
    }
}

struct Results(io::Stdout);

impl Write for Results {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        note(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        note(self.0.flush())
    }
}

fn note<T>(result: io::Result<T>) -> io::Result<T> {
    if let Err(error) = &result {
        let lost = match error.kind() {
            io::ErrorKind::Interrupted => return result,
            io::ErrorKind::BrokenPipe => Lost::Reader,
            _ => Lost::Unwritten(error.to_string()),
        };
        // the first of them tells why
        let _ = LOST.set(lost);
    }
    result
}

/// Standard error, for progress and errors.
pub fn stderr() -> impl Write + Send {
    io::stderr()
}

/// A spinner on standard error.
pub fn bar() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
}

/// A line a person types, asked for on standard error. `None` at the end of the input.
pub fn ask(question: &str) -> Option<String> {
    let mut err = io::stderr();
    write!(err, "{question}").and_then(|()| err.flush()).ok()?;
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}
