//! Files: flows and inputs in, reports out. Everything read is bounded.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read};
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
    let file = open(path)?;
    let mut bytes = Vec::new();
    // one byte more than allowed tells a file that is too long from one that just fits
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(format!("{shown} is longer than {} KiB", limit / 1024));
    }
    Ok(bytes)
}

/// Opens a file to read. What is no file is refused before it is opened: to open a pipe waits for whoever writes to it,
/// maybe for ever. A pipe without a name, such as a shell's `<(…)`, has somebody at its other end.
pub(super) fn open(path: &Path) -> Result<File, String> {
    let about = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let nameless = || is_pipe(&about) && fs::canonicalize(path).is_err();
    if !about.is_file() && !nameless() {
        return Err(format!("{} is {}, not a file", path.display(), sort(&about)));
    }
    File::open(path).map_err(|error| unreadable(path, &error))
}

#[cfg(unix)]
fn is_pipe(about: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&about.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

/// What something is that is no file, in words.
pub(super) fn sort(about: &Metadata) -> &'static str {
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_socket(&about.file_type()) {
        return "a socket";
    }
    match (about.is_dir(), is_pipe(about)) {
        (true, _) => "a folder",
        (_, true) => "a pipe",
        _ => "a device",
    }
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {shown}"),
        io::ErrorKind::PermissionDenied => format!("this user may not read {shown}"),
        _ => format!("{shown} can't be read: {error}"),
    }
}

/// The flow files that a path names, and what could not be looked at.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// What could not be looked at, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// The flow files a path names, and their tests: the file itself, or every `.yaml` and `.yml` file below a
/// folder, in order. What begins with a dot is passed over.
pub fn flow_files(path: &Path) -> Found {
    let mut found = Found::default();
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => {}
        Ok(_) => {
            found.files.push(path.to_owned());
            return found;
        }
        Err(error) => {
            found.unreadable.push((path.to_owned(), unreadable(path, &error)));
            return found;
        }
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        if let Err(error) = found.look_into(&folder, &mut folders) {
            found.unreadable.push((folder.clone(), unreadable(&folder, &error)));
        }
    }
    if found.files.is_empty() && found.unreadable.is_empty() {
        let message = format!("there is no flow (*.yaml) below {}", path.display());
        found.unreadable.push((path.to_owned(), message));
    }
    found.files.sort();
    found
}

impl Found {
    fn look_into(&mut self, folder: &Path, folders: &mut Vec<PathBuf>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // a link to a folder could lead around in circles
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if name.starts_with('.') {
                continue;
            } else if is_dir {
                folders.push(entry.path());
            } else if is_flow(&name) {
                self.files.push(entry.path());
            }
        }
        Ok(())
    }
}

fn is_flow(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
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
        let found = flow_files(folder.path());
        assert_eq!(found.files, [at("a.test.yaml"), at("a.yml"), at("b.yaml"), at("deep/c.yaml")]);
        assert!(found.unreadable.is_empty());
        assert_eq!(flow_files(&at("x.md")).files, [at("x.md")]);
        let none = flow_files(&at("none"));
        assert!(none.unreadable[0].1.starts_with("there is no file"), "{none:?}");
        assert_eq!(flow_files(&at("deep/.hidden/..")).files.len(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.yaml");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(read_text(&pipe, 1024).unwrap_err().ends_with("is a pipe, not a file"));
        let socket = folder.path().join("socket.yaml");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(read_text(&socket, 1024).unwrap_err().ends_with("is a socket, not a file"));
        let device = read_text(Path::new("/dev/zero"), 1024).unwrap_err();
        assert_eq!(device, "/dev/zero is a device, not a file");
    }
}
