//! The bodies of refusals: `{"detail": "..."}` or `{"detail": [{"loc", "msg", "type"}]}` at any status.

use crate::base::value::Value;

/// One thing the API did not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as `currency` or `items.0.amount`; empty when the API named none.
    pub field: String,
    /// Where the field was looked for: `body`, `query` or `path`; empty when the API named none.
    pub place: String,
    /// What is wrong with it, in the API's words.
    pub message: String,
}

/// Reads a refusal's `detail`, whatever its shape; the status code alone says what it means.
pub fn read(body: &Value) -> Vec<FieldError> {
    match body.get("detail") {
        Some(Value::List(items)) => items.iter().map(field_error).collect(),
        Some(Value::Text(text)) => vec![unplaced(text)],
        Some(Value::Null) | None => match body {
            Value::Text(text) if !text.trim().is_empty() => vec![unplaced(text.trim())],
            _ => Vec::new(),
        },
        Some(other) => vec![unplaced(&other.masked().to_string())],
    }
}

/// The same as one line of text.
pub fn summary(errors: &[FieldError]) -> String {
    let line = |error: &FieldError| match error.field.as_str() {
        "" => error.message.clone(),
        field => format!("{field}: {}", error.message),
    };
    errors.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn unplaced(text: &str) -> FieldError {
    FieldError { field: String::new(), place: String::new(), message: text.to_owned() }
}

fn field_error(item: &Value) -> FieldError {
    let words: Vec<String> = match item.get("loc") {
        Some(Value::List(parts)) => parts.iter().map(word).collect(),
        _ => Vec::new(),
    };
    let (place, field) = match words.split_first() {
        Some((place, rest)) => (place.clone(), rest.join(".")),
        None => (String::new(), String::new()),
    };
    let message = match item.get("msg") {
        Some(Value::Text(text)) => text.clone(),
        _ => item.masked().to_string(),
    };
    FieldError { field, place, message }
}

fn word(part: &Value) -> String {
    match part {
        Value::Text(text) => text.clone(),
        other => other.masked().to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(json: &str) -> String {
        summary(&read(&Value::from_json(json).unwrap()))
    }

    #[test]
    fn every_shape_of_detail_is_read() {
        let both = r#"{"detail":[{"loc":["body","currency"],"msg":"invalid currency","type":"x"},
            {"loc":["body","items",0,"qty"],"msg":"field required","type":"y"}]}"#;
        assert_eq!(of(both), "currency: invalid currency; items.0.qty: field required");
        assert_eq!(of(r#"{"detail":"Not authenticated"}"#), "Not authenticated");
        assert_eq!(of(r#""upstream error""#), "upstream error");
        assert_eq!(of(r#"{"detail":{"a":1}}"#), r#"{"a":1}"#);
        assert_eq!(of(r#"{"detail":[7]}"#), "7");
        assert_eq!(of("{}"), "");
    }
}
