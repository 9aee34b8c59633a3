//! Rows of a table as inputs of runs: which column is which input, and what tells the rows apart.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::declared::Input;
use super::resolve::{Environment, InputProblem, InputsFile, Origin, resolve};
use crate::base::key::Key;
use crate::base::nearest::suggest;
use crate::base::shell::quoted;
use crate::base::value::{Map, Value};
use crate::expr::ty::Ty;
use crate::flow::amounts::odd_amounts;
use crate::flow::plan::Plan;
use crate::flow::text::json::problem;

/// What the command line says of a table.
#[derive(Debug, Clone, Default)]
pub struct TableOptions {
    /// The input that a column is for, by the column's name; none for a column that is passed over.
    pub maps: HashMap<String, Option<String>>,
    /// The column that tells the rows apart; without, all of the row does.
    pub key: Option<String>,
    /// The file's name: part of the key of a row that has no key column.
    pub file: String,
}

/// What is wrong with a row, and in which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The column's name, if it is about one.
    pub column: Option<String>,
    /// The character it begins at within the row's first line, from 1, where that is known already.
    pub at: Option<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
}

/// A row that can become a run.
#[derive(Debug, Clone)]
pub struct TableRow {
    /// What tells it from the others.
    pub key: Key,
    /// The inputs of its run.
    pub inputs: Map,
}

/// The values of a row.
#[derive(Debug)]
pub enum RowValues {
    /// Cells of text, in the order of the columns.
    Cells(Vec<String>),
    /// Values by name.
    Object(InputsFile),
}

/// A table whose columns are known to fit a flow.
#[derive(Debug)]
pub struct Table {
    inputs: Vec<Input>,
    options: TableOptions,
    given: Vec<(String, String)>,
    file: InputsFile,
    /// The flow that the rows are runs of.
    plan: Option<Arc<Plan>>,
    /// For a table of cells: each column's name and the input it is for.
    columns: Vec<(String, Option<String>)>,
}

impl Table {
    /// A table for a flow's inputs. What is given and the file's values hold for every row that says nothing else.
    pub fn new(
        inputs: Vec<Input>,
        options: TableOptions,
        given: Vec<(String, String)>,
        file: Option<InputsFile>,
    ) -> Result<Self, Vec<String>> {
        let known = |name: &str| inputs.iter().any(|input| input.name == name);
        let mapped = options.maps.values().flatten();
        let given_names = given.iter().map(|(name, _)| name);
        let file = file.unwrap_or_default();
        let problems: Vec<String> = mapped
            .chain(given_names)
            .chain(file.values().keys())
            .filter(|name| !known(name))
            .map(|name| unknown(name, &inputs))
            .collect();
        match problems.is_empty() {
            true => Ok(Self { inputs, options, given, file, plan: None, columns: Vec::new() }),
            false => Err(problems),
        }
    }

    /// The same for the rows of a flow, whose amounts have to fit their currencies.
    pub fn of(self, plan: Arc<Plan>) -> Self {
        Self { plan: Some(plan), ..self }
    }

