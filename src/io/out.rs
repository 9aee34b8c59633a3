//! The process's own streams.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget};

/// Standard output, for results.
pub fn stdout() -> impl Write + Send {
    io::stdout()
}

/// Standard output for much at once: what is written arrives in large pieces, the last when it is flushed.
pub fn stdout_in_bulk() -> impl Write + Send {
    io::BufWriter::new(io::stdout())
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
