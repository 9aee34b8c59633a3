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
}

impl FileKind {
    /// By the file's name, `faults.yaml` or `payday.faults.yaml`, or by the schema its first lines name.
    pub fn of(source: &Source) -> Self {
        let name = source.name().rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name);
        let modeline = source
            .text()
            .lines()
            .take(5)
            .find(|line| line.trim_start().starts_with("# yaml-language-server:"));
        let is = |word: &str| {
            stem.rsplit('.').next() == Some(word)
                || modeline.is_some_and(|line| line.contains(&format!("{word}.schema.json")))
        };
        match (is("faults"), is("settings")) {
            (true, _) => Self::Faults,
            (_, true) => Self::Settings,
            _ => Self::Flow,
        }
    }
}
