//! What sort of file it is.

use crate::base::span::Source;

/// The sorts of file there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A flow.
    Flow,
    /// Faults of the sandbox.
    Faults,
    /// Settings of the sandbox.
    Settings,
    /// Tests of a recipe.
    Test,
}

impl FileKind {
    /// By the file's name, `faults.yaml` or `payday.faults.yaml` or `collect.test.yaml`, or by the schema its first lines name.
    pub fn of(source: &Source) -> Self {
        let name = source.name().rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name);
        let modeline = source
            .text()
            .lines()
            .take(5)
            .find(|line| line.trim_start().starts_with("# yaml-language-server:"));
        let named =
            |word: &str| modeline.is_some_and(|line| line.contains(&format!("{word}.schema.json")));
        let is = |word: &str| stem.rsplit('.').next() == Some(word) || named(word);
        // a flow may well be called `test.yaml`
        let test = stem.ends_with(".test") || named("test");
        match (is("faults"), is("settings"), test) {
            (true, ..) => Self::Faults,
            (_, true, _) => Self::Settings,
            (.., true) => Self::Test,
            _ => Self::Flow,
        }
    }
}
