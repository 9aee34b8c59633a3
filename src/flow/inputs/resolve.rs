//! The inputs of one run: what was given, completed and accepted.

use std::collections::HashMap;
use std::fmt;

use super::declared::Input;
use super::parse::locate;
use crate::base::diagnostic::Diagnostic;
use crate::base::nearest::suggest;
use crate::base::node::{Data, Key, Node};
use crate::base::span::{Source, Span};
use crate::base::value::{Map, Value};
use crate::expr::ty::Ty;
use crate::expr::{Mismatch, join_path};
use crate::flow::text::reader::Reader;
use crate::flow::text::{json, yaml};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// The command line, or a cell of a table.
    Given,
    /// The inputs file, or a row of values.
    File,
    /// This environment variable.
    Env(String),
    /// Nowhere.
    Nowhere,
}

/// Looks a variable up: nothing where it is not set, an error where what it is set to can't be meant.
pub type Environment<'a> = &'a dyn Fn(&str) -> Result<Option<String>, String>;

/// What is wrong with an input of a run.
#[derive(Debug, Clone)]
pub struct InputProblem {
    /// The input, with a path into it: `items[0].qty`.
    pub input: String,
    /// Where the value came from.
    pub origin: Origin,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where it stands, if it stands in the inputs file.
    pub place: Option<(Source, Span)>,
}

impl InputProblem {
    /// The same as a diagnostic, if it stands in the inputs file.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let (source, span) = self.place.as_ref()?;
        let message = format!("input `{}`: {}", self.input, self.message);
        let diagnostic = Diagnostic::error("input", source, *span, message);
        Some(diagnostic.maybe_help(self.help.clone()))
    }
}

/// The inputs of a file, or of a row of a table, by name.
#[derive(Debug, Clone, Default)]
pub struct InputsFile {
    values: Map,
    place: Option<(Source, Node)>,
}

impl InputsFile {
    /// Reads YAML, digit for digit.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        Self::of_node(source, yaml::read(source).map_err(|problem| vec![problem])?)
    }

    /// Reads JSON, digit for digit.
    pub fn read_json(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        Self::of_node(source, json::read(source).map_err(|problem| vec![problem])?)
    }

    fn of_node(source: &Source, node: Node) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::new(source);
        reader.duplicates(&node);
        if !matches!(node.data, Data::Map(_) | Data::Null) {
            let message = format!("inputs are an object by name, not {}", node.sort());
            reader.error("type", node.span, message);
        }
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        let values = match node.value() {
            Value::Map(map) => map,
            _ => Map::new(),
        };
        Ok(Self { values, place: Some((source.clone(), node)) })
    }

    /// Values that stand in a part of a file, under these names there.
    pub fn within(source: &Source, entries: Vec<(Key, Node)>, values: Map) -> Self {
        let node = Node { span: Span::default(), data: Data::Map(entries) };
        Self { values, place: Some((source.clone(), node)) }
    }

    /// Values that stand in no file.
    pub fn of(values: Map) -> Self {
        Self { values, place: None }
    }

    /// The values by name.
    pub fn values(&self) -> &Map {
        &self.values
    }

    /// The same without its place, for values that stand in for those of many rows.
    pub fn unplaced(self) -> Self {
        Self::of(self.values)
    }

    /// The same under the names that `name` gives; without those that get none.
    pub fn renamed(self, mut name: impl FnMut(&str) -> Option<String>) -> Self {
        let mut names: HashMap<String, Option<String>> = HashMap::new();
        let mut values = Map::new();
        for (old, value) in self.values {
            let new = name(&old);
            if let Some(new) = &new {
                values.insert(new.clone(), value);
            }
            names.insert(old, new);
        }
        let place = self.place.map(|(source, mut node)| {
            if let Data::Map(entries) = &mut node.data {
                entries.retain_mut(|(key, _)| match names.get(&key.name).cloned().flatten() {
                    Some(new) => {
                        key.name = new;
                        true
                    }
                    None => false,
                });
            }
            (source, node)
        });
        Self { values, place }
    }

    /// The same, with the values of `base` where there is none.
    pub fn over(mut self, base: &Self) -> Self {
        for (name, value) in &base.values {
            let mine = self.values.get(name).is_some_and(|value| *value != Value::Null);
            if !mine {
                self.values.insert(name.clone(), value.clone());
            }
        }
        self
    }

    /// Where the values of secret inputs stand, and of those that may be one misspelt.
    fn hidden(&self, inputs: &[Input]) -> Option<(&Source, Vec<Span>)> {
        let (source, node) = self.place.as_ref()?;
        let Data::Map(entries) = &node.data else { return None };
        let any = inputs.iter().any(|input| input.secret);
        let secret = |name: &str| {
            inputs.iter().find(|input| input.name == name).map_or(any, |input| input.secret)
        };
        let hidden = entries.iter().filter(|(key, _)| secret(&key.name));
        Some((source, hidden.map(|(_, value)| value.span).collect()))
    }

    /// Where the name of an input stands, or what is wrong with its value.
    fn place(&self, name: &str, mismatch: Option<&Mismatch>) -> Option<(Source, Span)> {
        let (source, node) = self.place.as_ref()?;
        let Data::Map(entries) = &node.data else { return None };
        let (key, value) = entries.iter().find(|(key, _)| key.name == name)?;
        let span = mismatch.map_or(key.span, |mismatch| locate(value, mismatch));
        Some((source.clone(), span))
    }
}

