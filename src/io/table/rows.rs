//! The rows of a file as a stream: each whole, with its place, and never more than one in memory.

use std::io::{self, BufRead};

use crate::base::span::Source;
use crate::flow::InputsFile;
use crate::flow::inputs::table::RowValues;

/// The longest row: a quote that is never closed must not take the rest of the file with it.
pub(crate) const MAX_ROW_BYTES: usize = 1024 * 1024;

/// What some editors put before everything else.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

/// One row as it stands in its file.
#[derive(Debug)]
pub struct DataRow {
    /// Its first line, from 1.
    pub line: u64,
    /// Its bytes, without the line's end.
    pub raw: Vec<u8>,
    /// Where its cells begin: how many lines below its first, and the character in that line, from 1.
    pub places: Vec<(u64, usize)>,
    /// Its values, or why it can't be read.
    pub values: Result<RowValues, Unread>,
}

/// Why a row can't be read, and where.
#[derive(Debug)]
pub struct Unread {
    /// How many lines below the row's first.
    pub below: u64,
    /// The character in that line, from 1.
    pub column: usize,
    /// Whether it is not even known where the row ends: then what follows may be rows or not.
    pub torn: bool,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
}

/// The line of names that a CSV file begins with.
#[derive(Debug)]
pub struct Header {
    /// Its line, from 1.
    pub line: u64,
    /// The columns.
    pub names: Vec<String>,
    /// Its bytes, without the line's end.
    pub raw: Vec<u8>,
}

/// The rows of a JSON Lines file.
#[derive(Debug)]
pub struct JsonLines<R> {
    reader: R,
    name: String,
    line: u64,
}

impl<R: BufRead> JsonLines<R> {
    /// Reads objects; `name` is the file's.
    pub fn new(reader: R, name: String) -> Self {
        Self { reader, name, line: 0 }
    }

    /// The next row. Empty lines are none.
    pub fn next_row(&mut self) -> Result<Option<DataRow>, String> {
        loop {
            let mut raw = Vec::new();
            let limit = MAX_ROW_BYTES as u64 + 1;
            let read = io::Read::take(&mut self.reader, limit).read_until(b'\n', &mut raw);
            if read.map_err(|error| format!("{}: {error}", self.name))? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if raw.len() > MAX_ROW_BYTES {
                let most = MAX_ROW_BYTES / 1024;
                let (name, line) = (&self.name, self.line);
                return Err(format!("{name}:{line}:1: the row is longer than {most} KiB"));
            }
            if self.line == 1 && raw.starts_with(BOM) {
                raw.drain(..BOM.len());
            }
            while raw.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                raw.pop();
            }
            if raw.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let values = self.object(&raw).map(RowValues::Object);
            return Ok(Some(DataRow { line: self.line, raw, places: Vec::new(), values }));
        }
    }

    fn object(&self, raw: &[u8]) -> Result<InputsFile, Unread> {
        let refuse = |column, message| Unread { below: 0, column, torn: false, message };
        let text = std::str::from_utf8(raw).map_err(|error| {
            refuse(error.valid_up_to() + 1, "it is not UTF-8 text; JSON always is".to_owned())
        })?;
        InputsFile::read_json(&Source::new(&*self.name, text)).map_err(|problems| {
            let first = problems.first();
            let at = first.map_or(1, |problem| problem.line_col().1);
            refuse(at, first.map_or_else(String::new, |problem| problem.message.clone()))
        })
    }
}
