//! The names that templates of a test can use.

use crate::base::nearest::suggest;
use crate::expr::Reference;
use crate::flow::text::reader::Reader;

/// What is at hand in a place of a test file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// The roots.
    pub roots: &'static [&'static str],
    /// What happened before, by name.
    pub before: &'a [String],
    /// The steps of the recipe.
    pub steps: &'a [String],
    /// Its inputs.
    pub inputs: &'a [String],
    /// Its outputs.
    pub outputs: &'a [String],
}

/// Before a run there is only what happened before it.
pub(crate) const AT_START: &[&str] = &["before"];

/// Once it has ended or stopped there is the run.
pub(crate) const AT_STOP: &[&str] = &["before", "inputs", "steps", "outputs", "error"];

impl Names<'_> {
    /// Complains of references to what is not there.
    pub fn check<'r>(
        &self,
        reader: &mut Reader<'_>,
        references: impl IntoIterator<Item = &'r Reference>,
    ) {
        for reference in references {
            let Some((root, rest)) = reference.path.split_first() else { continue };
            if !self.roots.contains(&root.as_str()) {
                let help = suggest(root, self.roots.iter().copied());
                reader
                    .error("unknown-name", reference.span, format!("there is no `{root}` here"))
                    .help = help;
                continue;
            }
            let known = match root.as_str() {
                "before" => self.before,
                "steps" => self.steps,
                "inputs" => self.inputs,
                "outputs" => self.outputs,
                _ => continue,
            };
            let Some(name) = rest.first().filter(|name| !known.contains(name)) else { continue };
            let message = format!("there is no `{root}.{name}`");
            let help = suggest(name, known.iter().map(String::as_str));
            reader.error("unknown-name", reference.span, message).help = help;
        }
    }
}
