//! Secrets that stand in a file as they are: nobody checks a file with its secrets at hand, so they are known by where
//! they stand.

use super::text::yaml;
use crate::base::node::{Data, Node};
use crate::base::span::{Source, Span};
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};
use crate::steps::KINDS;

/// Names that nobody gives to anything but a secret, beside those of the kinds' secret parameters.
const NAMES: &[&str] = &["secret", "passcode", "password", "pin", "access_token"];

/// The one secret parameter whose value messages may show: it only says who it is.
const SHOWN: &str = "client_id";

/// Where secrets stand in a file: values under the names of secrets, and the values of inputs that are secret.
pub fn literal_secrets(source: &Source) -> Vec<Span> {
    let mut found = Vec::new();
    match yaml::read(source) {
        Ok(node) => within(&node, &mut found),
        Err(_) => in_lines(source.text(), &mut found),
    }
    found
}

fn is_name(name: &str) -> bool {
    let of_kind = || KINDS.iter().any(|kind| is_secret_field(kind.params(), name));
    NAMES.contains(&name) || name != SHOWN && of_kind()
}

fn is_secret_field(fields: &[Field], name: &str) -> bool {
    fields.iter().any(|field| match field.ty {
        Ty::Secret => field.name == name,
        Ty::Object(inside) => is_secret_field(inside, name),
        _ => false,
    })
}

fn within(node: &Node, found: &mut Vec<Span>) {
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| within(item, found)),
        Data::Map(entries) => {
            let secret = entries
                .iter()
                .any(|(key, node)| key.name == "secret" && node.value() == Value::Bool(true));
            for (key, node) in entries {
                let of_input = secret && matches!(&*key.name, "default" | "example" | "enum");
                // a declaration has the name of what it declares
                let declared = matches!(node.data, Data::Map(_));
                match of_input || is_name(&key.name) && !declared {
                    true => literals(node, found),
                    // a test's stand-ins; in a flow these are objects that say where a secret is
                    false if key.name == "secrets" => each(node, found),
                    false => within(node, found),
                }
            }
        }
        _ => {}
    }
}

fn each(node: &Node, found: &mut Vec<Span>) {
    if let Data::Map(entries) = &node.data {
        for (_, node) in entries {
            match &node.data {
                Data::Map(_) | Data::List(_) => within(node, found),
                _ => literals(node, found),
            }
        }
    }
}

/// Every text and number below, but templates.
fn literals(node: &Node, found: &mut Vec<Span>) {
    match node.value() {
        Value::Null | Value::Bool(_) => {}
        Value::Text(text) if text.contains("{{") => {}
        Value::Text(_) | Value::Number(_) | Value::Secret(_) => found.push(node.span),
        Value::List(_) | Value::Map(_) => match &node.data {
            Data::List(items) => items.iter().for_each(|item| literals(item, found)),
            Data::Map(entries) => entries.iter().for_each(|(_, node)| literals(node, found)),
            _ => {}
        },
    }
}

/// The same in a file that can't be read: the rest of each line after such a name.
fn in_lines(text: &str, found: &mut Vec<Span>) {
    let secret = text.contains("secret: true");
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut from = 0;
        while let Some(colon) = line[from..].find(':').map(|at| from + at) {
            let before = line[..colon].trim_end_matches(['"', '\'', ' ']);
            let name = before.rsplit([' ', '{', ',', '"', '\'', '-', '\t']).next().unwrap_or("");
            let of_input = secret && matches!(name, "default" | "example" | "enum");
            let value = line[colon + 1..].trim();
            if (of_input || is_name(name))
                && !value.is_empty()
                && value != "true"
                && !value.starts_with("true,")
            {
                let at = start + colon + 1 + line[colon + 1..].find(value).unwrap_or(0);
                found.push(Span::new(at, at + value.len()));
                break;
            }
            from = colon + 1;
        }
        start += line.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let source = Source::new("a.yaml", text);
        let spans = literal_secrets(&source);
        spans.iter().map(|span| text[span.range()].to_owned()).collect()
    }

    #[test]
    fn secrets_are_known_by_where_they_stand() {
        let flow = "\
inputs:
  pin: { type: string, secret: true, default: '4711', enum: ['4711', 12] }
  name: { type: string, default: Jane }
secrets: { code: { env: CODE } }
steps:
  - uses: token
    with: { client_id: my-client, client_secret: \"hunter22\" }
  - uses: execute
    with: { passcode: { token: { code: '0815' } }, pin: \"{{ secrets.code }}\", currency: USD }
";
        assert_eq!(found(flow), ["'4711'", "'4711'", "12", "\"hunter22\"", "'0815'"]);
        assert_eq!(found("secrets: { a: one, b: 2 }\ninputs: { pin: x }"), ["one", "2", "x"]);
    }

    #[test]
    fn they_are_known_in_a_file_that_is_no_yaml_too() {
        let broken = "inputs:\n  one: { secret: true, default: \"hunter22 }\nsteps: [\n - client_secret: abc\n";
        assert_eq!(found(broken), ["\"hunter22 }", "abc"]);
    }
}
