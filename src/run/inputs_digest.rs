//! The digest of a run's inputs.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::base::secret::MASK;
use crate::base::value::{Map, Value};

/// The hex SHA-256 of inputs with their secrets masked: the same for the same values, whatever order they
/// were given in.
pub fn inputs_digest(inputs: &Map) -> String {
    let mut text = String::with_capacity(256);
    write_map(inputs, &mut text);
    let digest = Sha256::digest(text.as_bytes());
    let mut hex = String::with_capacity(2 * digest.len());
    for byte in digest {
        // writing to a text can't fail
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

pub(crate) fn write_map(map: &Map, text: &mut String) {
    let mut fields: Vec<(&String, &Value)> = map.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    text.push('{');
    for (n, (name, value)) in fields.into_iter().enumerate() {
        text.push_str(if n > 0 { "," } else { "" });
        write_text(name, text);
        text.push(':');
        write_value(value, text);
    }
    text.push('}');
}

pub(crate) fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(yes) => text.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number.as_str()),
        Value::Text(plain) => write_text(plain, text),
        Value::Secret(_) => write_text(MASK, text),
        Value::Map(map) => write_map(map, text),
        Value::List(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                text.push_str(if n > 0 { "," } else { "" });
                write_value(item, text);
            }
            text.push(']');
        }
    }
}

/// A text in quotes, written so that no two texts look alike.
pub(crate) fn write_text(plain: &str, text: &mut String) {
    // writing to a text can't fail
    let _ = write!(text, "{plain:?}");
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn digest(json: &str) -> String {
        match Value::from_json(json).unwrap() {
            Value::Map(map) => inputs_digest(&map),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn inputs_have_one_digest_in_any_order_and_another_with_any_other_value() {
        let one = digest(r#"{"phone":"007","items":[{"qty":1,"amount":250.00}]}"#);
        assert_eq!(one.len(), 64);
        assert_eq!(one, digest(r#"{"items":[{"amount":250.00,"qty":1}],"phone":"007"}"#));
        assert_ne!(one, digest(r#"{"phone":"07","items":[{"qty":1,"amount":250.00}]}"#));
        assert_ne!(one, digest(r#"{"phone":"007","items":[{"qty":1,"amount":250.0}]}"#));
        // what a journal keeps of a secret has the digest of what was given
        let secret = |secret| Map::from([("pin".to_owned(), Value::Secret(secret))]);
        let given = inputs_digest(&secret(crate::base::secret::Secret::new("4711")));
        assert_eq!(given, inputs_digest(&secret(crate::base::secret::Secret::withheld())));
    }
}
