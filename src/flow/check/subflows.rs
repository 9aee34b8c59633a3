//! The flows that are being checked around each other.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::span::Source;
use crate::flow::plan::Plan;

/// How deep flows may stand in each other, the outermost counted.
pub(crate) const MAX_DEPTH: usize = 8;

/// How many steps a flow may have, those of sub-flows counted wherever they are used.
pub(crate) const MAX_STEPS: usize = 5_000;

/// Gives the text of a sub-flow. Whoever checks a flow knows where files are; this floor does not.
pub trait Subflows {
    /// The flow at `path`, as it is written in the flow `from`. The same file has the same name each time.
    fn load(&self, from: &Source, path: &str) -> Result<Source, String>;
}

/// There are no sub-flows.
impl Subflows for () {
    fn load(&self, _from: &Source, _path: &str) -> Result<Source, String> {
        Err("sub-flows can't be read here".to_owned())
    }
}

/// The flows around the one that is being checked.
pub(crate) struct Nest<'a> {
    pub(crate) subflows: &'a dyn Subflows,
    /// The names of the files that are being checked, the outermost first.
    pub(crate) above: Vec<String>,
    /// What the files that were checked came to; nothing where they have errors.
    pub(crate) checked: HashMap<String, Option<Arc<Plan>>>,
    /// Whether they were kept with a run that has begun.
    pub(crate) kept: bool,
}

impl<'a> Nest<'a> {
    pub fn new(subflows: &'a dyn Subflows) -> Self {
        Self { subflows, above: Vec::new(), checked: HashMap::new(), kept: false }
    }

    pub fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    pub fn is_kept(&self) -> bool {
        self.kept
    }
}
