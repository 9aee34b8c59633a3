//! Where a journal is, and the files that live beside it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::ports::JournalError;
use crate::io::disk::{create_private_dir, create_private_file};

/// Where the journal is when nobody says.
pub const DEFAULT: &str = ".dollr-flow/journal.db";

/// The folder that this program makes for itself, and keeps out of git.
const OWN_FOLDER: &str = ".dollr-flow";

/// The place of a journal in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalPlace(PathBuf);

impl JournalPlace {
    /// Reads a journal's address: a path, `sqlite:PATH` or `sqlite://PATH`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let path = match text.split_once(':') {
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            // one letter before the colon is a drive
            Some((scheme, rest)) if scheme.len() > 1 && rest.starts_with("//") => {
                return Err(format!(
                    "no journal can be kept in `{scheme}:`; use a path or sqlite:PATH"
                ));
            }
            _ => text,
        };
        if path.is_empty() || path.ends_with('/') {
            return Err(format!("the journal `{text}` names no file"));
        }
        Ok(Self(PathBuf::from(path)))
    }

    /// The journal's file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of the run locks.
    pub fn locks(&self) -> PathBuf {
        let mut name = self.0.clone().into_os_string();
        name.push(".locks");
        name.into()
    }

    /// The books of the embedded sandbox.
    pub fn books(&self) -> PathBuf {
        self.0.with_extension("sandbox")
    }

    /// The place in words.
    pub fn shown(&self) -> String {
        self.0.display().to_string()
    }

    /// Makes the folder and an empty file, for this user alone, where they are missing.
    pub fn prepare(&self) -> Result<(), JournalError> {
        let folder = match self.0.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        self.make_folder(folder).map_err(|error| self.failed(&error))?;
        if !self.0.exists() {
            create_private_file(&self.0).map_err(|error| self.failed(&error))?;
            // the file's name has to survive a power cut as well as its content
            #[cfg(unix)]
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| self.failed(&e))?;
        }
        Ok(())
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        create_private_dir(folder)?;
        let ignore = folder.join(".gitignore");
        if folder.file_name().is_some_and(|name| name == OWN_FOLDER) && !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
        Ok(())
    }

    /// The typed error for what the file system said.
    pub fn failed(&self, error: &io::Error) -> JournalError {
        let place = self.shown();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                JournalError::Full { place }
            }
            io::ErrorKind::ReadOnlyFilesystem => JournalError::ReadOnly { place },
            io::ErrorKind::PermissionDenied => JournalError::Permission { place },
            _ => JournalError::Other { place, what: error.to_string() },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_a_path_with_or_without_a_scheme() {
        for text in ["a/j.db", "sqlite:a/j.db", "sqlite://a/j.db"] {
            let place = JournalPlace::parse(text).unwrap();
            assert_eq!(place.path(), Path::new("a/j.db"));
            assert_eq!(place.locks(), Path::new("a/j.db.locks"));
            assert_eq!(place.books(), Path::new("a/j.sandbox"));
        }
        assert_eq!(JournalPlace::parse("sqlite:///a/j.db").unwrap().path(), Path::new("/a/j.db"));
        for text in ["postgres://host/db", "", "sqlite:", "a/"] {
            assert!(JournalPlace::parse(text).is_err(), "{text}");
        }
    }
}
