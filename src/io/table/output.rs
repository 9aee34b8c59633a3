//! The files that a batch writes: its results, and the rows that were left out.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::file::DataFormat;
use crate::io::disk::private;
use crate::io::outputs;

/// A table that is written line by line beside its place, and put there when it is whole: until then whatever was there
/// stays. Only this user may read it: rows hold personal data.
#[derive(Debug)]
pub struct LineFile {
    file: BufWriter<File>,
    path: PathBuf,
    part: PathBuf,
    target: PathBuf,
    whole: bool,
}

impl LineFile {
    /// A new file, to take the place of whatever is there.
    pub fn create(path: &Path) -> Result<Self, String> {
        let failed = |error: io::Error| format!("{} can't be written: {error}", path.display());
        let target = outputs::real(path);
        let part = outputs::part(&target);
        let file = private(OpenOptions::new().write(true).create(true)).open(&part);
        let file = file.map_err(failed)?;
        // what a process left that was killed is nobody's; what is locked is being written
        match file.try_lock() {
            Ok(()) => file.set_len(0).map_err(failed)?,
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another process is writing {}", path.display()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let file = BufWriter::new(file);
        Ok(Self { file, path: path.to_owned(), part, target, whole: false })
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

    /// Puts the file in its place. What is there then would survive a power cut.
    pub fn finish(mut self) -> Result<(), String> {
        let put = self.put();
        self.whole = put.is_ok();
        put.map_err(|error| self.failed(&error))
    }

    fn put(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.part, &self.target)?;
        #[cfg(unix)]
        if let Some(folder) = self.target.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> String {
        format!("{} can't be written: {error}", self.path.display())
    }
}

impl Drop for LineFile {
    fn drop(&mut self) {
        if !self.whole {
            // what matters is why it came to nothing
            let _ = fs::remove_file(&self.part);
        }
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

    /// Puts the file in its place, and says where that is, if there was anything to write.
    pub fn finish(self) -> Result<Option<PathBuf>, String> {
        match self.file {
            Some(file) => file.finish().map(|()| Some(self.path)),
            None => Ok(None),
        }
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
    fn a_file_that_comes_to_nothing_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.csv");
        fs::write(&path, "old\n").unwrap();
        fs::write(folder.path().join("r.csv.part"), "left by a process that was killed").unwrap();
        let mut file = LineFile::create(&path).unwrap();
        file.cells(["new", "a,b"]).unwrap();
        let other = LineFile::create(&path).unwrap_err();
        assert!(other.starts_with("another process is writing"), "{other}");
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
        let mut file = LineFile::create(&path).unwrap();
        file.cells(["new", "a,b"]).unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new,\"a,b\"\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn rejects_keep_the_rows_as_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let mut rejects = Rejects::new(path.clone(), DataFormat::Csv, b';', b"id;phone".to_vec());
        fs::write(&path, "what was there").unwrap();
        rejects.add(b"1;abc", "`phone`: no; not digits").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "what was there");
        assert_eq!(rejects.finish().unwrap().as_ref(), Some(&path));
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(text, "id;phone;reason\n1;abc;\"`phone`: no; not digits\"\n");
        let none = Rejects::new(folder.path().join("none"), DataFormat::Csv, b';', Vec::new());
        assert_eq!(none.finish().unwrap(), None);
        let line = with_field(br#"{"amount":250.00}"#, "bad");
        assert_eq!(line, br#"{"amount":250.00,"reason":"bad"}"#);
    }
}
