//! What a command writes is never what it reads, what is kept, or what else it writes: looked at before anything is
//! sent, by what the files really are, whatever links lead to them.

use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::disk;
use super::journal::location::JournalPlace;

/// How many links in a row are followed.
const MAX_LINKS: u32 = 40;

/// The files that one command deals with.
#[derive(Debug, Default)]
pub struct Outputs {
    taken: Vec<Taken>,
    folders: Vec<(&'static str, PathBuf)>,
}

#[derive(Debug)]
struct Taken {
    what: String,
    real: PathBuf,
    id: Option<(u64, u64)>,
}

impl Outputs {
    /// A file that the command reads.
    pub fn reads(&mut self, what: impl Into<String>, path: &Path) {
        self.take(what.into(), path);
    }

    /// A journal, with all that lies beside it.
    pub fn keeps(&mut self, place: &JournalPlace) {
        self.take("the journal".to_owned(), place.path());
        for end in ["-wal", "-shm", "-journal"] {
            self.take("part of the journal".to_owned(), &beside(place.path(), end));
        }
        self.take("the sandbox's books".to_owned(), &place.books());
        self.folders.push(("the folder of the run locks", real(&place.locks())));
    }

    /// A file that the command is to write, by the option that names it.
    pub fn writes(&mut self, option: &str, path: &Path) -> Result<(), String> {
        let refuse = |why: String| format!("{option} {}: {why}", path.display());
        if let Ok(about) = fs::metadata(path)
            && !about.is_file()
        {
            return Err(refuse(format!("it is {}, not a file", disk::sort(&about))));
        }
        let target = real(path);
        let part = part(&target);
        for (path, beside) in [(&target, ""), (&part, ", where it is written until it is whole")] {
            if let Some(taken) = self.clash(path) {
                return Err(refuse(format!(
                    "{} is {taken}{beside}; it would be lost: name another file",
                    path.display()
                )));
            }
        }
        if let Some(what) = kept(&target) {
            return Err(refuse(format!("it is {what}; it would be lost: name another file")));
        }
        if fs::symlink_metadata(&part).is_ok_and(|about| !about.is_file()) {
            return Err(refuse(format!("{} is in the way: it is no file", part.display())));
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(refuse(format!("there is no folder {}", folder.display())));
        }
        self.take(format!("what {option} writes"), path);
        self.take(format!("what {option} writes"), &part);
        Ok(())
    }

    fn take(&mut self, what: String, path: &Path) {
        self.taken.push(Taken { what, real: real(path), id: id(path) });
    }

    fn clash(&self, path: &Path) -> Option<&str> {
        let same =
            |taken: &&Taken| taken.real == path || taken.id.is_some() && taken.id == id(path);
        let file = self.taken.iter().find(same).map(|taken| taken.what.as_str());
        let within = || self.folders.iter().find(|(_, folder)| path.starts_with(folder));
        file.or_else(|| within().map(|(what, _)| *what))
    }
}

/// Where a file is written until it is whole.
pub(super) fn part(target: &Path) -> PathBuf {
    beside(target, ".part")
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}

/// The file that a path leads to, or would.
pub(super) fn real(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Ok(real) = fs::canonicalize(&path) {
            return real;
        }
        // nothing is there yet: a link may lead there all the same
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        match fs::read_link(&path) {
            Ok(to) => path = folder.join(to),
            Err(_) => return path.file_name().map_or(path.clone(), |name| folder.join(name)),
        }
    }
    path
}

#[cfg(unix)]
fn id(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|about: Metadata| (about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn id(_: &Path) -> Option<(u64, u64)> {
    None
}

/// What a file is that must not be written over, by how it starts.
fn kept(path: &Path) -> Option<&'static str> {
    let mut start = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(16).read_to_end(&mut start).ok()?;
    match start.as_slice() {
        b"SQLite format 3\0" => Some("a database, maybe another journal"),
        start if start.starts_with(b"{\"books\":") => Some("the books of a sandbox"),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn an_output_is_no_input_whatever_leads_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("data.csv"), "id\n").unwrap();
        fs::write(at("other.db"), b"SQLite format 3\0 and more").unwrap();
        fs::hard_link(at("data.csv"), at("hard.csv")).unwrap();
        std::os::unix::fs::symlink(at("data.csv"), at("soft.csv")).unwrap();
        std::os::unix::fs::symlink(at("new.csv"), at("dangling.csv")).unwrap();
        std::os::unix::fs::symlink(".", at("here")).unwrap();
        fs::create_dir(at("j.db.locks")).unwrap();
        let mut outputs = Outputs::default();
        outputs.reads("the data", &at("data.csv"));
        outputs.reads("the inputs", &at("r.csv.part"));
        outputs.keeps(&JournalPlace::parse(&at("j.db").display().to_string()).unwrap());
        for (name, told) in [
            ("data.csv", "is the data"),
            ("./data.csv", "is the data"),
            ("here/data.csv", "is the data"),
            ("hard.csv", "is the data"),
            ("soft.csv", "is the data"),
            ("r.csv", "is the inputs, where it is written until it is whole"),
            ("j.db", "is the journal"),
            ("here/j.db-wal", "is part of the journal"),
            ("j.sandbox", "is the sandbox's books"),
            ("j.db.locks/x", "is the folder of the run locks"),
            ("other.db", "it is a database"),
            ("here", "it is a folder"),
            ("none/r.csv", "there is no folder"),
        ] {
            let error = outputs.writes("--results", &at(name)).unwrap_err();
            assert!(error.contains(told), "{name}: {error}");
        }
        outputs.writes("--results", &at("new.csv")).unwrap();
        let error = outputs.writes("--rejects", &at("dangling.csv")).unwrap_err();
        assert!(error.contains("is what --results writes"), "{error}");
        let error = outputs.writes("--rejects", &at("new.csv.part")).unwrap_err();
        assert!(error.contains("is what --results writes"), "{error}");
        outputs.writes("--rejects", &at("rejects.csv")).unwrap();
    }
}
