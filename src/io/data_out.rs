//! The files that a batch writes: its results, and the rows that were left out.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::data_file::DataFormat;
use super::disk::private;

/// A table that is written line by line, each line whole as soon as it is there. Only this user may read it: rows
/// hold personal data.
#[derive(Debug)]
pub struct LineFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl LineFile {
    /// A new file in the place of whatever was there.
    pub fn create(path: &Path) -> Result<Self, String> {
        let file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(path);
        let file = file.map_err(|error| format!("{} can't be written: {error}", path.display()))?;
        Ok(Self { file: BufWriter::new(file), path: path.to_owned() })
    }

    /// A line of cells, in CSV.
    pub fn cells<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        let cells: Vec<String> = cells.into_iter().map(|cell| quoted(cell, b',')).collect();
        self.line(cells.join(",").as_bytes())
    }

    /// A line as it is.
    pub fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let written = self.file.write_all(line).and_then(|()| self.file.write_all(b"\n"));
        written.and_then(|()| self.file.flush()).map_err(|error| self.failed(&error))
    }

    /// What is written would survive a power cut.
    pub fn sync(&mut self) -> Result<(), String> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        match synced {
            // a pipe or a terminal can't be synced
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced.map_err(|error| self.failed(&error)),
        }
    }

    fn failed(&self, error: &io::Error) -> String {
        format!("{} can't be written: {error}", self.path.display())
    }
}

/// The rows that were left out, in the format they came in, each with the reason.
#[derive(Debug)]
pub struct Rejects {
    path: PathBuf,
    format: DataFormat,
    delimiter: u8,
    header: Vec<u8>,
    file: Option<LineFile>,
}

impl Rejects {
    /// Rejects of a table; the file is made with the first of them.
    pub fn new(path: PathBuf, format: DataFormat, delimiter: u8, header: Vec<u8>) -> Self {
        Self { path, format, delimiter, header, file: None }
    }

    /// The file, if there was anything to write.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|_| self.path.as_path())
    }

    /// One row, with what is wrong with it.
    pub fn add(&mut self, raw: &[u8], reason: &str) -> Result<(), String> {
        let line = match self.format {
            DataFormat::Csv => self.with_cell(raw, reason),
            DataFormat::Jsonl => with_field(raw, reason),
        };
        if self.file.is_none() {
            let mut file = LineFile::create(&self.path)?;
            if self.format == DataFormat::Csv {
                file.line(&self.with_cell(&self.header, "reason"))?;
            }
            self.file = Some(file);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.line(&line))
    }

    fn with_cell(&self, raw: &[u8], cell: &str) -> Vec<u8> {
        let mut line = raw.to_vec();
        line.push(self.delimiter);
        line.extend_from_slice(quoted(cell, self.delimiter).as_bytes());
        line
    }
}

fn with_field(raw: &[u8], reason: &str) -> Vec<u8> {
    let row = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(raw);
    let mut row = row.unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(raw).into_owned();
        serde_json::Map::from_iter([("row".to_owned(), text.into())])
    });
    row.insert("reason".to_owned(), reason.into());
    serde_json::Value::Object(row).to_string().into_bytes()
}

/// A cell, in quotes where it needs them.
fn quoted(cell: &str, delimiter: u8) -> String {
    let special = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    match cell.bytes().any(special) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_need_it() {
        assert_eq!(quoted("plain", b','), "plain");
        assert_eq!(quoted("a,b", b','), "\"a,b\"");
        assert_eq!(quoted("a,b", b';'), "a,b");
        assert_eq!(quoted("say \"hi\"\n", b','), "\"say \"\"hi\"\"\n\"");
    }

    #[test]
    fn rejects_keep_the_rows_as_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let mut rejects = Rejects::new(path.clone(), DataFormat::Csv, b';', b"id;phone".to_vec());
        assert_eq!(rejects.path(), None);
        rejects.add(b"1;abc", "`phone`: no; not digits").unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "id;phone;reason\n1;abc;\"`phone`: no; not digits\"\n");
        let line = with_field(br#"{"amount":250.00}"#, "bad");
        assert_eq!(line, br#"{"amount":250.00,"reason":"bad"}"#);
    }
}
