//! The process's own streams, and the edge that everything passes on its way out: secrets are masked there, and
//! letters without a shape are written out.

use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressDrawTarget};
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;

use crate::base::scrub::Secrets;
use crate::base::visible;
use crate::base::visible::Mark;

/// What everything passes that leaves the process for people or programs.
#[derive(Debug, Clone)]
pub struct Edge {
    secrets: Secrets,
    mark: Mark,
}

/// Who reads what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// People: each thing written is one line, or a part of one.
    People,
    /// People: each thing written may be several lines.
    Text,
    /// Programs that read JSON, line by line.
    Json,
}

impl Edge {
    /// An edge that none of these secrets passes, those learnt later included.
    pub fn new(secrets: Secrets) -> Self {
        let (mark, ..) = Uuid::new_v4().as_fields();
        Self { secrets, mark: Mark(mark) }
    }

    /// The mark of colours that pass it.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// One line for people.
    pub fn line(&self, text: &str) -> String {
        let text = self.secrets.scrub().text(text);
        self.mark.resolve(&visible::line(&text, Some(self.mark)))
    }

    /// Several lines for people.
    pub fn block(&self, text: &str) -> String {
        let text = self.secrets.scrub().text(text);
        self.mark.resolve(&visible::block(&text, Some(self.mark)))
    }

    /// Writes a document for programs to standard output.
    pub fn document(&self, json: &serde_json::Value) -> io::Result<()> {
        let mut json = json.clone();
        self.secrets.scrub().json(&mut json);
        let text = serde_json::to_string_pretty(&json).unwrap_or_default();
        writeln!(stdout(), "{}", visible::json(&text))
    }

    /// A line of JSON, or a part of a document.
    fn json_line(&self, text: &str) -> String {
        let scrub = self.secrets.scrub();
        if scrub.is_empty() {
            return visible::json(text).into_owned();
        }
        // an element of a list, with what stands around it
        let inside = text.trim_matches([' ', '\n', ',', '[']);
        let masked = match serde_json::from_str::<serde_json::Value>(inside) {
            Ok(mut json) => {
                scrub.json(&mut json);
                text.replacen(inside, &json.to_string(), 1)
            }
            Err(_) => scrub.text(text),
        };
        visible::json(&masked).into_owned()
    }

    /// Standard output, for results.
    pub fn stdout(&self, reader: Reader) -> impl Write + Send + use<> {
        self.guard(stdout(), reader)
    }

    /// Standard output for much at once: what is written arrives in large pieces, the last when it is flushed.
    pub fn stdout_in_bulk(&self, reader: Reader) -> impl Write + Send + use<> {
        self.guard(io::BufWriter::new(stdout()), reader)
    }

    /// Standard error, for progress and errors.
    pub fn stderr(&self, reader: Reader) -> impl Write + Send + use<> {
        self.guard(io::stderr(), reader)
    }

    /// Standard error, for logs.
    pub fn logs(&self, reader: Reader) -> Logs {
        Logs { edge: self.clone(), reader }
    }

    /// A place in memory for what is written later by [`Edge::print`].
    pub fn memory<'a>(&self, memory: &'a mut Vec<u8>) -> impl Write + use<'a> {
        self.guard(memory, Reader::People)
    }

    /// Writes results that passed the edge before.
    pub fn print(&self, passed: &[u8]) -> io::Result<()> {
        stdout().write_all(passed)
    }

    fn guard<W: Write>(&self, out: W, reader: Reader) -> Guard<W> {
        Guard { out, edge: self.clone(), reader }
    }

    /// A line a person types, asked for on standard error. `None` at the end of the input. Where the question has
    /// several lines, all but the first begin with a bar, so that none passes for another message.
    pub fn ask(&self, question: &str) -> Option<String> {
        let mut err = io::stderr();
        write!(err, "{}", self.question(question)).and_then(|()| err.flush()).ok()?;
        let mut line = String::new();
        match io::stdin().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim().to_owned()),
        }
    }

    fn question(&self, text: &str) -> String {
        let mut lines = text.split('\n').map(|line| self.line(line));
        let first = lines.next().unwrap_or_default();
        lines.fold(first, |all, line| format!("{all}\n  | {line}"))
    }

    /// Lets even a panic's words pass the edge.
    pub fn guard_panics(&self) {
        let edge = self.clone();
        std::panic::set_hook(Box::new(move |panic| {
            let told = edge.block(&panic.to_string());
            let _ = writeln!(io::stderr(), "{told}");
        }));
    }
}

