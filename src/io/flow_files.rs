//! The files that a flow uses: found from the flow that names them, and never outside its repository.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::disk::{self, MAX_FLOW_BYTES};
use crate::base::span::Source;
use crate::flow::Subflows;

/// The most that the files of one flow may have together.
const MAX_TOTAL_BYTES: usize = 8 * 1024 * 1024;

/// The files around one flow.
#[derive(Debug)]
pub struct FlowFiles {
    /// No file above it is read: the root of the flow's git repository, else the flow's folder.
    root: PathBuf,
    /// The files that were read, by where they really are. Each has one name, whatever leads to it.
    read: RefCell<HashMap<PathBuf, Source>>,
}

impl FlowFiles {
    /// The files around a flow that was read from the path that is its name.
    pub fn around(flow: &Source) -> Result<Self, String> {
        let at = real(Path::new(flow.name()))?;
        let folder = at.parent().unwrap_or(Path::new("/"));
        let root = folder.ancestors().find(|above| above.join(".git").exists());
        let root = root.unwrap_or(folder).to_owned();
        Ok(Self { root, read: RefCell::new(HashMap::from([(at, flow.clone())])) })
    }
}

impl Subflows for FlowFiles {
    fn load(&self, from: &Source, path: &str) -> Result<Source, String> {
        if Path::new(path).is_absolute() {
            return Err("write its path as seen from this file, such as ./other.yaml".to_owned());
        }
        let shown = join(Path::new(from.name()).parent().unwrap_or(Path::new("")), path);
        let at = real(&shown)?;
        if !at.starts_with(&self.root) {
            return Err(format!(
                "{} is outside of {}: sub-flows stay in the repository of the flow",
                shown.display(),
                self.root.display()
            ));
        }
        let mut read = self.read.borrow_mut();
        if let Some(source) = read.get(&at) {
            return Ok(source.clone());
        }
        let text = disk::read_text(&at, MAX_FLOW_BYTES)?;
        let total: usize = read.values().map(|source| source.text().len()).sum();
        if total + text.len() > MAX_TOTAL_BYTES {
            let most = MAX_TOTAL_BYTES / (1024 * 1024);
            return Err(format!("the flow and its sub-flows have more than {most} MiB together"));
        }
        let source = Source::new(shown.display().to_string(), text);
        read.insert(at, source.clone());
        Ok(source)
    }
}

fn real(path: &Path) -> Result<PathBuf, String> {
    fs::canonicalize(path).map_err(|error| disk::unreadable(path, &error))
}

/// The path without detours, for people: `flows/../shared/a.yaml` is `shared/a.yaml`.
fn join(folder: &Path, path: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(joined.components().next_back(), Some(Component::Normal(_))) =>
            {
                joined.pop();
            }
            part => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_from_the_one_that_names_it_and_not_outside_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("repo/.git")).unwrap();
        fs::create_dir_all(at("repo/flows/parts")).unwrap();
        for name in ["repo/flows/top.yaml", "repo/flows/parts/a.yaml", "repo/b.yaml", "out.yaml"] {
            fs::write(at(name), name).unwrap();
        }
        let name = |path: &str| at(path).display().to_string();
        let top = Source::new(name("repo/flows/top.yaml"), "top");
        let files = FlowFiles::around(&top).unwrap();
        let a = files.load(&top, "./parts/a.yaml").unwrap();
        assert_eq!(
            (a.name(), a.text()),
            (&*name("repo/flows/parts/a.yaml"), "repo/flows/parts/a.yaml")
        );
        let b = files.load(&a, "../../b.yaml").unwrap();
        assert_eq!(b.name(), name("repo/b.yaml"));
        assert_eq!(files.load(&a, "../top.yaml").unwrap().text(), "top");
        let refused = files.load(&top, "../../out.yaml").unwrap_err();
        assert!(refused.contains("stay in the repository"), "{refused}");
        assert!(files.load(&top, "./none.yaml").unwrap_err().starts_with("there is no file"));
        assert!(files.load(&top, &name("repo/b.yaml")).unwrap_err().contains("as seen from"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("out.yaml"), at("repo/flows/link.yaml")).unwrap();
            assert!(
                files.load(&top, "./link.yaml").unwrap_err().contains("stay in the repository")
            );
            std::os::unix::fs::symlink(at("repo/b.yaml"), at("repo/flows/near.yaml")).unwrap();
            assert_eq!(files.load(&top, "./near.yaml").unwrap().name(), name("repo/b.yaml"));
        }
    }

    #[test]
    fn without_a_repository_files_stay_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("flows")).unwrap();
        fs::write(at("flows/top.yaml"), "top").unwrap();
        fs::write(at("out.yaml"), "out").unwrap();
        let top = Source::new(at("flows/top.yaml").display().to_string(), "top");
        let files = FlowFiles::around(&top).unwrap();
        assert!(files.load(&top, "../out.yaml").unwrap_err().contains("is outside of"));
    }
}
