//! The JSON schema of flow files, for editors: made of the tables that the reader and `check` use.

use crate::flow::text::form_schema;
use serde_json::{Map, Value as Json, json};

use super::inputs::declared::TYPES;
use super::text::shape;
use super::text::shape::{Key, Shape};
use crate::expr::ty::{Field, Ty};
use crate::steps::{self, step::Step};

/// The schema. Draft 7: what editors' YAML servers know best.
pub fn flow() -> Json {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dollr-flow",
        "description": "A flow of dollr-flow: a procedure that collects or pays out money.",
        "required": ["version", "name", "steps"],
    });
    if let (Json::Object(all), Json::Object(keys)) = (&mut schema, object(shape::FLOW)) {
        all.extend(keys);
        all.insert("definitions".to_owned(), definitions());
    }
    schema
}

fn definitions() -> Json {
    let duration = r"^([0-9]+(ms|s|m|h|d))+$";
    json!({
        "template": { "type": "string", "pattern": r"\{[{%]", "description": "A template: {{ … }}." },
        "duration": { "type": "string", "pattern": duration, "examples": ["2s", "10m", "1h30m"] },
        "name": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
        "type": { "enum": TYPES.iter().map(|(name, _)| name).collect::<Vec<_>>() },
        "rules": { "anyOf": [{ "$ref": "#/definitions/type" }, object(shape::RULES)] },
        "input": { "anyOf": [{ "$ref": "#/definitions/type" }, object(shape::INPUT)] },
        "step": step(),
    })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// An object with exactly these keys.
pub(crate) fn object(keys: &'static [Key]) -> Json {
    let properties: Map<String, Json> = keys
        .iter()
        .map(|key| (key.name.to_owned(), described(shape(key.shape), key.doc)))
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// A schema with words for people. A reference takes none beside it, so it is wrapped.
fn described(schema: Json, doc: &str) -> Json {
    match schema {
        Json::Object(mut map) if !map.contains_key("$ref") => {
            map.insert("description".to_owned(), json!(doc));
            Json::Object(map)
        }
        other => json!({ "allOf": [other], "description": doc }),
    }
}

fn shape(shape: Shape) -> Json {
    match shape {
        Shape::Version => json!({ "const": 1 }),
        Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Name => reference("name"),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Count => json!({ "type": "integer", "minimum": 1 }),
        Shape::Duration => reference("duration"),
        Shape::Number => json!({ "type": ["number", "string"] }),
        Shape::Plain | Shape::Value => json!({}),
        Shape::Condition => json!({ "type": ["string", "boolean"] }),
        Shape::OneOrMore(one) => {
            let one = self::shape(*one);
            json!({ "anyOf": [one, { "type": "array", "items": one }] })
        }
        Shape::Money => json!({ "type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s+[A-Z]{3}$" }),
        Shape::TypeName => reference("type"),
        Shape::Object(keys) => object(keys),
        Shape::Named(Shape::Object(keys)) if std::ptr::eq(*keys, shape::INPUT) => {
            json!({ "type": "object", "additionalProperties": reference("input") })
        }
        Shape::Named(each) => {
            json!({ "type": "object", "additionalProperties": self::shape(*each) })
        }
        Shape::Steps => json!({ "type": "array", "items": reference("step") }),
        Shape::Uses => uses(),
        Shape::With => json!({ "type": "object" }),
        Shape::Foreach => {
            json!({ "anyOf": [reference("template"), { "type": "array" }, object(shape::FOREACH)] })
        }
        Shape::Rules => reference("rules"),
        Shape::Form(form) => form_schema::schema(form),
        Shape::Words(words) => json!({ "enum": words }),
        Shape::List(each) => json!({ "type": "array", "items": self::shape(*each) }),
        Shape::Either(shapes) => {
            json!({ "anyOf": shapes.iter().map(|one| self::shape(*one)).collect::<Vec<_>>() })
        }
    }
}

fn uses() -> Json {
    let mut choices: Vec<Json> = steps::KINDS
        .iter()
        .map(|kind| json!({ "const": kind.name(), "description": kind.summary() }))
        .collect();
    choices.push(json!({
        "type": "string",
        "pattern": r"^\.\.?/|\.ya?ml$",
        "description": "Another flow, run as one step.",
    }));
    json!({ "anyOf": choices })
}

/// A step: its keys, and for each kind what its `with` may hold.
fn step() -> Json {
    let mut schema = object(shape::STEP);
    if let Some(map) = schema.as_object_mut() {
        map.insert("required".to_owned(), json!(["uses"]));
        map.insert("allOf".to_owned(), steps::KINDS.iter().map(|kind| with(*kind)).collect());
    }
    schema
}

fn with(kind: &dyn Step) -> Json {
    let fields = kind.params();
    let mut with = fields_schema(fields);
    if let Some(map) = with.as_object_mut() {
        map.insert("description".to_owned(), json!(kind.summary()));
        if fields.is_empty() {
            map.remove("additionalProperties");
        }
    }
    let mut then = json!({ "properties": { "with": with } });
    if fields.iter().any(is_needed) {
        then["required"] = json!(["with"]);
    }
    json!({
        "if": { "required": ["uses"], "properties": { "uses": { "const": kind.name() } } },
        "then": then,
    })
}

fn is_needed(field: &Field) -> bool {
    field.required && field.default.is_none()
}

fn fields_schema(fields: &[Field]) -> Json {
    let properties: Map<String, Json> = fields
        .iter()
        .map(|field| {
            let doc = match field.default {
                Some(default) => format!("{} Default: {default}.", field.doc),
                None => field.doc.to_owned(),
            };
            (field.name.to_owned(), described(templated(field), &doc))
        })
        .collect();
    let needed: Vec<&str> =
        fields.iter().filter(|field| is_needed(field)).map(|field| field.name).collect();
    let mut schema =
        json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    schema
}

/// A value of the type, or a template that makes one; null where it may be missing.
fn templated(field: &Field) -> Json {
    let mut choices = vec![ty(&field.ty), reference("template")];
    if !is_needed(field) {
        choices.push(json!({ "type": "null" }));
    }
    match field.ty {
        Ty::Any => json!({}),
        _ => json!({ "anyOf": choices }),
    }
}

fn ty(of: &Ty) -> Json {
    match of {
        Ty::Any => json!({}),
        Ty::Text | Ty::Secret => json!({ "type": ["string", "number", "boolean"] }),
        Ty::Integer | Ty::Id(_) => {
            json!({ "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^-?[0-9]+$" }] })
        }
        Ty::Money => json!({
            "anyOf": [{ "type": "number" }, { "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$" }]
        }),
        Ty::Boolean => json!({ "enum": [true, false, "true", "false"] }),
        Ty::Phone => json!({
            "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^[0-9]{8,15}$" }]
        }),
        Ty::Email => json!({ "type": "string", "pattern": r"^\S+@\S+\.\S+$" }),
        Ty::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        Ty::Country => json!({ "type": "string", "pattern": "^[A-Z]{2}$" }),
        Ty::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Ty::DateTime => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T" }),
        Ty::Duration => reference("duration"),
        Ty::Uuid => json!({ "type": "string", "pattern": "^[0-9A-Fa-f-]{36}$" }),
        Ty::Enum { words, open: false } => json!({ "enum": words }),
        Ty::Enum { words, open: true } => json!({ "type": "string", "examples": words }),
        Ty::List(item) => {
            json!({ "type": "array", "items": { "anyOf": [ty(item), reference("template")] } })
        }
        Ty::Object(fields) => fields_schema(fields),
        Ty::Free => json!({ "type": "object" }),
    }
}
