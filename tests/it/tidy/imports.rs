//! Which file of the sources takes something from which, read off their paths: `use crate::a::B`, `super::c::d()`, and
//! through the doors (`pub use`) that folders have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Item, UseTree, Visibility};

/// A module's path, from the crate's root: `["run", "settle", "policy"]`.
type Module = Vec<String>;

/// A source file with what it says.
pub struct Source {
    /// Inside `src/`.
    pub path: PathBuf,
    module: Module,
    pub code: syn::File,
}

/// Every file below `src/`, without the tests at its end.
pub fn parsed(root: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let mut code = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
                code.items.retain(|item| !is_test(item));
                let path = path.strip_prefix(root).unwrap().to_owned();
                found.push(Source { module: module(&path), path, code });
            }
        }
    }
    found.sort_by(|one, two| one.path.cmp(&two.path));
    found
}

fn is_test(item: &Item) -> bool {
    let Item::Mod(module) = item else { return false };
    module.attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
    })
}

fn module(path: &Path) -> Module {
    let plain = path.with_extension("");
    let mut parts: Module = plain.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.len() == 1 && (parts[0] == "lib" || parts[0] == "main")
        || parts.last().is_some_and(|last| last == "mod")
    {
        parts.pop();
    }
    parts
}

/// From each file to those it takes something from, as places in `sources`.
pub fn imports(sources: &[Source]) -> Vec<BTreeSet<usize>> {
    let files: BTreeMap<Module, usize> = sources
        .iter()
        .enumerate()
        .filter(|(_, source)| source.path != Path::new("main.rs"))
        .map(|(at, source)| (source.module.clone(), at))
        .collect();
    let doors: Vec<_> = sources.iter().map(|source| door(source, &files)).collect();
    let house = House { files, doors };
    sources
        .iter()
        .enumerate()
        .map(|(at, source)| {
            let mut reader = Reader { house: &house, source, found: BTreeSet::new() };
            reader.visit_file(&source.code);
            reader.found.remove(&at);
            reader.found
        })
        .collect()
}

struct House {
    files: BTreeMap<Module, usize>,
    /// What each file passes on from others: name to path.
    doors: Vec<BTreeMap<String, Module>>,
}

impl House {
    /// The file in which what a path names is defined.
    fn file(&self, path: &[String]) -> Option<usize> {
        let (taken, at) = (0..=path.len())
            .rev()
            .find_map(|taken| Some((taken, *self.files.get(&path[..taken])?)))?;
        match path.get(taken).and_then(|name| self.doors[at].get(name)) {
            Some(further) => self.file(further),
            None => Some(at),
        }
    }
}

fn door(source: &Source, files: &BTreeMap<Module, usize>) -> BTreeMap<String, Module> {
    let mut passed_on = BTreeMap::new();
    for item in &source.code.items {
        if let Item::Use(item) = item
            && !matches!(item.vis, Visibility::Inherited)
        {
            for path in leaves(&item.tree) {
                if let Some(path) = absolute(&path, &source.module, files) {
                    passed_on.insert(path.last().unwrap().clone(), path);
                }
            }
        }
    }
    passed_on
}

/// The paths of a `use`.
fn leaves(tree: &UseTree) -> Vec<Module> {
    match tree {
        UseTree::Path(path) => leaves(&path.tree)
            .into_iter()
            .map(|rest| [vec![path.ident.to_string()], rest].concat())
            .collect(),
        UseTree::Name(name) if name.ident == "self" => vec![Vec::new()],
        UseTree::Name(name) => vec![vec![name.ident.to_string()]],
        UseTree::Rename(name) => vec![vec![name.ident.to_string()]],
        UseTree::Glob(_) => vec![Vec::new()],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

/// A path from the crate's root; `None` for one that leads into another crate or to something nearby.
fn absolute(path: &[String], module: &Module, files: &BTreeMap<Module, usize>) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module, rest].concat()),
        "super" => {
            let (_, above) = module.split_last()?;
            match rest.first().is_some_and(|next| next == "super") {
                true => absolute(rest, &above.to_vec(), files),
                false => Some([above, rest].concat()),
            }
        }
        child => {
            let own = [module.as_slice(), &[child.to_owned()]].concat();
            files.contains_key(&own).then(|| [module.as_slice(), path].concat())
        }
    }
}

struct Reader<'a> {
    house: &'a House,
    source: &'a Source,
    found: BTreeSet<usize>,
}

impl Reader<'_> {
    fn note(&mut self, path: &[String]) {
        let path = absolute(path, &self.source.module, &self.house.files);
        self.found.extend(path.and_then(|path| self.house.file(&path)));
    }
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        // what a door passes on is no need of its own
        if matches!(item.vis, Visibility::Inherited) {
            leaves(&item.tree).iter().for_each(|path| self.note(path));
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let parts: Module = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if matches!(parts[0].as_str(), "crate" | "super" | "self") && parts.len() > 1 {
            self.note(&parts);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        // the words of a macro call are not parsed, but paths in them look like paths
        let words: Vec<String> =
            call.tokens.to_string().split_whitespace().map(str::to_owned).collect();
        for at in 0..words.len() {
            if matches!(words[at].as_str(), "crate" | "super") {
                let mut path = vec![words[at].clone()];
                let mut rest = words[at + 1..].chunks(2);
                while let Some([colons, name]) = rest.next()
                    && colons == "::"
                {
                    path.push(name.clone());
                }
                self.note(&path);
            }
        }
        visit::visit_macro(self, call);
    }
}

/// Groups of files that lead back to themselves.
pub fn circles(imports: &[BTreeSet<usize>]) -> Vec<BTreeSet<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..imports.len())
        .map(|from| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(at) = next.pop() {
                next.extend(imports[at].iter().filter(|to| seen.insert(**to)));
            }
            seen
        })
        .collect();
    let mut found: Vec<BTreeSet<usize>> = Vec::new();
    for at in 0..imports.len() {
        let own: BTreeSet<usize> =
            reached[at].iter().copied().filter(|other| reached[*other].contains(&at)).collect();
        if own.len() > 1 && !found.contains(&own) {
            found.push(own);
        }
    }
    found
}
