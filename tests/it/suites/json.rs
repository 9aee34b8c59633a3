//! JSONTestSuite, through every door that JSON comes in by: an answer of the API, a row of JSON Lines, a file of inputs.

use dollr_flow::base::scrub::Scrub;
use dollr_flow::base::span::Source;
use dollr_flow::flow::InputsFile;
use dollr_flow::io::table::rows::JsonLines;
use dollr_flow::run::delivery::{CauseKind, Delivery, Raw};
use serde_json::Value;

use super::suite;

/// What is JSON and refused all the same where people write it, and why.
const REFUSED: &[(&str, &str)] = &[
    ("y_object_duplicated_key", "a name that stands twice leaves open which value is meant"),
    ("y_object_duplicated_key_and_value", "a name that stands twice is a mistake"),
];

fn answer(text: &str) -> bool {
    match Delivery::read(
        Raw { status: 200, body: text.into(), ..Raw::default() },
        &Scrub::default(),
    ) {
        Delivery::Answered(_) => true,
        Delivery::Maybe(cause) | Delivery::Never(cause) => {
            assert_eq!(cause.kind, CauseKind::NotJson, "{text:?}");
            false
        }
    }
}

/// A text of one line as a value in a row.
fn row(text: &str) -> Option<bool> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    let line = format!("{{\"value\": {text}}}\n");
    let mut lines = JsonLines::new(line.as_bytes(), "suite.jsonl".to_owned());
    Some(lines.next_row().unwrap().unwrap().values.is_ok())
}

/// The same in a file of inputs.
fn inputs(text: &str) -> bool {
    let text = format!("{{\"value\": {text}\n}}");
    InputsFile::read_json(&Source::new("suite.json", text)).is_ok()
}

#[test]
#[ignore = "needs the suite: .ci/suites"]
fn json_test_suite_is_accepted_and_refused_as_it_says() {
    let suite = suite("json-test-suite");
    let (mut wrong, mut accepted, mut refused) = (Vec::new(), 0, 0);
    for case in suite.as_array().unwrap() {
        let (name, text) = (case["name"].as_str().unwrap(), case["input"].as_str().unwrap());
        let read =
            [("answer", Some(answer(text))), ("row", row(text)), ("inputs", Some(inputs(text)))];
        let wanted = match case.get("error") {
            Some(Value::Bool(error)) => !error,
            // either will do, as long as nothing breaks
            _ => continue,
        };
        let ours = REFUSED.iter().any(|(refused, _)| name.starts_with(&format!("{refused}.")));
        for (door, read) in read {
            let Some(read) = read else { continue };
            if read != (wanted && (door == "answer" || !ours)) {
                wrong.push(format!("{name}: {door}: {read}: {text:?}"));
            }
            if read { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(accepted > 250 && refused > 500, "{accepted} accepted, {refused} refused only");
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong.join("\n"));
}
