//! yaml-test-suite: no value differs. What a flow file may not hold is refused.

use std::collections::BTreeMap;

use dollr_flow::base::span::Source;
use dollr_flow::flow::text::yaml;
use serde_json::{Deserializer, Value};

use super::suite;

/// Why a document that is YAML may be refused all the same, by the code of the problem.
const REFUSED: &[(&str, &str)] = &[
    ("tag", "a tag other than !!str, !!seq and !!map has no meaning in a flow"),
    ("many-documents", "a flow file is one document"),
    ("bad-key", "the names in an object are text"),
];

/// Documents that are no YAML only for how a line that goes on is indented, and are read as PyYAML reads them.
const LENIENT: &[&str] = &["9C9N/0", "DK95/1", "QB6E/0"];

/// The values a document means, as our reader tells them.
fn ours(yaml: &str) -> Result<Value, &'static str> {
    yaml::read(&Source::new("suite.yaml", yaml))
        .map(|node| node.value().masked())
        .map_err(|p| p.code)
}

fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

#[test]
#[ignore = "needs the suite: .ci/suites"]
fn no_value_of_yaml_test_suite_differs() {
    let suite = suite("yaml-test-suite");
    let mut wrong = Vec::new();
    let mut refused: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut equal = 0;
    for file in suite.as_array().unwrap() {
        for (at, case) in file["cases"].as_array().unwrap().iter().enumerate() {
            let id = format!("{}/{at}", file["id"].as_str().unwrap());
            let yaml = case["yaml"].as_str().unwrap();
            let fails = case["fail"] == Value::Bool(true);
            let read = ours(yaml);
            match (read, case["json"].as_str()) {
                (Ok(value), _) if fails => {
                    if !LENIENT.contains(&id.as_str()) {
                        wrong.push(format!("{id}: is no YAML, and was read as {value}"));
                    }
                }
                (Err(_), _) if fails => equal += 1,
                (Ok(value), Some(json)) => {
                    let expected: Vec<Value> =
                        Deserializer::from_str(json).into_iter().collect::<Result<_, _>>().unwrap();
                    match expected.as_slice() {
                        // a file without a document says nothing, and nothing is null
                        [] if value == Value::Null => equal += 1,
                        [expected] if same(&value, expected) => equal += 1,
                        _ => wrong.push(format!("{id}: {value} is {expected:?}\n{yaml}")),
                    }
                }
                // without JSON there is no value to compare
                (Ok(_), None) => equal += 1,
                (Err(code), _) => match REFUSED.iter().any(|(known, _)| *known == code) {
                    true => refused.entry(code).or_default().push(id),
                    false => wrong.push(format!("{id}: refused as `{code}`\n{yaml}")),
                },
            }
        }
    }
    for (code, why) in REFUSED {
        let ids = refused.get(code).cloned().unwrap_or_default();
        println!("{code}: {why}: {} ({})", ids.len(), ids.join(" "));
    }
    assert!(equal > 300, "{equal} cases only");
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong.join("\n"));
}