impl fmt::Display for InputProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "input `{}`", self.input)?;
        match (&self.origin, &self.place) {
            (Origin::File, Some((source, span))) => {
                let (line, column) = source.line_col(span.start);
                write!(f, " ({}:{line}:{column})", source.name())?;
            }
            (Origin::File, None) => f.write_str(" (from the row)")?,
            (Origin::Env(name), _) => write!(f, " (from the variable {name})")?,
            (Origin::Given | Origin::Nowhere, _) => {}
        }
        write!(f, ": {}", self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

/// The inputs of a run: what was given, then the file's, the environment's, the defaults. All problems at once.
///
/// An input that is not needed and was not given is null, so that templates can ask for it.
pub fn resolve(
    inputs: &[Input],
    given: &[(String, String)],
    file: Option<&InputsFile>,
    env: Environment<'_>,
) -> Result<Map, Vec<InputProblem>> {
    let mut values = Map::new();
    let mut problems = unknown(inputs, given, file);
    for input in inputs {
        match one(input, given, file, env) {
            Ok(value) => {
                values.insert(input.name.clone(), value.unwrap_or_default());
            }
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() {
        return Ok(values);
    }
    if let Some((source, hidden)) = file.and_then(|file| file.hidden(inputs)) {
        let source = source.hiding(hidden);
        let places = problems.iter_mut().filter_map(|problem| problem.place.as_mut());
        places.for_each(|(shown, _)| *shown = source.clone());
    }
    Err(problems)
}

/// The same inputs for where no money can move: an example serves as a default.
pub fn with_examples(inputs: &[Input]) -> Vec<Input> {
    let one = |input: &Input| Input {
        default: input.default.clone().or_else(|| input.example.clone()),
        ..input.clone()
    };
    inputs.iter().map(one).collect()
}

fn unknown(
    inputs: &[Input],
    given: &[(String, String)],
    file: Option<&InputsFile>,
) -> Vec<InputProblem> {
    let known = |name: &str| inputs.iter().any(|input| input.name == name);
    let given = given.iter().map(|(name, _)| (name, Origin::Given, None));
    let filed = file.into_iter().flat_map(|file| {
        file.values.keys().map(|name| (name, Origin::File, file.place(name, None)))
    });
    given
        .chain(filed)
        .filter(|(name, ..)| !known(name))
        .map(|(name, origin, place)| InputProblem {
            input: name.clone(),
            origin,
            message: "the flow has no such input".to_owned(),
            help: suggest(name, inputs.iter().map(|input| input.name.as_str())),
            place,
        })
        .collect()
}

fn one(
    input: &Input,
    given: &[(String, String)],
    file: Option<&InputsFile>,
    env: Environment<'_>,
) -> Result<Option<Value>, Vec<InputProblem>> {
    let typed = given.iter().rev().find(|(name, _)| *name == input.name).map(|(_, text)| text);
    let filed = file.and_then(|file| Some((file, file.values.get(&input.name)?)));
    let variable = || Some((input.env.as_ref()?, env(input.env.as_ref()?).transpose()?));
    let (origin, accepted) = if let Some(text) = typed {
        // an empty text may be meant; no phone, list or number is
        let blank = input.rules.ty != Ty::Text && text.trim().is_empty();
        let accepted = match blank {
            true => Err(vec![Mismatch::new("it is given, but blank")]),
            false => input.accept_text(text),
        };
        (Origin::Given, accepted)
    } else if let Some((_, value)) = filed.filter(|(_, value)| **value != Value::Null) {
        (Origin::File, input.accept(value.clone()))
    } else if let Some((name, text)) = variable() {
        let accepted = match text {
            Ok(text) => input.accept_text(&text),
            Err(message) => Err(vec![Mismatch::new(message)]),
        };
        (Origin::Env(name.clone()), accepted)
    } else if let Some(default) = &input.default {
        return Ok(Some(default.clone()));
    } else if input.required {
        return Err(vec![not_given(input)]);
    } else {
        return Ok(None);
    };
    let file = filed.map(|(file, _)| file).filter(|_| origin == Origin::File);
    accepted.map(Some).map_err(|mismatches| {
        let problem = |mismatch: Mismatch| InputProblem {
            place: file.and_then(|file| file.place(&input.name, Some(&mismatch))),
            input: join_path(&input.name, &mismatch.path),
            origin: origin.clone(),
            message: mismatch.message,
            help: mismatch.help,
        };
        mismatches.into_iter().map(problem).collect()
    })
}

fn not_given(input: &Input) -> InputProblem {
    let how = match &input.env {
        Some(name) => format!("give it by `-i {}=…` or the variable {name}", input.name),
        None => format!("give it by `-i {}=…` or in the inputs file", input.name),
    };
    InputProblem {
        input: input.name.clone(),
        origin: Origin::Nowhere,
        message: "it is needed and was not given".to_owned(),
        help: Some(how),
        place: None,
    }
}
