//! Files that are no flows: what may stand where, for their reader and for the schema of editors alike.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use super::reader::Reader;
use super::yaml;
use crate::base::diagnostic::Diagnostic;
use crate::base::money::{Amount, Currency};
use crate::base::nearest::suggest;
use crate::base::node::{Data, Key, Node};
use crate::base::span::Source;

/// What may stand in a place.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds.
    Whole {
        /// The least it may be.
        least: u64,
        /// The most it may be.
        most: u64,
    },
    /// A decimal, digit for digit, not below zero.
    Decimal,
    /// A decimal above zero.
    Positive,
    /// A decimal from 0 to 1.
    Probability,
    /// A currency.
    Currency,
    /// A word of a set.
    Word(&'static Words),
    /// The same, or null for nothing.
    Maybe(&'static Form),
    /// An object with these keys.
    Object(&'static [Entry]),
    /// A list of the same.
    List(&'static Form),
    /// The same for some words of a set.
    ByWord(&'static Words, &'static Form),
    /// The same for some currencies.
    ByCurrency(&'static Form),
}

/// A closed set of words.
#[derive(Debug)]
pub struct Words {
    /// What one of them is called.
    pub what: &'static str,
    /// Every word.
    pub all: fn() -> Vec<&'static str>,
    /// Whether a text stands for one of them; some have other names too.
    pub knows: fn(&str) -> bool,
}

/// A key of an object.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub form: Form,
    /// What it is for, in one or two sentences.
    pub doc: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// A key that may be there.
pub(crate) const fn entry(name: &'static str, form: Form, doc: &'static str) -> Entry {
    Entry { name, form, doc, required: false }
}

impl Entry {
    /// A key that must be there.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// Reads a whole file of a form.
pub(crate) fn read<T: DeserializeOwned>(
    source: &Source,
    form: &Form,
    what: &str,
    also: impl FnOnce(&mut Reader<'_>, &Node),
) -> Result<T, Vec<Diagnostic>> {
    let node = yaml::read(source).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(source);
    reader.duplicates(&node);
    check(&mut reader, &node, form, what);
    also(&mut reader, &node);
    take(reader, &node, form)
}

/// What a node holds, once nothing is wrong with it.
pub(crate) fn take<T: DeserializeOwned>(
    mut reader: Reader<'_>,
    node: &Node,
    form: &Form,
) -> Result<T, Vec<Diagnostic>> {
    if reader.problems.is_empty() {
        match serde_json::from_value(json_of(node, form)) {
            Ok(value) => return Ok(value),
            Err(error) => drop(reader.error("type", node.span, error.to_string())),
        }
    }
    reader.problems.sort_by_key(|problem| problem.span.start);
    Err(reader.problems)
}

/// The plain value of a node. A number where a text belongs is one, digit for digit.
pub(crate) fn json_of(node: &Node, form: &Form) -> Json {
    let entries = |entries: &[(Key, Node)], form: &dyn Fn(&str) -> Option<Form>| -> Json {
        let pair = |(key, value): &(Key, Node)| {
            let json = match form(&key.name) {
                Some(form) => json_of(value, &form),
                None => value.value().masked(),
            };
            (key.name.clone(), json)
        };
        Json::Object(entries.iter().map(pair).collect())
    };
    match (form, &node.data) {
        (Form::Maybe(form), _) => json_of(node, form),
        (Form::Text | Form::Word(_), Data::Number(number)) => json!(number.as_str()),
        (Form::Text, Data::Bool(yes)) => json!(yes.to_string()),
        (Form::List(form), Data::List(items)) => {
            items.iter().map(|item| json_of(item, form)).collect()
        }
        (Form::Object(known), Data::Map(map)) => entries(map, &|name| {
            known.iter().find(|entry| entry.name == name).map(|entry| entry.form)
        }),
        (Form::ByWord(_, form) | Form::ByCurrency(form), Data::Map(map)) => {
            entries(map, &|_| Some(**form))
        }
        _ => node.value().masked(),
    }
}

/// Complains about everything that does not fit.
pub(crate) fn check(reader: &mut Reader<'_>, node: &Node, form: &Form, what: &str) {
    match form {
        Form::Text => drop(reader.fixed(node)),
        Form::Bool => drop(reader.boolean(node)),
        Form::Whole { least, most } => whole(reader, node, *least, *most),
        Form::Decimal | Form::Positive | Form::Probability => decimal(reader, node, form),
        Form::Currency => {
            if let Some(text) = reader.fixed(node)
                && text.value.parse::<Currency>().is_err()
            {
                let message = format!("`{}` is no currency", text.value);
                reader.error("type", node.span, message).help =
                    Some("write three capitals, such as USD".to_owned());
            }
        }
        Form::Word(words) => {
            if let Some(text) = reader.fixed(node) {
                known_word(reader, &text.value, text.span, words);
            }
        }
        Form::Maybe(form) => {
            if node.data != Data::Null {
                check(reader, node, form, what);
            }
        }
        Form::Object(entries) => object(reader, node, entries, what),
        Form::List(form) => match &node.data {
            Data::List(items) => items.iter().for_each(|item| check(reader, item, form, what)),
            _ => reader.wrong(node, "a list"),
        },
        Form::ByWord(words, form) => by_name(reader, node, form, what, |reader, key| {
            known_word(reader, &key.name, key.span, words);
        }),
        Form::ByCurrency(form) => by_name(reader, node, form, what, |reader, key| {
            if key.name.parse::<Currency>().is_err() {
                let message = format!("`{}` is no currency", key.name);
                reader.error("type", key.span, message);
            }
        }),
    }
}

fn whole(reader: &mut Reader<'_>, node: &Node, least: u64, most: u64) {
    let number = match &node.data {
        Data::Number(number) => number.as_str().parse::<u64>().ok(),
        _ => None,
    };
    if !number.is_some_and(|number| (least..=most).contains(&number)) {
        let needed = match most {
            most if most >= MANY => format!("a whole number from {least} on"),
            most => format!("a whole number from {least} to {most}"),
        };
        out_of_bounds(reader, node, &needed);
    }
}

/// Complains about a value that may be of the right sort and still is not right.
fn out_of_bounds(reader: &mut Reader<'_>, node: &Node, needed: &str) {
    match &node.data {
        Data::Number(number) => {
            let message = format!("{needed} is needed here, not {number}");
            reader.error("type", node.span, message);
        }
        _ => reader.wrong(node, needed),
    }
}

/// As large a whole number as every reader can hold.
pub(crate) const MANY: u64 = u32::MAX as u64;

fn decimal(reader: &mut Reader<'_>, node: &Node, form: &Form) {
    let Some(number) = reader.number(node).and_then(|number| number.as_amount()) else { return };
    let one = || "1".parse::<Amount>().is_ok_and(|one| number > one);
    let needed = match form {
        Form::Positive if !number.is_positive() => "a number above zero",
        Form::Probability if number < Amount::ZERO || one() => "a probability from 0 to 1",
        Form::Decimal if number < Amount::ZERO => "a number from 0 on",
        _ => return,
    };
    out_of_bounds(reader, node, needed);
}

fn known_word(reader: &mut Reader<'_>, text: &str, span: crate::base::span::Span, words: &Words) {
    if (words.knows)(text) {
        return;
    }
    let all = (words.all)();
    let message = format!("there is no {} `{text}`", words.what);
    let many = || format!("the {} {}s are in the schema of this file", all.len(), words.what);
    let help = suggest(text, all.iter().copied()).unwrap_or_else(many);
    reader.error("unknown-word", span, message).help = Some(help);
}

fn object(reader: &mut Reader<'_>, node: &Node, known: &'static [Entry], what: &str) {
    let Data::Map(entries) = &node.data else {
        return reader.wrong(node, what);
    };
    for (key, value) in entries {
        match known.iter().find(|entry| entry.name == key.name) {
            Some(entry) => check(reader, value, &entry.form, inside(entry)),
            None => {
                let message = format!("`{}` is no key of {what}", key.name);
                reader.error("unknown-key", key.span, message).help =
                    suggest(&key.name, known.iter().map(|entry| entry.name));
            }
        }
    }
    let absent = |entry: &&Entry| entries.iter().all(|(key, _)| key.name != entry.name);
    for entry in known.iter().filter(|entry| entry.required).filter(absent) {
        let message = format!("`{}` is missing in {what}", entry.name);
        reader.error("missing-key", node.span, message).help = Some(entry.doc.to_owned());
    }
}

/// What people call the object at a key.
fn inside(entry: &Entry) -> &'static str {
    match entry.name {
        "faults" => "a fault",
        "credentials" => "a credential",
        "wallets" => "a wallet",
        "operators" => "an operator",
        "tiers" => "a tier",
        "merchants" => "a merchant",
        _ => entry.name,
    }
}

fn by_name(
    reader: &mut Reader<'_>,
    node: &Node,
    form: &Form,
    what: &str,
    name: impl Fn(&mut Reader<'_>, &Key),
) {
    let Data::Map(entries) = &node.data else {
        return reader.wrong(node, "an object");
    };
    for (key, value) in entries {
        name(reader, key);
        check(reader, value, form, what);
    }
}

/// The schema of a file of a form. Draft 7: what editors' YAML servers know best.
pub(crate) fn file_schema(form: &Form, title: &str, doc: &str) -> Json {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "description": doc,
    });
    if let (Json::Object(all), Json::Object(keys)) = (&mut schema, self::schema(form)) {
        all.extend(keys);
    }
    schema
}

/// What may stand in a place, as a schema.
pub fn schema(form: &Form) -> Json {
    match form {
        Form::Text => json!({ "type": ["string", "number", "boolean"] }),
        Form::Bool => json!({ "type": "boolean" }),
        Form::Whole { least, most } if *most >= MANY => {
            json!({ "type": "integer", "minimum": least })
        }
        Form::Whole { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Form::Decimal => json!({
            "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": DECIMAL }]
        }),
        Form::Positive => json!({
            "anyOf": [
                { "type": "number", "exclusiveMinimum": 0 },
                { "type": "string", "pattern": DECIMAL },
            ]
        }),
        Form::Probability => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        Form::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        Form::Word(words) => json!({ "enum": (words.all)() }),
        Form::Maybe(form) => json!({ "anyOf": [schema(form), { "type": "null" }] }),
        Form::Object(entries) => object_schema(entries),
        Form::List(form) => json!({ "type": "array", "items": schema(form) }),
        Form::ByWord(words, form) => {
            let each = schema(form);
            let properties: Map<String, Json> =
                (words.all)().into_iter().map(|word| (word.to_owned(), each.clone())).collect();
            json!({ "type": "object", "additionalProperties": false, "properties": described_all(properties, words) })
        }
        Form::ByCurrency(form) => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Z]{3}$" },
            "additionalProperties": schema(form),
        }),
    }
}

const DECIMAL: &str = r"^[0-9]+(\.[0-9]+)?$";

fn described_all(properties: Map<String, Json>, words: &Words) -> Map<String, Json> {
    let described = |(name, mut schema): (String, Json)| {
        schema["description"] = json!(format!("For the {} {name}.", words.what));
        (name, schema)
    };
    properties.into_iter().map(described).collect()
}

fn object_schema(entries: &[Entry]) -> Json {
    let property = |entry: &Entry| {
        let mut schema = schema(&entry.form);
        schema["description"] = json!(entry.doc);
        (entry.name.to_owned(), schema)
    };
    let properties: Map<String, Json> = entries.iter().map(property).collect();
    let needed: Vec<&str> =
        entries.iter().filter(|entry| entry.required).map(|entry| entry.name).collect();
    let mut schema =
        json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    schema
}
