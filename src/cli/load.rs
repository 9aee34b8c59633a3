//! From a path to a checked plan, and from the command line to inputs and secrets.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::args::shared::InputArgs;
use super::console::Emit;
use crate::base::diagnostic::Diagnostic;
use crate::base::nearest::suggest;
use crate::base::secret::Secret;
use crate::base::span::Source;
use crate::base::value::Map;
use crate::flow;
use crate::flow::bundle::Kept;
use crate::flow::inputs::declared::Input;
use crate::flow::plan::{Plan, SecretSource};
use crate::flow::{FaultsFile, InputProblem, InputsFile};
use crate::io::flow_files::FlowFiles;
use crate::io::{disk, host, secrets};
use crate::recipe_test::suite::{Flows, NoFlow};
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
                emit.draw(diagnostics);
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

/// Checks a flow, and the flows it uses. Warnings come back with the plan.
pub fn plan(source: &Source) -> Result<(Arc<Plan>, Vec<Diagnostic>), NotStarted> {
    let files = FlowFiles::around(source)?;
    let (plan, warnings) = flow::check(source, &files).map_err(NotStarted::Diagnostics)?;
    Ok((Arc::new(plan), warnings))
}

/// A flow as it was kept with a run, under the name of the file it came from.
pub fn kept(file: &str, text: String) -> Result<Arc<Plan>, NotStarted> {
    let (source, files) = Kept::read(file, text)?;
    let (plan, _) = flow::check_kept(&source, &files).map_err(NotStarted::Diagnostics)?;
    Ok(Arc::new(plan))
}

/// The inputs, from the command line, a file, the environment and the defaults, in that order. Where no
/// money can move, the inputs' examples come last.
pub fn inputs(
    plan: &Plan,
    args: &InputArgs,
    examples: bool,
    emit: &Emit,
) -> Result<Map, NotStarted> {
    let (given, file) = given(args)?;
    let inputs = match examples {
        true => resolve(&flow::with_examples(&plan.all_inputs()), &given, file.as_ref()),
        false => resolve(&plan.all_inputs(), &given, file.as_ref()),
    }?;
    let odd = flow::odd_amounts(plan, &inputs);
    if let Some(first) = odd.first() {
        let lines = odd.iter().map(|odd| {
            let input = odd.input.as_ref().map(|input| format!(" (input `{input}`)"));
            format!("step `{}`: {}{}", odd.name, odd.odd.message(), input.unwrap_or_default())
        });
        let lines = lines.collect::<Vec<_>>().join("\n       ");
        let message = format!("{lines}; nothing was sent; {}", first.odd.help());
        return Err(NotStarted::Message(message));
    }
    emit.secrets.learn_within(inputs.values());
    Ok(inputs)
}

/// Inputs by name: as typed, and as an inputs file has them.
pub type Given = (Vec<(String, String)>, Option<InputsFile>);

/// What the command line and its file give, by name.
pub fn given(args: &InputArgs) -> Result<Given, NotStarted> {
    let read = |path: &std::path::PathBuf| {
        let source = source(path)?;
        let read = match path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
            true => InputsFile::read_json(&source),
            false => InputsFile::read(&source),
        };
        read.map_err(NotStarted::Diagnostics)
    };
    let file = args.inputs.as_ref().map(read).transpose()?;
    Ok((pairs(&args.input)?, file))
}

/// Some of the inputs once more: those that no journal holds.
pub fn again(plan: &Plan, names: &[&String], given: &[String]) -> Result<Map, NotStarted> {
    let wanted = |input: &&Input| names.contains(&&input.name);
    let inputs: Vec<Input> = plan.all_inputs().into_iter().filter(|one| wanted(&one)).collect();
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
    flow::resolve(inputs, given, file, &host::setting).map_err(|problems| {
        if let Some(placed) = problems.iter().map(InputProblem::diagnostic).collect() {
            return NotStarted::Diagnostics(placed);
        }
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        NotStarted::Message(lines.join("\n       "))
    })
}

/// The secrets of the flow and of those it uses, from the environment, files and programs. What several name
/// is read once.
pub fn secrets(plan: &Plan, emit: &Emit) -> Result<IndexMap<String, Secret>, NotStarted> {
    let mut found = IndexMap::new();
    let mut problems = Vec::new();
    let mut read: Vec<(&SecretSource, Result<Secret, String>)> = Vec::new();
    plan.each_flow(&mut |within, flow| {
        for (name, from) in &flow.secrets {
            let known = read.iter().find(|(other, _)| *other == from);
            let secret = known.map_or_else(|| secret(from), |(_, secret)| secret.clone());
            if known.is_none() {
                read.push((from, secret.clone()));
            }
            let name = format!("{within}{name}");
            match secret {
                Ok(secret) => drop(found.insert(name, secret)),
                Err(problem) => problems.push(format!("secret `{name}`: {problem}")),
            }
        }
    });
    emit.secrets.learn(found.values());
    match problems.is_empty() {
        true => Ok(found),
        false => Err(NotStarted::Message(problems.join("\n"))),
    }
}

fn secret(from: &SecretSource) -> Result<Secret, String> {
    match from {
        SecretSource::Env(variable) => secrets::from_variable(variable),
        SecretSource::File(path) => secrets::from_file(Path::new(path)),
        SecretSource::Command(words) => secrets::from_command(words),
    }
}

/// Stand-ins for the same secrets, for where nothing is sent: those that are given, `sample-NAME` for the others.
pub fn sample_secrets(
    plan: &Plan,
    given: &[String],
) -> Result<IndexMap<String, Secret>, NotStarted> {
    let mut samples = IndexMap::new();
    plan.each_flow(&mut |within, flow| {
        for (name, _) in &flow.secrets {
            samples.insert(format!("{within}{name}"), Secret::new(format!("sample-{name}")));
        }
    });
    for text in given {
        let pair = text.split_once('=');
        let (name, value) =
            pair.ok_or_else(|| "a --secret is not of the form name=value".to_owned())?;
        let Some(sample) = samples.get_mut(name) else {
            let help = suggest(name, samples.keys().map(String::as_str));
            let help = help.map_or(String::new(), |help| format!("; {help}"));
            return Err(format!("the flow has no secret `{name}`{help}").into());
        };
        *sample = Secret::new(value);
    }
    Ok(samples)
}

/// The flows beside test files.
pub struct Beside;

impl Flows for Beside {
    fn plan(&self, from: &Source, path: &str) -> Result<Arc<Plan>, NoFlow> {
        let folder = Path::new(from.name()).parent().unwrap_or(Path::new(""));
        let path = path.strip_prefix("./").unwrap_or(path);
        let source = source(&folder.join(path)).map_err(no_flow)?;
        plan(&source).map(|(plan, _)| plan).map_err(no_flow)
    }
}

pub(crate) fn no_flow(why: NotStarted) -> NoFlow {
    match why {
        NotStarted::Diagnostics(problems) => NoFlow::Problems(problems),
        NotStarted::Message(message) => NoFlow::Message(message),
    }
}
