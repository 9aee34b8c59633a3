//! The JSON schema of test files, for editors: made of the tables that the reader uses.

use serde_json::{Value as Json, json};

use super::keys;
use crate::flow::schema::object;

/// The schema. Draft 7: what editors' YAML servers know best.
pub fn trial() -> Json {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dollr-flow test",
        "description": "Tests of a recipe of dollr-flow.",
        "required": ["version", "tests"],
    });
    if let (Json::Object(all), Json::Object(keys)) = (&mut schema, object(keys::FILE)) {
        all.extend(keys);
        let name = json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" });
        all.insert("definitions".to_owned(), json!({ "name": name }));
    }
    schema
}