/// A stream behind the edge.
struct Guard<W> {
    out: W,
    edge: Edge,
    reader: Reader,
}

impl<W: Write> Guard<W> {
    /// What is written at once ends where it says; a line break before that is none of this program's.
    fn whole(&mut self, text: &str) -> io::Result<()> {
        let text = match self.reader {
            Reader::People => match text.strip_suffix('\n') {
                Some(line) => format!("{}\n", self.edge.line(line)),
                None => self.edge.line(text),
            },
            Reader::Text => self.edge.block(text),
            Reader::Json => self.edge.json_line(text),
        };
        self.out.write_all(text.as_bytes())
    }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.whole(&String::from_utf8_lossy(bytes))?;
        Ok(bytes.len())
    }

    // `writeln!` hands over a whole line here, which `write` would see in pieces
    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        self.whole(&text.to_string())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Where logs go.
pub struct Logs {
    edge: Edge,
    reader: Reader,
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Box<dyn Write + 'a>;

    fn make_writer(&'a self) -> Self::Writer {
        Box::new(self.edge.guard(io::stderr(), self.reader))
    }
}

/// A spinner on standard error.
pub fn bar() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
}

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
fn stdout() -> Results {
    Results(io::stdout())
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;

    fn written(reader: Reader, write: impl Fn(&mut dyn Write)) -> String {
        let secrets = Secrets::default();
        secrets.learn([&Secret::new("hunter22"), &Secret::new("48151623")]);
        let edge = Edge::new(secrets);
        let mut out = Vec::new();
        write(&mut edge.guard(&mut out, reader));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_of_a_report_is_one_line_whatever_stands_in_it() {
        let what = "10\u{8}\u{8}1 USD\nrun 7 succeeded\thunter22";
        let shown = "10\\u{8}\\u{8}1 USD\\nrun 7 succeeded\\t***";
        let people = |out: &mut dyn Write| {
            writeln!(out, "  what  {what}").unwrap();
            write!(out, "  {what}").unwrap();
            writeln!(out).unwrap();
        };
        assert_eq!(written(Reader::People, people), format!("  what  {shown}\n  {shown}\n"));
        let text = |out: &mut dyn Write| writeln!(out, "a\n\tb\u{1b}c").unwrap();
        assert_eq!(written(Reader::Text, text), "a\n\tb\\u{1b}c\n");
    }

    #[test]
    fn a_line_of_json_stays_json() {
        let object = r#"{"a":48151623,"amount":250.00,"b":"x hunter22\u001b"}"#;
        let json = |out: &mut dyn Write| {
            write!(out, "[").unwrap();
            write!(out, ",\n  {object}").unwrap();
            writeln!(out, "\n]").unwrap();
            writeln!(out, "\"\u{9b}\u{7f}\u{202e}\"").unwrap();
        };
        let told = "[,\n  {\"a\":\"***\",\"amount\":250.00,\"b\":\"x ***\\u001b\"}\n]\n\"\\u009b\\u007f\\u202e\"\n";
        assert_eq!(written(Reader::Json, json), told);
    }

    #[test]
    fn a_question_shows_what_it_is_about_and_no_line_of_it_passes_for_another() {
        let edge = Edge::new(Secrets::default());
        let asked = "Pay 10\u{8}\u{8}1 USD?\n✓ all paid\r [y/N] ";
        assert_eq!(edge.question(asked), "Pay 10\\u{8}\\u{8}1 USD?\n  | ✓ all paid\\r [y/N] ");
    }
}
