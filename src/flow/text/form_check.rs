//! Reads files that are no flows by the table of what may stand where.

use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::form::{Entry, Form, Words};
use super::reader::Reader;
use super::yaml;
use crate::base::diagnostic::Diagnostic;
use crate::base::money::{Amount, Currency};
use crate::base::nearest::suggest;
use crate::base::node::{Data, Key, Node};
use crate::base::span::Source;

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

pub(crate) fn whole(reader: &mut Reader<'_>, node: &Node, least: u64, most: u64) {
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
pub(crate) fn out_of_bounds(reader: &mut Reader<'_>, node: &Node, needed: &str) {
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

pub(crate) fn decimal(reader: &mut Reader<'_>, node: &Node, form: &Form) {
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

pub(crate) fn known_word(
    reader: &mut Reader<'_>,
    text: &str,
    span: crate::base::span::Span,
    words: &Words,
) {
    if (words.knows)(text) {
        return;
    }
    let all = (words.all)();
    let message = format!("there is no {} `{text}`", words.what);
    let many = || format!("the {} {}s are in the schema of this file", all.len(), words.what);
    let help = suggest(text, all.iter().copied()).unwrap_or_else(many);
    reader.error("unknown-word", span, message).help = Some(help);
}

pub(crate) fn object(reader: &mut Reader<'_>, node: &Node, known: &'static [Entry], what: &str) {
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
pub(crate) fn inside(entry: &Entry) -> &'static str {
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

pub(crate) fn by_name(
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