    /// Takes the first line of a table of cells. All problems at once.
    pub fn header(&mut self, names: Vec<String>) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        let mut columns: Vec<(String, Option<String>)> = Vec::with_capacity(names.len());
        for (at, name) in names.into_iter().enumerate() {
            if name.is_empty() {
                problems.push(format!("column {} has no name", at + 1));
                continue;
            }
            if columns.iter().any(|(other, _)| *other == name) {
                problems.push(format!("two columns are called `{name}`"));
                continue;
            }
            match self.input_of(&name) {
                Ok(input) => columns.push((name, input)),
                Err(problem) => problems.push(problem),
            }
        }
        let names = || columns.iter().map(|(name, _)| name.as_str());
        let wanted = self.options.key.iter().chain(self.options.maps.keys());
        for name in wanted.filter(|name| names().all(|other| other != name.as_str())) {
            let near = suggest(name, names()).map(|near| format!("; {near}")).unwrap_or_default();
            problems.push(format!("the table has no column `{name}`{near}"));
        }
        for (at, (name, input)) in columns.iter().enumerate() {
            let Some(input) = input else { continue };
            let twice = columns.iter().take(at).find(|(_, other)| other.as_ref() == Some(input));
            if let Some((other, _)) = twice {
                problems.push(format!("the columns `{other}` and `{name}` are both for `{input}`"));
            }
            if self.given.iter().any(|(given, _)| given == input) {
                problems.push(format!("`{input}` is given by -i and by the column `{name}`"));
            }
        }
        self.columns = columns;
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// How many columns the header has.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Where a column is, from 0.
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| name == column)
    }

    /// The input that a column is for. The key need not be one; all else has to be.
    fn input_of(&self, column: &str) -> Result<Option<String>, String> {
        if let Some(mapped) = self.options.maps.get(column) {
            return Ok(mapped.clone());
        }
        if self.inputs.iter().any(|input| input.name == column) {
            return Ok(Some(column.to_owned()));
        }
        match self.options.key.as_deref() == Some(column) {
            true => Ok(None),
            false => Err(format!(
                "{}: `--map {}` says which it is for, `--map {}` passes it over",
                unknown(column, &self.inputs).replacen("input", "column", 1),
                quoted(&format!("{column}=INPUT")),
                quoted(&format!("{column}="))
            )),
        }
    }

    /// A row as a run's key and inputs, or everything that is wrong with it.
    pub fn row(
        &self,
        values: RowValues,
        env: Environment<'_>,
    ) -> Result<TableRow, Vec<RowProblem>> {
        let key = self.key(&values);
        let inputs = match values {
            RowValues::Cells(cells) => self.cells(cells, env),
            RowValues::Object(object) => self.object(object, env),
        };
        let inputs = inputs.and_then(|inputs| self.payable(inputs));
        match (key, inputs) {
            (Ok(key), Ok(inputs)) => Ok(TableRow { key, inputs }),
            (Err(problem), Ok(_)) => Err(vec![problem]),
            (Ok(_), Err(problems)) => Err(problems),
            (Err(problem), Err(mut problems)) => {
                problems.insert(0, problem);
                Err(problems)
            }
        }
    }

    fn cells(&self, cells: Vec<String>, env: Environment<'_>) -> Result<Map, Vec<RowProblem>> {
        if cells.len() != self.columns.len() {
            let message =
                format!("it has {} cells, and the header has {}", cells.len(), self.columns.len());
            return Err(vec![RowProblem { column: None, at: None, message }]);
        }
        let columns = self.columns.iter().zip(cells.iter().map(|cell| bare(cell).to_owned()));
        // an empty cell gives nothing
        let given = columns.filter(|(_, cell)| !cell.is_empty());
        let given = given.filter_map(|((_, input), cell)| Some((input.clone()?, cell)));
        let given: Vec<(String, String)> = given.collect();
        let problems: Vec<RowProblem> =
            given.iter().filter_map(|(input, cell)| self.not_json(input, cell)).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let given: Vec<(String, String)> = self.given.iter().cloned().chain(given).collect();
        let inputs = resolve(&self.inputs, &given, Some(&self.file), env);
        inputs.map_err(|problems| {
            let placed = |problem: InputProblem| RowProblem {
                column: self.column_for(&problem.input),
                at: None,
                message: said(&problem),
            };
            problems.into_iter().map(placed).collect()
        })
    }

    /// A list or an object in a cell is JSON: YAML would make something of nearly any text.
    fn not_json(&self, input: &str, cell: &str) -> Option<RowProblem> {
        let declared = self.inputs.iter().find(|declared| declared.name == input)?;
        if !matches!(declared.rules.ty, Ty::List(_) | Ty::Free) {
            return None;
        }
        let error = serde_json::from_str::<serde::de::IgnoredAny>(cell).err()?;
        let (sort, why) = (&declared.rules.type_name, problem(&error));
        let message = format!("`{input}`: {sort} in a cell is written as JSON, and {why}");
        Some(RowProblem { column: self.column_for(input), at: None, message })
    }

    fn object(&self, object: InputsFile, env: Environment<'_>) -> Result<Map, Vec<RowProblem>> {
        let mut problems = Vec::new();
        let renamed = object.renamed(|name| match self.input_of(name) {
            Ok(input) => input,
            Err(message) => {
                problems.push(RowProblem { column: Some(name.to_owned()), at: None, message });
                None
            }
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let row = renamed.over(&self.file);
        resolve(&self.inputs, &self.given, Some(&row), env).map_err(|problems| {
            let placed = |problem: InputProblem| RowProblem {
                column: Some(problem.input.clone()),
                at: problem.place.as_ref().map(|(source, span)| source.line_col(span.start).1),
                message: said(&problem),
            };
            problems.into_iter().map(placed).collect()
        })
    }

    fn payable(&self, inputs: Map) -> Result<Map, Vec<RowProblem>> {
        let odd = self.plan.iter().flat_map(|plan| odd_amounts(plan, &inputs));
        let problems: Vec<RowProblem> = odd
            .map(|odd| RowProblem {
                column: odd.input.as_deref().and_then(|input| self.column_for(input)),
                at: None,
                message: format!("step `{}`: {}", odd.name, odd.odd.message()),
            })
            .collect();
        if problems.is_empty() { Ok(inputs) } else { Err(problems) }
    }

    /// The column that an input's value stands in.
    fn column_for(&self, input: &str) -> Option<String> {
        let name = input.split(['.', '[']).next().unwrap_or(input);
        let column = self.columns.iter().find(|(_, for_input)| for_input.as_deref() == Some(name));
        column.map(|(name, _)| name.clone())
    }

    fn key(&self, values: &RowValues) -> Result<Key, RowProblem> {
        let column = self.options.key.as_ref();
        let refuse = |message: String| RowProblem { column: column.cloned(), at: None, message };
        let parse = |text: &str| Key::parse(text).map_err(|bad| refuse(bad.to_string()));
        let Some(column) = column else { return parse(&self.digest(values)) };
        let text = match values {
            RowValues::Cells(cells) => {
                self.place(column).and_then(|at| cells.get(at)).cloned().unwrap_or_default()
            }
            RowValues::Object(object) => match object.values().get(column) {
                Some(Value::Text(text)) => text.clone(),
                Some(Value::Number(n)) => n.to_string(),
                Some(Value::Null) | None => String::new(),
                Some(other) => {
                    return Err(refuse(format!("the key is {}, not a text", other.sort())));
                }
            },
        };
        parse(&text)
    }

    /// What all of a row says, whatever the order of its columns, together with the file's name.
    fn digest(&self, values: &RowValues) -> String {
        let mut pairs: Vec<(&str, String)> = match values {
            RowValues::Cells(cells) => {
                let names = self.columns.iter().map(|(name, _)| name.as_str());
                names.zip(cells.iter().map(|cell| bare(cell).to_owned())).collect()
            }
            RowValues::Object(object) => {
                let text = |value: &Value| match value {
                    Value::Text(text) => text.clone(),
                    other => other.masked().to_string(),
                };
                let values = object.values().iter();
                values.map(|(name, value)| (name.as_str(), text(value))).collect()
            }
        };
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.sort();
        let mut hash = Sha256::new();
        let texts = pairs.iter().flat_map(|(name, value)| [*name, value.as_str()]);
        for text in [self.options.file.as_str()].into_iter().chain(texts) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let hex: String =
            hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("row-{hex}")
    }
}

/// A cell without the white space around it, in quotes or not: spaces, tabs, no-break spaces, line ends, and marks that
/// have no width.
pub fn bare(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'))
}

fn unknown(name: &str, inputs: &[Input]) -> String {
    let near = suggest(name, inputs.iter().map(|input| input.name.as_str()));
    let near = near.map(|near| format!("; {near}")).unwrap_or_default();
    format!("the flow has no input for `{name}`{near}")
}

/// What is wrong, with what to do about it.
fn said(problem: &InputProblem) -> String {
    // what a row lacks is mended in the table
    if problem.origin == Origin::Nowhere {
        return format!("`{}`: it is needed, and the row says nothing for it", problem.input);
    }
    let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("`{}`: {}{help}", problem.input, problem.message)
}
