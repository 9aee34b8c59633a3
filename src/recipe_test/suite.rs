//! A checked test file, with the flows it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::{Given, Trial};
use crate::base::diagnostic::Diagnostic;
use crate::base::span::Source;
use crate::base::value::Map;
use crate::flow::plan::Plan;
use crate::flow::{InputProblem, InputsFile, resolve, with_examples};

/// A test file that makes sense. It can't exist with errors in it.
#[derive(Debug)]
pub struct Suite {
    /// The text it came from.
    pub source: Source,
    /// The recipe under test.
    pub plan: Arc<Plan>,
    /// Its tests.
    pub trials: Vec<Trial>,
    /// The flows that run before, by their paths as written.
    pub(crate) flows: BTreeMap<String, Arc<Plan>>,
}

impl Suite {
    /// A flow that runs before a test.
    pub fn flow(&self, path: &str) -> Option<&Arc<Plan>> {
        self.flows.get(path)
    }

    /// The inputs of a run, of values that were given for it.
    pub fn inputs(
        &self,
        plan: &Plan,
        given: &Given,
        values: Map,
    ) -> Result<Map, Vec<InputProblem>> {
        let file = InputsFile::within(&self.source, given.nodes.clone(), values);
        resolve(&with_examples(&plan.all_inputs()), &[], Some(&file), &|_| Ok(None))
    }
}

/// Gives flows to tests. Whoever checks a test file knows where files are; this floor does not.
pub trait Flows {
    /// The flow at a path, from the folder of the test file.
    fn plan(&self, from: &Source, path: &str) -> Result<Arc<Plan>, NoFlow>;
}

/// Why there is no flow.
#[derive(Debug)]
pub enum NoFlow {
    /// It has errors.
    Problems(Vec<Diagnostic>),
    /// It can't be read.
    Message(String),
}

/// The recipe that a test file is for when it names none: the file beside it without `.test`.
pub fn beside(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rsplit_once(".test.") {
        Some((stem, end)) => format!("./{stem}.{end}"),
        None => format!("./{file}"),
    }
}
