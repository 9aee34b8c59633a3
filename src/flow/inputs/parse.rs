//! Reads the declaration of an input.

use super::declared::{Input, Pattern, Property, Rules, TYPES, hidden};
use crate::base::nearest::suggest;
use crate::base::node::{Data, Key, Node};
use crate::base::span::Span;
use crate::base::value::Value;
use crate::expr::Mismatch;
use crate::expr::ty::Ty;
use crate::flow::text::reader::Reader;
use crate::flow::text::shape;

/// A declaration whose rules are known, its values not yet read.
struct Declared<'n> {
    rules: Rules,
    description: Option<String>,
    required: Option<bool>,
    default: Option<&'n Node>,
    example: Option<&'n Node>,
    secret: bool,
    env: Option<String>,
}

/// Reads one input. `name: string` is short for `name: { type: string }`.
pub(crate) fn input(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<Input> {
    let named = reader.check_name(&key.name, key.span);
    let declared = declared(reader, node, "an input", shape::INPUT);
    let rules = declared.rules;
    if declared.secret && !rules.ty.is_text() && rules.ty != Ty::Any {
        let message = format!("{} can't be secret: secrets are texts", rules.ty.describe());
        reader.error("secret", key.span, message).help = Some("make it `type: string`".to_owned());
    }
    let secret = declared.secret;
    let default = declared.default.and_then(|node| accept(reader, &rules, node, secret));
    if declared.secret && default.is_some() {
        let span = declared.default.map_or(key.span, |node| node.span);
        reader.error("secret", span, "a secret can't have its value in the flow").help =
            Some("read it from the environment: `env: NAME`".to_owned());
    }
    named.then(|| Input {
        name: key.name.clone(),
        span: key.span,
        description: declared.description,
        required: declared.required.unwrap_or(declared.default.is_none()),
        default,
        example: declared.example.and_then(|node| accept(reader, &rules, node, secret)),
        secret: declared.secret,
        env: declared.env,
        rules,
    })
}

fn declared<'n>(
    reader: &mut Reader<'_>,
    node: &'n Node,
    what: &str,
    known: &'static [shape::Key],
) -> Declared<'n> {
    let mut declared = Declared {
        rules: Rules::of("string", Ty::Text),
        description: None,
        required: None,
        default: None,
        example: None,
        secret: false,
        env: None,
    };
    if let Data::Text { .. } = node.data {
        declared.rules = type_of(reader, node);
        return declared;
    }
    let entries = reader.known(node, what, known);
    if let Some((_, _, value)) = entries.iter().find(|(name, ..)| *name == "type") {
        declared.rules = type_of(reader, value);
    }
    let mut words = None;
    for (name, key, value) in entries {
        let rules = &mut declared.rules;
        match name {
            "description" => declared.description = reader.fixed(value).map(|text| text.value),
            "required" => declared.required = reader.boolean(value),
            "secret" => declared.secret = reader.boolean(value).unwrap_or(false),
            "env" => declared.env = reader.fixed(value).map(|text| text.value),
            "default" if value.data != Data::Null => declared.default = Some(value),
            "example" if value.data != Data::Null => declared.example = Some(value),
            "enum" => words = Some(value),
            "pattern" => rules.pattern = pattern(reader, rules, value),
            "minimum" | "maximum" => {
                let number = reader.number(value);
                if !matches!(rules.ty, Ty::Money | Ty::Integer) {
                    let message = format!("`{name}` is for `integer` and `money`");
                    reader.error("type", key.span, message);
                }
                match name {
                    "minimum" => rules.minimum = number,
                    _ => rules.maximum = number,
                }
            }
            "items" if matches!(rules.ty, Ty::List(_)) => {
                let inner = self::declared(reader, value, "the rules of `items`", shape::RULES);
                rules.items = Some(Box::new(inner.rules));
            }
            "properties" if rules.ty == Ty::Free => rules.properties = properties(reader, value),
            "items" => {
                reader.error("type", key.span, "`items` is for `type: list`");
            }
            "properties" => {
                reader.error("type", key.span, "`properties` is for `type: object`");
            }
            _ => {}
        }
    }
    if let Some(node) = words {
        // by the type alone: the words are what limits the rest
        let plain = Rules::of(declared.rules.type_name, declared.rules.ty);
        let items = reader.one_or_more(node).iter();
        declared.rules.words =
            items.filter_map(|word| accept(reader, &plain, word, false)).collect();
    }
    declared
}

fn type_of(reader: &mut Reader<'_>, node: &Node) -> Rules {
    let Some(text) = reader.fixed(node) else { return Rules::of("string", Ty::Text) };
    match TYPES.iter().find(|(name, _)| *name == text.value) {
        Some((name, ty)) => Rules::of(name, *ty),
        None => {
            let message = format!("there is no type `{}`", text.value);
            reader.error("unknown-type", text.span, message).help =
                suggest(&text.value, TYPES.iter().map(|(name, _)| *name));
            // what is not known can be anything
            Rules::of("string", Ty::Any)
        }
    }
}

fn pattern(reader: &mut Reader<'_>, rules: &Rules, node: &Node) -> Option<Pattern> {
    let text = reader.text(node)?;
    if !rules.ty.is_text() {
        reader.error("type", node.span, "`pattern` is for texts");
    }
    match Pattern::new(&text.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let message = format!("this is no regular expression ({error})");
            reader.error("type", node.span, message);
            None
        }
    }
}

fn properties(reader: &mut Reader<'_>, node: &Node) -> Vec<Property> {
    let entries = reader.entries(node, "an object of fields");
    let mut properties = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let declared = declared(reader, value, "a field", shape::RULES);
        let default =
            declared.default.and_then(|node| accept(reader, &declared.rules, node, false));
        properties.push(Property {
            name: key.name.clone(),
            description: declared.description,
            required: declared.required.unwrap_or(declared.default.is_none()),
            rules: declared.rules,
            default,
        });
    }
    properties
}

/// A value that stands in the file and must follow the rules.
fn accept(reader: &mut Reader<'_>, rules: &Rules, node: &Node, secret: bool) -> Option<Value> {
    // so that no message quotes it
    let value = if secret { hidden(node.value()) } else { node.value() };
    match rules.accept(value) {
        Ok(value) => Some(value),
        Err(mismatches) => {
            for mismatch in mismatches {
                let span = locate(node, &mismatch);
                reader.error("type", span, mismatch.message).help = mismatch.help;
            }
            None
        }
    }
}

/// Where the fault of a mismatch stands: the part at its path, or the nearest one above it.
pub(crate) fn locate(node: &Node, mismatch: &Mismatch) -> Span {
    let mut here = node;
    let mut span = node.span;
    for step in mismatch.path.split(['.', '[']).filter(|step| !step.is_empty()) {
        let next = match &here.data {
            Data::List(items) => step
                .trim_end_matches(']')
                .parse::<usize>()
                .ok()
                .and_then(|at| items.get(at))
                .map(|item| (item.span, item)),
            Data::Map(entries) => entries
                .iter()
                .find(|(key, _)| key.name == step)
                .map(|(key, value)| (if mismatch.name { key.span } else { value.span }, value)),
            _ => None,
        };
        let Some(next) = next else { break };
        (span, here) = next;
    }
    span
}
