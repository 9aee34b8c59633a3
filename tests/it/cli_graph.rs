//! A flow whose steps say what they need: what needs nothing of the other is under way together.

use crate::support::served::Served;
use crate::support::{Place, Told};
use serde_json::Value;

fn run(place: &Place, more: &[&str]) -> Told {
    let flow = format!("{}/tests/flows/graph.yaml", env!("CARGO_MANIFEST_DIR"));
    let args = ["run", "--output", "json", &flow, "-i", "one=231770000001"];
    place.tell(args.iter().chain(more))
}

/// A run's events: their names, steps and purposes, in order.
fn events(place: &Place, run: &str) -> Vec<(String, String)> {
    let told = place.tell(["runs", "events", run]);
    let line = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&event["event"]), text(&event["data"]["step"]))
    };
    told.exits(0).stdout.lines().map(line).collect()
}

fn place_of(events: &[(String, String)], event: &str, step: &str) -> usize {
    let found = events.iter().position(|(name, at)| name == event && at == step);
    found.unwrap_or_else(|| panic!("no {event} of {step} in {events:?}"))
}

#[test]
fn independent_steps_are_under_way_together_and_each_is_written_ahead() {
    let served =
        Served::with("faults:\n  - { action: delay, ms: 400, operation: execute_collection }\n");
    let place = Place::at(&served.url);
    let told = run(&place, &["-i", "two=231770000001"]);
    let json = told.exits(0).json();
    assert_ne!(json["outputs"]["ann"], json["outputs"]["ben"]);
    let events = events(&place, &told.run_id());
    let steps = ["bill_ann/execute", "bill_ben/execute"];
    let last_intent =
        steps.map(|step| place_of(&events, "RequestIntended", step)).into_iter().max();
    let first_reply = steps.map(|step| place_of(&events, "ReplyObserved", step)).into_iter().min();
    assert!(last_intent < first_reply, "{events:?}");
    assert_eq!(served.executions().len(), 2);
    served.audit();
}

#[test]
fn a_branch_that_fails_does_not_abandon_a_payment_beside_it() {
    let served = Served::with(
        "faults:\n  - { action: delay, ms: 1500, operation: execute_collection, nth: 1 }\n",
    );
    let place = Place::at(&served.url);
    // one of the two is declined at once while the other's answer is still on its way
    let told = run(&place, &["-i", "two=231770000006"]);
    let json = told.exits(1).json();
    let steps = json["steps"].as_array().unwrap();
    let status = |id: &str| {
        let step = steps.iter().find(|step| step["id"] == id);
        step.unwrap_or_else(|| panic!("{json:#}"))["status"].clone()
    };
    assert_eq!(status("bill_ben/execute"), "failed", "{json:#}");
    assert_eq!(status("bill_ann/execute"), "succeeded", "{json:#}");
    let executions = served.executions();
    assert_eq!(executions.len(), 2);
    served.audit();
}

#[test]
fn a_limit_counts_what_is_under_way_beside_it() {
    let served =
        Served::with("faults:\n  - { action: delay, ms: 400, operation: execute_collection }\n");
    let place = Place::at(&served.url);
    let told = run(&place, &["-i", "two=231770000001", "--max-total", "99.00 USD"]);
    told.exits(1).says("would cross the limit of 99.00 USD");
    assert_eq!(served.executions().len(), 1, "only one of the two fits");
    served.audit();
}
