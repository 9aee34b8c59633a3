//! Keeps the house in order: floors, IO in one place, small files and functions.

mod circles;
mod imports;

use std::fs;
use std::path::{Path, PathBuf};

const MAX_FILE_LINES: usize = 500;
const MAX_FUNCTION_LINES: usize = 80;

/// The floor of each folder of `src/`. A folder imports only from floors below its own.
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("api", 1),
    ("expr", 1),
    ("steps", 2),
    ("sandbox", 2),
    ("flow", 3),
    ("run", 4),
    ("recipe_test", 5),
    ("engine", 6),
    ("report", 6),
    ("io", 7),
    ("cli", 8),
];

/// What only `io/` may touch.
const IO: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process::Command",
    "std::io::stdin",
    "std::io::stdout",
    "io::stdin()",
    "io::stdout()",
    "io::stderr()",
    "Timestamp::now",
    "SystemTime",
    "Instant::now",
    "tokio::net",
    "tokio::fs",
    "tokio::time",
    "reqwest",
    "rusqlite",
    "Uuid::new_v4",
];

/// What the pure floors 0 to 5 may not even name.
const IMPURE: &[&str] = &["async fn", ".await", "tokio::", "std::thread", "rand::"];

struct File {
    path: PathBuf,
    folder: String,
    /// The code, without comments and without the tests at its end.
    code: String,
    lines: usize,
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                let plain: Vec<&str> =
                    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                let inside = path.strip_prefix(&root).unwrap();
                let folder = match inside.components().count() {
                    1 => String::new(),
                    _ => {
                        inside.components().next().unwrap().as_os_str().to_str().unwrap().to_owned()
                    }
                };
                found.push(File {
                    path: inside.to_owned(),
                    folder,
                    code: plain.join("\n"),
                    lines: text.lines().count(),
                });
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn floor(folder: &str) -> u8 {
    FLOORS
        .iter()
        .find(|(name, _)| *name == folder)
        .unwrap_or_else(|| panic!("no floor: {folder}"))
        .1
}

fn complain(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn a_folder_imports_only_from_floors_below() {
    let mut problems = Vec::new();
    for file in sources().iter().filter(|file| !file.folder.is_empty()) {
        for (other, level) in FLOORS.iter().filter(|(other, _)| *other != file.folder) {
            let named = file.code.contains(&format!("crate::{other}::"));
            if named && *level >= floor(&file.folder) {
                problems.push(format!("{}: imports from {other}/", file.path.display()));
            }
        }
    }
    complain(&problems);
}

#[test]
fn only_io_touches_the_world() {
    let mut problems = Vec::new();
    for file in sources().iter().filter(|file| file.folder != "io") {
        for word in IO.iter().filter(|word| file.code.contains(**word)) {
            problems.push(format!("{}: `{word}`", file.path.display()));
        }
    }
    complain(&problems);
}

#[test]
fn everything_that_is_written_passes_one_edge() {
    let mut problems = Vec::new();
    for file in sources().iter().filter(|file| !file.path.ends_with("io/streams.rs")) {
        for way in ["io::stdout()", "io::stderr()", "println!", "print!(", "ProgressDrawTarget"] {
            // whether a stream is a terminal says nothing to anybody
            let code =
                file.code.replace("stdout().is_terminal", "").replace("stderr().is_terminal", "");
            if code.contains(way) {
                problems.push(format!("{}: `{way}`", file.path.display()));
            }
        }
    }
    complain(&problems);
}

#[test]
fn the_lower_floors_are_pure() {
    let mut problems = Vec::new();
    let pure = |file: &&File| !file.folder.is_empty() && floor(&file.folder) <= 5;
    for file in sources().iter().filter(pure) {
        for word in IMPURE.iter().filter(|word| file.code.contains(**word)) {
            problems.push(format!("{}: `{word}`", file.path.display()));
        }
    }
    complain(&problems);
}

#[test]
fn a_mod_file_only_exports() {
    let mut problems = Vec::new();
    for file in sources().iter().filter(|file| file.path.ends_with("mod.rs")) {
        let list = file.path == Path::new("steps/mod.rs");
        let code = |line: &&str| {
            !["mod ", "pub mod ", "pub use ", "use ", "#[", "pub(crate) mod ", "    ", "}", "{"]
                .iter()
                .any(|start| line.starts_with(start))
                && !line.trim().is_empty()
        };
        if !list && let Some(line) = file.code.lines().find(code) {
            problems.push(format!("{}: `{line}`", file.path.display()));
        }
    }
    complain(&problems);
}

#[test]
fn files_and_functions_stay_small() {
    let mut problems = Vec::new();
    for file in sources() {
        if file.lines > MAX_FILE_LINES {
            problems.push(format!("{}: {} lines", file.path.display(), file.lines));
        }
        problems.extend(long_functions(&file));
    }
    complain(&problems);
}

/// Functions by their indentation: rustfmt closes each with a brace under its first letter.
fn long_functions(file: &File) -> Vec<String> {
    let lines: Vec<&str> = file.code.lines().collect();
    let mut long = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        let starts = ["fn ", "pub fn ", "async fn ", "pub async fn ", "pub const fn ", "const fn "];
        if !starts.iter().any(|start| text.starts_with(start)) {
            continue;
        }
        let close = format!("{}}}", " ".repeat(indent));
        let length = lines[at..].iter().position(|line| *line == close).unwrap_or(0);
        if length > MAX_FUNCTION_LINES {
            let name = text.split('(').next().unwrap();
            long.push(format!("{}: {name} has {length} lines", file.path.display()));
        }
    }
    long
}

#[test]
fn nothing_is_left_undone() {
    let mut problems = Vec::new();
    for file in sources() {
        for word in ["todo!(", "unimplemented!(", "dbg!(", "TODO", "FIXME"] {
            if file.code.contains(word) {
                problems.push(format!("{}: `{word}`", file.path.display()));
            }
        }
    }
    complain(&problems);
}
