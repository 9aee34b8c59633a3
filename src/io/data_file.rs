//! A file of rows: CSV or JSON Lines, read as a stream as often as needed.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Seek, Write};
use std::path::Path;
use std::time::SystemTime;

use super::data_rows::{Cells, DataRow, Header, JsonLines};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFormat {
    /// A line of names, then a line of cells per row.
    Csv,
    /// A JSON object per line.
    Jsonl,
}

/// A file of rows. Standard input is kept in a nameless file first, so that it can be read twice.
#[derive(Debug)]
pub struct DataFile {
    file: File,
    name: String,
    format: DataFormat,
    delimiter: Option<u8>,
    was: Option<(u64, Option<SystemTime>)>,
}

/// The rows of a file, in order.
#[derive(Debug)]
pub enum DataRows {
    /// Of a CSV file.
    Cells(Box<Cells<BufReader<File>>>),
    /// Of a JSON Lines file.
    Lines(JsonLines<BufReader<File>>),
}

impl DataFile {
    /// Opens a file, or takes all of standard input for `-`. Without a format the file's ending tells, or else its
    /// first character.
    pub fn open(
        path: &Path,
        format: Option<DataFormat>,
        delimiter: Option<u8>,
    ) -> Result<Self, String> {
        let stdin = path.as_os_str() == "-";
        let name = if stdin { "<stdin>".to_owned() } else { path.display().to_string() };
        let failed = |error: io::Error| format!("{name} can't be read: {error}");
        let file = match stdin {
            true => spool().map_err(failed)?,
            false => File::open(path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => format!("there is no file {name}"),
                io::ErrorKind::PermissionDenied => format!("this user may not read {name}"),
                _ => format!("{name} can't be read: {error}"),
            })?,
        };
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(format!("{name} is a folder, not a file"));
        }
        if !about.is_file() {
            return Err(format!("{name} can be read only once: hand it in by `--data -`"));
        }
        let mut opened =
            Self { file, name, format: DataFormat::Csv, delimiter, was: Some(stamp(&about)) };
        opened.format = match format {
            Some(format) => format,
            None => opened.guess(path)?,
        };
        Ok(opened)
    }

    /// The name people know it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its rows are written.
    pub fn format(&self) -> DataFormat {
        self.format
    }

    fn guess(&self, path: &Path) -> Result<DataFormat, String> {
        match path.extension().and_then(|end| end.to_str()) {
            Some("csv" | "tsv" | "txt") => return Ok(DataFormat::Csv),
            Some("jsonl" | "ndjson" | "json") => return Ok(DataFormat::Jsonl),
            _ => {}
        }
        let mut first = Cells::new(self.again()?, self.delimiter);
        Ok(match first.starts_with_brace() {
            true => DataFormat::Jsonl,
            false => DataFormat::Csv,
        })
    }

    fn again(&self) -> Result<BufReader<File>, String> {
        let failed = |error: io::Error| format!("{} can't be read: {error}", self.name);
        let mut file = self.file.try_clone().map_err(failed)?;
        file.rewind().map_err(failed)?;
        Ok(BufReader::with_capacity(64 * 1024, file))
    }

    /// The rows from the start. One reader at a time: they share the file's position.
    pub fn rows(&mut self) -> Result<DataRows, String> {
        let about =
            self.file.metadata().map_err(|e| format!("{} can't be read: {e}", self.name))?;
        if self.was != Some(stamp(&about)) {
            return Err(format!("{} was changed while it was being read: start again", self.name));
        }
        let reader = self.again()?;
        Ok(match self.format {
            DataFormat::Csv => DataRows::Cells(Box::new(Cells::new(reader, self.delimiter))),
            DataFormat::Jsonl => DataRows::Lines(JsonLines::new(reader, self.name.clone())),
        })
    }
}

impl DataRows {
    /// The names of the columns, where there is a line of them.
    pub fn header(&mut self) -> Result<Option<Header>, String> {
        match self {
            Self::Cells(cells) => cells.header().map(Some),
            Self::Lines(_) => Ok(None),
        }
    }

    /// The next row, with what is wrong with it if it can't be read at all. An error ends the reading.
    pub fn next_row(&mut self) -> Result<Option<DataRow>, String> {
        match self {
            Self::Cells(cells) => cells.next_row(),
            Self::Lines(lines) => lines.next_row(),
        }
    }

    /// The character of its line at which a row's cell begins, from 1, and how many lines below the row's first.
    pub fn place(&self, row: &DataRow, column: usize) -> (u64, usize) {
        match self {
            Self::Cells(cells) => cells.place(&row.raw, column),
            Self::Lines(_) => (0, 1),
        }
    }

    /// What stands between two cells.
    pub fn delimiter(&self) -> u8 {
        match self {
            Self::Cells(cells) => cells.delimiter(),
            Self::Lines(_) => b',',
        }
    }
}

fn stamp(about: &Metadata) -> (u64, Option<SystemTime>) {
    (about.len(), about.modified().ok())
}

/// Rows hold personal data: the copy has no name, and ends with the process.
fn spool() -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    file.flush()?;
    Ok(file)
}
