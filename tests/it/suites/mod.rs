//! Test suites that others keep, against our readers. `.ci/suites` installs them and runs these.

mod csv;
mod json;
mod yaml;

use serde_json::Value;

/// What `.ci/suites` wrote of a suite.
fn suite(name: &str) -> Value {
    let folder = std::env::var("DOLLR_FLOW_SUITES").expect("run .ci/suites");
    let path = format!("{folder}/{name}.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
