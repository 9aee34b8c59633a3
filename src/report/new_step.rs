//! A step of a kind to fill in: its example, with every parameter explained.

use std::fmt::Write;

use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Node};
use crate::base::span::Source;
use crate::base::value::Value;
use crate::expr::ty::Field;
use crate::flow::text::yaml;
use crate::steps::step::Step;

/// The step, YAML. What the example leaves out stands in comments.
pub fn step(kind: &dyn Step) -> Result<String, Diagnostic> {
    let example = yaml::read(&Source::new(kind.name(), kind.example()))?;
    let written = first(&example);
    let mut text = format!("# {}\n", kind.summary());
    let keys = written.iter().filter(|(key, _)| *key != "with");
    for (at, (key, node)) in keys.enumerate() {
        let dash = if at == 0 { "-" } else { " " };
        // writing to a text does not fail
        let _ = writeln!(text, "{dash} {key}: {}", shown(&node.value()));
    }
    if kind.params().is_empty() {
        return Ok(text);
    }
    let with = written.iter().find(|(key, _)| *key == "with");
    let given = with.map(|(_, node)| entries(node)).unwrap_or_default();
    // without a parameter that is given there is nothing a `with` could hold
    text.push_str(if given.is_empty() { "  # with:\n" } else { "  with:\n" });
    for field in kind.params() {
        let _ = writeln!(text, "    # {} {}", field.doc, sort(field));
        match given.iter().find(|(key, _)| *key == field.name) {
            Some((key, node)) => {
                let _ = writeln!(text, "    {key}: {}", shown(&node.value()));
            }
            None => {
                let default = field.default.map(|text| format!(" {text}")).unwrap_or_default();
                let _ = writeln!(text, "    # {}:{default}", field.name);
            }
        }
    }
    Ok(text)
}

/// The fields of the one step in an example.
fn first(example: &Node) -> Vec<(&str, &Node)> {
    match &example.data {
        Data::List(steps) => steps.first().map(entries).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn entries(node: &Node) -> Vec<(&str, &Node)> {
    match &node.data {
        Data::Map(entries) => entries.iter().map(|(key, node)| (key.name.as_str(), node)).collect(),
        _ => Vec::new(),
    }
}

fn sort(field: &Field) -> String {
    let ty = field.ty.describe();
    match (field.required, field.default) {
        (true, _) => format!("({ty}, needed)"),
        (false, Some(default)) => format!("({ty}, default {default})"),
        (false, None) => format!("({ty}, optional)"),
    }
}

/// A value as it stands in a flow. JSON is YAML, so whatever is not plainly plain is written as JSON.
fn shown(value: &Value) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || " _-./'".contains(c);
    match value {
        Value::Text(text)
            if text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.chars().all(harmless)
                && matches!(yaml::plain(text), Data::Text { .. }) =>
        {
            text.clone()
        }
        other => other.masked().to_string(),
    }
}
