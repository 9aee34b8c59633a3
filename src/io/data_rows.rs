//! The rows of a file as a stream: each whole, with its place, and never more than one in memory.

use std::io::{self, BufRead};

use csv_core::{ReadFieldResult, ReadRecordResult, Reader, ReaderBuilder};

use crate::base::span::Source;
use crate::flow::InputsFile;
use crate::flow::table::{RowProblem, RowValues};

/// The longest row: a quote that is never closed must not take the rest of the file with it.
const MAX_ROW_BYTES: usize = 1024 * 1024;

/// The most cells of a row.
const MAX_CELLS: usize = 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One row as it stands in its file.
#[derive(Debug)]
pub struct DataRow {
    /// Its first line, from 1.
    pub line: u64,
    /// Its bytes, without the line's end.
    pub raw: Vec<u8>,
    /// Its values, or why it can't be read.
    pub values: Result<RowValues, RowProblem>,
}

/// The line of names that a CSV file begins with.
#[derive(Debug)]
pub struct Header {
    /// The columns.
    pub names: Vec<String>,
    /// Its bytes, without the line's end.
    pub raw: Vec<u8>,
}

/// The rows of a CSV file.
#[derive(Debug)]
pub struct Cells<R> {
    reader: R,
    core: Reader,
    delimiter: Option<u8>,
    line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    begun: bool,
}

impl<R: BufRead> Cells<R> {
    /// Reads cells; without a delimiter the first line tells.
    pub fn new(reader: R, delimiter: Option<u8>) -> Self {
        Self {
            reader,
            core: Reader::new(),
            delimiter,
            line: 1,
            text: vec![0; 4096],
            ends: vec![0; 64],
            begun: false,
        }
    }

    /// Whether the first character is that of a JSON object.
    pub fn starts_with_brace(&mut self) -> bool {
        let start = self.reader.fill_buf().unwrap_or_default();
        let start = start.strip_prefix(BOM).unwrap_or(start);
        start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
    }

    /// What stands between two cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter.unwrap_or(b',')
    }

    fn begin(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let start = self.reader.fill_buf()?;
        let bom = if start.starts_with(BOM) { BOM.len() } else { 0 };
        let guessed = sniff(&start[bom..]);
        let delimiter = *self.delimiter.get_or_insert(guessed);
        self.core = ReaderBuilder::new().delimiter(delimiter).build();
        self.reader.consume(bom);
        Ok(())
    }

    /// The line of names.
    pub fn header(&mut self) -> Result<Header, String> {
        let Some(row) = self.next_row()? else {
            return Err("the file is empty: its first line has to name the columns".to_owned());
        };
        match row.values {
            Ok(RowValues::Cells(names)) => {
                let names = names.iter().map(|name| name.trim().to_owned()).collect();
                Ok(Header { names, raw: row.raw })
            }
            Ok(RowValues::Object(_)) => Err("its first line has to name the columns".to_owned()),
            Err(problem) => Err(format!("line {}: {}", row.line, problem.message)),
        }
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<DataRow>, String> {
        self.begin().map_err(|error| error.to_string())?;
        let mut raw = Vec::new();
        let (mut text, mut cells) = (0, 0);
        loop {
            let input = self.reader.fill_buf().map_err(|error| error.to_string())?;
            let (result, read, wrote, ended) =
                self.core.read_record(input, &mut self.text[text..], &mut self.ends[cells..]);
            raw.extend_from_slice(&input[..read]);
            self.reader.consume(read);
            (text, cells) = (text + wrote, cells + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => return Ok(Some(self.row(raw, cells))),
                ReadRecordResult::End => return Ok(None),
            }
            if raw.len() > MAX_ROW_BYTES || cells > MAX_CELLS {
                return Err(format!(
                    "line {}: the row is longer than {} KiB or has more than {MAX_CELLS} cells; is a quote never closed?",
                    self.line,
                    MAX_ROW_BYTES / 1024
                ));
            }
        }
    }

    /// The row that was just read, and the line after it.
    fn row(&mut self, raw: Vec<u8>, cells: usize) -> DataRow {
        let newlines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let blank = raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let line = self.line + newlines(&raw[..blank]);
        self.line += newlines(&raw);
        let end = raw.len() - raw.iter().rev().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        // a carriage return alone ends a row for the parser, and its newline is read with the next
        let raw = raw[blank.min(end)..end].to_vec();
        let mut start = 0;
        let mut values = Vec::with_capacity(cells);
        for (at, end) in self.ends[..cells].iter().enumerate() {
            let bytes = &self.text[start..*end];
            start = *end;
            match std::str::from_utf8(bytes) {
                Ok(text) => values.push(text.to_owned()),
                Err(_) => {
                    let message = format!("cell {} is not UTF-8 text", at + 1);
                    let at = Some(self.place(&raw, at).1);
                    return DataRow {
                        line,
                        raw,
                        values: Err(RowProblem { column: None, at, message }),
                    };
                }
            }
        }
        DataRow { line, raw, values: Ok(RowValues::Cells(values)) }
    }

    /// Where a cell begins: how many lines below the row's first, and the character in that line, from 1.
    pub fn place(&self, raw: &[u8], column: usize) -> (u64, usize) {
        let mut core = ReaderBuilder::new().delimiter(self.delimiter()).build();
        let mut out = vec![0; raw.len() + 1];
        let (mut at, mut cell) = (0, 0);
        while cell < column && at < raw.len() {
            let (result, read, _) = core.read_field(&raw[at..], &mut out);
            at += read;
            match result {
                ReadFieldResult::Field { .. } => cell += 1,
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                ReadFieldResult::End => break,
            }
        }
        let before = String::from_utf8_lossy(&raw[..at]);
        let last = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() as u64, last.chars().count() + 1)
    }
}

/// The likeliest delimiter of a first line.
fn sniff(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    let likely = [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|found| count(*found));
    likely.filter(|found| count(*found) > 0).unwrap_or(b',')
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
            if read.map_err(|error| error.to_string())? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if raw.len() > MAX_ROW_BYTES {
                let most = MAX_ROW_BYTES / 1024;
                return Err(format!("line {}: the row is longer than {most} KiB", self.line));
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
            return Ok(Some(DataRow { line: self.line, raw, values }));
        }
    }

    fn object(&self, raw: &[u8]) -> Result<InputsFile, RowProblem> {
        let refuse =
            |at: usize, message: String| RowProblem { column: None, at: Some(at), message };
        let text = std::str::from_utf8(raw)
            .map_err(|error| refuse(error.valid_up_to() + 1, "it is not UTF-8 text".to_owned()))?;
        // the reader of inputs takes YAML too: a row has to be JSON
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            return Err(refuse(error.column().max(1), format!("it is not JSON: {said}")));
        }
        InputsFile::read(&Source::new(&*self.name, text)).map_err(|problems| {
            let first = problems.first();
            let at = first.map_or(1, |problem| problem.line_col().1);
            refuse(at, first.map_or_else(String::new, |problem| problem.message.clone()))
        })
    }
}
