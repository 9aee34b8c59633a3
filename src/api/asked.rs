//! What a request asks about, and whether an answer is about that. An answer about anything else is none.

use uuid::Uuid;

use crate::base::value::Value;

/// What the API keeps a status of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A payment, by its reference.
    Payment(Uuid),
    /// An invoice or an order, by its type and id.
    Source(String, String),
}

/// What an answer to a request has to name, wherever it names that at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Whose status the answer tells, if it tells one.
    pub subject: Option<Subject>,
    names: Vec<(&'static str, String)>,
}

impl Asked {
    /// What a request asks about. The one table of what the API repeats of a request in its answer; what is not in it is
    /// not repeated, or not for sure.
    pub fn of(path: &str, query: &[(String, String)], body: Option<&Value>) -> Self {
        let Some(path) = path.strip_prefix("/v1/") else { return Self::default() };
        let parts: Vec<&str> = path.split('/').collect();
        let queried = |name: &str| {
            let found = query.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let sent = |name: &str| body.and_then(|body| plain(body.get(name)?)).unwrap_or_default();
        match parts.as_slice() {
            ["status", "source"] => {
                Self::source(queried("source_type"), queried("source_id"), "source_id")
                    .and("source_type", queried("source_type"))
            }
            ["status", operation, reference] => Self::payment(operation, reference),
            ["executions", operation] => Self::payment(operation, &sent("reference_id")),
            ["sessions", "checkout"] => Self::default()
                .and("source_id", sent("source_id"))
                .and("source_type", sent("source_type")),
            ["invoices", "retrieve" | "receipt", "number", number] => {
                Self::default().and("invoice_number", decoded(number))
            }
            ["orders", "retrieve" | "receipt", "number", number] => {
                Self::default().and("order_number", decoded(number))
            }
            ["invoices", "retrieve" | "publish" | "cancel" | "update", id] => {
                Self::source("INVOICE".to_owned(), decoded(id), "id")
            }
            ["orders", "retrieve" | "publish" | "cancel" | "update", id] => {
                Self::source("ORDER".to_owned(), decoded(id), "id")
            }
            ["parties" | "counterparties", "retrieve" | "update", id]
            | ["invoices" | "orders", _, "items", id, "update"] => {
                Self::default().and("id", decoded(id))
            }
            ["invoices", id, "items", "add"] => Self::default().and("invoice_id", decoded(id)),
            ["orders", id, "items", "add"] => Self::default().and("order_id", decoded(id)),
            _ => Self::default(),
        }
    }

    fn payment(operation: &str, reference: &str) -> Self {
        let subject = reference.parse().ok().map(Subject::Payment);
        let asked = Self { subject, names: Vec::new() };
        asked
            .and("reference_id", decoded(reference))
            .and("operation_type", operation.to_uppercase())
    }

    fn source(kind: String, id: String, field: &'static str) -> Self {
        let subject = Some(Subject::Source(kind, id.clone()));
        Self { subject, names: Vec::new() }.and(field, id)
    }

    fn and(mut self, name: &'static str, wanted: String) -> Self {
        if !wanted.is_empty() {
            self.names.push((name, wanted));
        }
        self
    }

    /// The same where one of the fields is not known beforehand.
    pub fn without(mut self, name: &str) -> Self {
        self.names.retain(|(own, _)| *own != name);
        self
    }

    /// What is wrong with an answer that names something else; nothing if it is about what was asked, or names nothing.
    pub fn stranger(&self, body: &Value) -> Option<String> {
        let differs = |(name, wanted): &&(&'static str, String)| {
            body.get(name).and_then(plain).is_some_and(|named| !same(&named, wanted))
        };
        let (name, wanted) = self.names.iter().find(differs)?;
        let named = body.get(name).and_then(plain).unwrap_or_default();
        Some(format!("the answer is about {name} {named}, and {wanted} was asked about"))
    }

    /// The fields of an answer by which it is known again.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().map(|(name, _)| *name)
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether two spellings name the same thing. Capitals make no other UUID and no other word.
fn same(named: &str, wanted: &str) -> bool {
    match (named.parse::<Uuid>(), wanted.parse::<Uuid>()) {
        (Ok(named), Ok(wanted)) => named == wanted,
        _ => named.eq_ignore_ascii_case(wanted),
    }
}

/// A segment of a path as it was before it was encoded.
fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    const REFERENCE: &str = "7d444840-9dc0-41d1-b245-5ffdce74fad2";

    fn stranger(path: &str, body: &str) -> Option<String> {
        Asked::of(path, &[], None).stranger(&Value::from_json(body).unwrap())
    }

    #[test]
    fn an_answer_that_names_something_else_is_about_something_else() {
        let status = format!("/v1/status/payout/{REFERENCE}");
        let own = format!(r#"{{"reference_id":"{}","status":"FAILED"}}"#, REFERENCE.to_uppercase());
        assert_eq!(stranger(&status, &own), None);
        assert_eq!(stranger(&status, r#"{"status":"FAILED","reference_id":null}"#), None);
        let other = r#"{"reference_id":"00000000-9dc0-41d1-b245-5ffdce74fad2"}"#;
        assert!(stranger(&status, other).unwrap().contains(REFERENCE));
        assert!(stranger(&status, r#"{"operation_type":"COLLECTION"}"#).is_some());
        assert_eq!(stranger(&status, r#"{"operation_type":"PAYOUT"}"#), None);
        assert!(stranger("/v1/invoices/publish/101", r#"{"id":102}"#).is_some());
        assert_eq!(stranger("/v1/invoices/publish/101", r#"{"id":"101"}"#), None);
        assert_eq!(stranger("/v1/orders/cancel/7", "{}"), None);
        let number = "/v1/invoices/retrieve/number/INV%2D2026%2D00099";
        assert_eq!(stranger(number, r#"{"invoice_number":"INV-2026-00099"}"#), None);
        assert!(stranger(number, r#"{"invoice_number":"INV-2026-00100"}"#).is_some());
    }

    #[test]
    fn what_is_asked_by_query_or_body_is_compared_too() {
        let query = |id: &str| {
            vec![("source_type".to_owned(), "INVOICE".to_owned()), ("source_id".into(), id.into())]
        };
        let asked = Asked::of("/v1/status/source", &query("101"), None);
        assert_eq!(asked.subject, Some(Subject::Source("INVOICE".into(), "101".into())));
        let body = |text: &str| Value::from_json(text).unwrap();
        assert_eq!(asked.stranger(&body(r#"{"source_id":101,"source_type":"INVOICE"}"#)), None);
        assert!(asked.stranger(&body(r#"{"source_id":102,"source_type":"INVOICE"}"#)).is_some());
        assert!(asked.stranger(&body(r#"{"source_id":101,"source_type":"ORDER"}"#)).is_some());
        let sent = body(&format!(r#"{{"reference_id":"{REFERENCE}"}}"#));
        let asked = Asked::of("/v1/executions/collection", &[], Some(&sent));
        assert_eq!(asked.subject, Some(Subject::Payment(REFERENCE.parse().unwrap())));
    }
}
