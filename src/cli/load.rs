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
use crate::flow::inputs::Input;
use crate::flow::plan::{Plan, SecretSource};
use crate::flow::{self, FaultsFile, InputProblem, InputsFile, Subflows};
use crate::io::{disk, host, secrets};
use crate::report::carets;
use crate::sandbox::Settings;

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

/// Reads a file of faults.
pub fn faults(source: &Source) -> Result<FaultsFile, NotStarted> {
    FaultsFile::read(source).map_err(NotStarted::Diagnostics)
}

/// Reads a file of settings for the sandbox.
pub fn settings(source: &Source) -> Result<Settings, NotStarted> {
    flow::read_settings(source).map_err(NotStarted::Diagnostics)
}

/// Sub-flows are part of the language, but nothing runs them yet: a flow that has one is refused whole.
struct NoSubflows;

impl Subflows for NoSubflows {
    fn load(&self, _from: &Source, _path: &str) -> Result<Source, String> {
        Err("this version runs no sub-flows; put its steps into this flow".to_owned())
    }
}

/// Checks a flow. Warnings come back with the plan.
pub fn plan(source: &Source) -> Result<(Arc<Plan>, Vec<Diagnostic>), NotStarted> {
    let (plan, warnings) = flow::check(source, &NoSubflows).map_err(NotStarted::Diagnostics)?;
    Ok((Arc::new(plan), warnings))
}

/// The inputs, from the command line, a file, the environment and the defaults, in that order. Where no
/// money can move, the inputs' examples come last.
pub fn inputs(plan: &Plan, args: &InputArgs, examples: bool) -> Result<Map, NotStarted> {
    let (given, file) = given(args)?;
    match examples {
        true => resolve(&flow::with_examples(&plan.inputs), &given, file.as_ref()),
        false => resolve(&plan.inputs, &given, file.as_ref()),
    }
}

/// Inputs by name: as typed, and as an inputs file has them.
pub type Given = (Vec<(String, String)>, Option<InputsFile>);

/// What the command line and its file give, by name.
pub fn given(args: &InputArgs) -> Result<Given, NotStarted> {
    let read = |path: &std::path::PathBuf| {
        InputsFile::read(&source(path)?).map_err(NotStarted::Diagnostics)
    };
    let file = args.inputs.as_ref().map(read).transpose()?;
    Ok((pairs(&args.input)?, file))
}

/// Some of the inputs once more: those that no journal holds.
pub fn again(plan: &Plan, names: &[&String], given: &[String]) -> Result<Map, NotStarted> {
    let wanted = |input: &&Input| names.contains(&&input.name);
    let inputs: Vec<Input> = plan.inputs.iter().filter(wanted).cloned().collect();
    resolve(&inputs, &pairs(given)?, None)
}

fn pairs(given: &[String]) -> Result<Vec<(String, String)>, NotStarted> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let pairs: Option<Vec<_>> = given.iter().map(pair).collect();
    // not quoted: it could be a secret
    pairs.ok_or_else(|| NotStarted::Message("an -i is not of the form name=value".to_owned()))
}

fn resolve(
    inputs: &[Input],
    given: &[(String, String)],
    file: Option<&InputsFile>,
) -> Result<Map, NotStarted> {
    let env = |name: &str| host::variable(name).ok().flatten();
    flow::resolve(inputs, given, file, &env).map_err(|problems| {
        if let Some(placed) = problems.iter().map(InputProblem::diagnostic).collect() {
            return NotStarted::Diagnostics(placed);
        }
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        NotStarted::Message(lines.join("\n       "))
    })
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

/// Stand-ins for the flow's secrets, for where nothing is sent.
pub fn sample_secrets(plan: &Plan) -> IndexMap<String, Secret> {
    plan.secrets
        .iter()
        .map(|(name, _)| (name.clone(), Secret::new(format!("sample-{name}"))))
        .collect()
}
