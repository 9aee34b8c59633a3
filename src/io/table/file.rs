//! A file of rows: CSV or JSON Lines, read as a stream as often as needed.

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, Seek};
use std::path::Path;
use std::time::SystemTime;

use encoding_rs::Encoding;

use super::csv::Cells;
use super::encoding;
use super::rows::{DataRow, Header, JsonLines};
use crate::io::disk;

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

/// What is known of a table before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// How its rows are written; else the file's ending tells, or its first character.
    pub format: Option<DataFormat>,
    /// What stands between cells; else the first line tells.
    pub delimiter: Option<u8>,
    /// What the text is, if not UTF-8.
    pub encoding: Option<&'static Encoding>,
}

impl How {
    /// The same for a text in the encoding of this name.
    pub fn encoded(self, label: Option<&str>) -> Result<Self, String> {
        let encoding = label.map(encoding::named).transpose();
        Ok(Self { encoding: encoding.map_err(|error| format!("--encoding: {error}"))?, ..self })
    }
}

impl DataFile {
    /// Opens a file, or takes all of standard input for `-`.
    pub fn open(path: &Path, how: How) -> Result<Self, String> {
        let stdin = path.as_os_str() == "-";
        let name = if stdin { "<stdin>".to_owned() } else { path.display().to_string() };
        let failed = |error: io::Error| format!("{name} can't be read: {error}");
        if !stdin && fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
            return Err(format!("{name} can be read only once: hand it in by `--data -`"));
        }
        let mut file = match stdin {
            true => spool(|to| io::copy(&mut io::stdin().lock(), to).map(drop).map_err(failed))?,
            false => disk::open(path)?,
        };
        if let Some(encoding) = how.encoding {
            let decoded = |to: &mut File| {
                encoding::decode(encoding, &file, to).map_err(|why| format!("{name}: {why}"))
            };
            file = spool(decoded)?;
        }
        let about = file.metadata().map_err(failed)?;
        let mut opened = Self {
            file,
            name,
            format: DataFormat::Csv,
            delimiter: how.delimiter,
            was: Some(stamp(&about)),
        };
        if let Some(what) = encoding::foreign(opened.again()?.fill_buf().unwrap_or_default()) {
            return Err(format!("{}: {what}", opened.name));
        }
        opened.format = match how.format {
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
        let mut first = Cells::new(self.again()?, self.name.clone(), self.delimiter);
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
            DataFormat::Csv => {
                DataRows::Cells(Box::new(Cells::new(reader, self.name.clone(), self.delimiter)))
            }
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
fn spool(fill: impl FnOnce(&mut File) -> Result<(), String>) -> Result<File, String> {
    let failed = |error: io::Error| format!("a copy of the table can't be kept: {error}");
    let mut file = tempfile::tempfile().map_err(failed)?;
    fill(&mut file)?;
    file.rewind().map_err(failed)?;
    Ok(file)
}
