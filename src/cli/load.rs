//! From a path to a checked plan, and from the command line to inputs and secrets.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::args::InputArgs;
use super::emit::Emit;
use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::span::Source;
use crate::base::value::Map;
use crate::flow::plan::{Plan, SecretSource};
use crate::flow::{check, inputs};
use crate::io::{disk, host, secrets};
use crate::report::carets;

/// Flow files are small; a larger one is a mistake.
const MAX_FLOW_BYTES: u64 = 1024 * 1024;

/// Why nothing was started.
pub enum NotStarted {
    /// Problems in files, drawn with carets.
    Diagnostics(Vec<Diagnostic>),
    /// Anything else, in a sentence.
    Message(String),
}

impl From<String> for NotStarted {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl NotStarted {
    /// Tells people.
    pub fn tell(&self, emit: &Emit) {
        match self {
            Self::Diagnostics(diagnostics) => {
                emit.say(carets::render(diagnostics, emit.paint_err().0).trim_end());
            }
            Self::Message(message) => emit.error(message),
        }
    }

    /// The same in one line.
    pub fn summary(&self) -> String {
        match self {
            Self::Message(message) => message.clone(),
            Self::Diagnostics(diagnostics) => {
                let line = |problem: &Diagnostic| {
                    let (line, column) = problem.line_col();
                    format!("{}:{line}:{column}: {}", problem.source.name(), problem.message)
                };
                diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// Reads a flow's text.
pub fn source(path: &Path) -> Result<Source, NotStarted> {
    let text = disk::read_text(path, MAX_FLOW_BYTES)?;
    Ok(Source::new(path.display().to_string(), text))
}

/// Checks a flow. Warnings come back with the plan.
pub fn plan(source: &Source) -> Result<(Arc<Plan>, Vec<Diagnostic>), NotStarted> {
    let (plan, warnings) = check::check(source).map_err(NotStarted::Diagnostics)?;
    Ok((Arc::new(plan), warnings))
}

/// The inputs, from the command line, a file, the environment and the defaults, in that order.
pub fn inputs(plan: &Plan, args: &InputArgs) -> Result<Map, NotStarted> {
    let mut given = Vec::new();
    for pair in &args.input {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            NotStarted::Message(format!("`-i {pair}` is not name=value"))
        })?;
        given.push((name.to_owned(), value.to_owned()));
    }
    let file = match &args.inputs {
        Some(path) => Some(inputs::read_file(&source(path)?).map_err(NotStarted::Diagnostics)?),
        None => None,
    };
    let env = |name: &str| host::variable(name).ok().flatten();
    inputs::resolve(plan, &given, file.as_ref(), &env).map_err(NotStarted::Diagnostics)
}

/// The flow's secrets, from the environment, files and programs.
pub fn secrets(plan: &Plan) -> Result<IndexMap<String, Secret>, NotStarted> {
    let mut found = IndexMap::new();
    let mut problems = Vec::new();
    for (name, from) in &plan.secrets {
        let secret = match from {
            SecretSource::Env(variable) => secrets::from_variable(variable),
            SecretSource::File(path) => secrets::from_file(Path::new(path)),
            SecretSource::Command(words) => secrets::from_command(words),
        };
        match secret {
            Ok(secret) => {
                found.insert(name.clone(), secret);
            }
            Err(problem) => problems.push(format!("secret `{name}`: {problem}")),
        }
    }
    match problems.is_empty() {
        true => Ok(found),
        false => Err(NotStarted::Message(problems.join("\n"))),
    }
}
