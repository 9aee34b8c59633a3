//! Files: flows and inputs in, reports out. Everything read is bounded.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The longest flow file.
pub const MAX_FLOW_BYTES: u64 = 1024 * 1024;

/// The longest file of inputs or of batch rows.
pub const MAX_DATA_BYTES: u64 = 256 * 1024 * 1024;

/// Reads a text file of at most `limit` bytes, or says what is wrong with it.
pub fn read_text(path: &Path, limit: u64) -> Result<String, String> {
    let shown = path.display();
    let text = String::from_utf8(read_bytes(path, limit)?).map_err(|error| {
        format!("{shown} is not UTF-8 text (byte {})", error.utf8_error().valid_up_to())
    })?;
    // a mark that some editors put before everything else
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(format!("{shown} is a folder, not a file"));
    }
    let mut bytes = Vec::new();
    // one byte more than allowed tells a file that is too long from one that just fits
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(format!("{shown} is longer than {} KiB", limit / 1024));
    }
    Ok(bytes)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {shown}"),
        io::ErrorKind::PermissionDenied => format!("this user may not read {shown}"),
        _ => format!("{shown} can't be read: {error}"),
    }
}

/// The flow files a path names, and their tests: the file itself, or every `.yaml` and `.yml` file below a
/// folder, in order. What begins with a dot is passed over.
pub fn flow_files(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // a link to a folder could lead around in circles
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if name.starts_with('.') {
                continue;
            } else if is_dir {
                folders.push(entry.path());
            } else if is_flow(&name) {
                found.push(entry.path());
            }
        }
    }
    if found.is_empty() {
        return Err(format!("there is no flow (*.yaml) below {}", path.display()));
    }
    found.sort();
    Ok(found)
}

fn is_flow(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// Writes a report whole or not at all: whoever reads the file never sees half of it.
pub fn write_report(path: &Path, content: &[u8]) -> Result<(), String> {
    let written = match fs::metadata(path) {
        // a pipe or a terminal is written to; putting a file in its place would be wrong
        Ok(about) if !about.is_file() => {
            OpenOptions::new().write(true).open(path).and_then(|mut to| to.write_all(content))
        }
        _ => replace(path, content),
    };
    written.map_err(|error| format!("{} can't be written: {error}", path.display()))
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // a link keeps its place, and the file it leads to is replaced
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = target.clone().into_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = Path::new(&name);
    let written = File::create(part)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(part, &target));
    if written.is_err() {
        // what matters is the error that made it useless
        let _ = fs::remove_file(part);
    }
    written
}

/// The same options, for a file that only this user may use.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes an empty file for this user alone; one that is there already stays as it is.
pub fn create_private_file(path: &Path) -> io::Result<()> {
    private(OpenOptions::new().append(true).create(true)).open(path).map(|_| ())
}

/// Makes a folder, and those above it, for this user alone; those that are there stay as they are.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flow.yaml");
        fs::write(&path, "\u{feff}version: 1").unwrap();
        assert_eq!(read_text(&path, 1024).unwrap(), "version: 1");
        fs::write(&path, "x".repeat(1024)).unwrap();
        assert!(read_text(&path, 1024).is_ok());
        fs::write(&path, "x".repeat(1025)).unwrap();
        assert!(read_text(&path, 1024).unwrap_err().ends_with("flow.yaml is longer than 1 KiB"));
        fs::write(&path, b"ab\xff").unwrap();
        assert!(read_text(&path, 1024).unwrap_err().ends_with("is not UTF-8 text (byte 2)"));
        assert!(read_text(folder.path(), 1024).unwrap_err().ends_with("is a folder, not a file"));
        let missing = read_text(&folder.path().join("none"), 1024).unwrap_err();
        assert!(missing.starts_with("there is no file"), "{missing}");
    }

    #[test]
    fn a_folder_stands_for_the_flows_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("deep/.hidden")).unwrap();
        for name in ["b.yaml", "a.yml", "a.test.yaml", "deep/c.yaml", "deep/.hidden/d.yaml", "x.md"]
        {
            fs::write(at(name), "").unwrap();
        }
        let found = flow_files(folder.path()).unwrap();
        assert_eq!(found, [at("a.test.yaml"), at("a.yml"), at("b.yaml"), at("deep/c.yaml")]);
        assert_eq!(flow_files(&at("x.md")).unwrap(), [at("x.md")]);
        assert!(flow_files(&at("none")).unwrap_err().starts_with("there is no file"));
        assert!(flow_files(&at("deep/.hidden/..")).is_ok());
    }

    #[test]
    fn a_report_replaces_the_one_before_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        write_report(&path, b"one").unwrap();
        write_report(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write_report(&folder.path().join("no/such/folder"), b"x").unwrap_err();
        assert!(error.contains("can't be written"), "{error}");
    }
}
