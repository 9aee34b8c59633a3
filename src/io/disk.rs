//! Files: flows and inputs in, secrets in, reports out. Everything read is bounded.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::base::secret::Secret;

/// The longest flow file.
pub const MAX_FLOW_BYTES: u64 = 1024 * 1024;

/// The longest file of inputs or of batch rows.
pub const MAX_DATA_BYTES: u64 = 256 * 1024 * 1024;

/// The longest secret.
pub const MAX_SECRET_BYTES: u64 = 64 * 1024;

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

fn unreadable(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {shown}"),
        io::ErrorKind::PermissionDenied => format!("this user may not read {shown}"),
        _ => format!("{shown} can't be read: {error}"),
    }
}

/// Reads a secret from a file: its text without the line end.
pub fn read_secret(path: &Path) -> Result<Secret, String> {
    let text = read_text(path, MAX_SECRET_BYTES)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(format!("{} holds no secret: it is empty", path.display()));
    }
    Ok(Secret::new(secret))
}

/// Writes a report whole or not at all: whoever reads the file never sees half of it.
pub fn write_report(path: &Path, content: &[u8]) -> Result<(), String> {
    let failed = |error: io::Error| format!("{} can't be written: {error}", path.display());
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = Path::new(&name);
    let written = File::create(part)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(part, path));
    written.map_err(|error| {
        // best effort: what matters is the error that made it useless
        let _ = fs::remove_file(part);
        failed(error)
    })
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
