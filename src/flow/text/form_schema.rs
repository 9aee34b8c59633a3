//! JSON schemas of files that are no flows, for editors.

use serde_json::{Map, Value as Json, json};

use super::form::{Entry, Form, Words};
use super::form_check::MANY;

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

pub(crate) const DECIMAL: &str = r"^[0-9]+(\.[0-9]+)?$";

pub(crate) fn described_all(properties: Map<String, Json>, words: &Words) -> Map<String, Json> {
    let described = |(name, mut schema): (String, Json)| {
        schema["description"] = json!(format!("For the {} {name}.", words.what));
        (name, schema)
    };
    properties.into_iter().map(described).collect()
}

pub(crate) fn object_schema(entries: &[Entry]) -> Json {
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
