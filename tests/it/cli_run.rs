//! A run from the outside: what it prints, what it sends, and when.

use crate::support::Place;
use crate::support::served::Served;
use jiff::Timestamp;
use serde_json::{Value, json};

const AT_ONCE: &str = "231770000001";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_run_on_the_embedded_sandbox_prints_one_object() {
    let place = Place::new();
    let told = place.collect(AT_ONCE, &["--sandbox"]);
    let run = told.exits(0).json();
    let names = [
        "run_id",
        "flow",
        "key",
        "status",
        "exit_code",
        "outputs",
        "steps",
        "payments",
        "left_open",
        "error",
    ];
    assert_eq!(keys(&run), names);
    assert_eq!(run["flow"], "collect");
    assert_eq!(run["status"], "succeeded");
    assert_eq!(run["exit_code"], 0);
    assert_eq!((&run["key"], &run["error"]), (&Value::Null, &Value::Null));
    assert_eq!(run["outputs"]["status"], "COMPLETED");
    let steps = run["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 11);
    for step in steps {
        assert_eq!(keys(step), ["id", "uses", "status", "attempts", "duration_ms", "outputs"]);
        assert_eq!((&step["status"], &step["attempts"]), (&json!("succeeded"), &json!(1)));
    }
    // phones are masked where people and programs look, unless they ask for them
    assert!(!told.stdout.contains(AT_ONCE) && !told.stderr.contains(AT_ONCE));
    let told = place.collect(AT_ONCE, &["--sandbox", "--show-pii"]);
    assert!(told.exits(0).stdout.contains(AT_ONCE));
}

#[test]
fn text_is_for_people_and_results_alone_go_to_stdout() {
    let place = Place::new();
    let flow = crate::support::collect_flow();
    let flow = flow.to_str().unwrap();
    let told =
        place.tell(["run", flow, "--sandbox", "-i", "fullname=Jane", "-i", "phone=231770000001"]);
    told.exits(0).says("succeeded").says("250.00 USD");
    assert!(!told.stdout.contains('\u{1b}') && !told.stderr.contains('\u{1b}'), "{told:?}");
    assert!(told.stderr.contains("execute"), "progress belongs on stderr: {told:?}");
    let quiet = place.tell([
        "run",
        flow,
        "--sandbox",
        "-q",
        "--output",
        "json",
        "-i",
        "fullname=Jane",
        "-i",
        "phone=231770000001",
    ]);
    quiet.exits(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn a_run_on_a_server_asks_once_for_a_token_and_once_for_the_money() {
    let served = Served::new();
    let place = Place::at(&served.url);
    // the usual path: pending, processing, completed
    let run = place.collect("231771234567", &[]);
    let run = run.exits(0).json();
    let state = served.state();
    assert_eq!(state["calls"]["token"]["requests"], 1);
    assert_eq!(state["calls"]["execute_collection"]["requests"], 1);
    let executions = state["executions"].as_array().unwrap();
    assert_eq!(executions.len(), 1);
    assert_eq!(executions[0]["reference_id"], run["outputs"]["reference_id"]);
    assert_eq!(executions[0]["status"], "COMPLETED");
    assert_eq!(executions[0]["payee_amount"].to_string(), "250.00");
    let version = executions[0]["reference_id"].as_str().unwrap().chars().nth(14);
    assert_eq!(version, Some('4'));

    let asked: Vec<Timestamp> = state["requests"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| {
            let path = line["path"].as_str().unwrap();
            path.starts_with("/v1/status/") || path.starts_with("/v1/executions/")
        })
        .map(|line| line["at"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(asked.len() >= 3, "{asked:?}");
    for pair in asked.windows(2) {
        assert!(pair[1].duration_since(pair[0]).as_millis() >= 1000, "{asked:?}");
    }
    let charges = &served.audit()["charges"];
    assert_eq!((&charges[0]["completed"], charges.as_array().unwrap().len()), (&json!(1), 1));
}

#[test]
fn the_environment_names_a_server_but_the_command_line_decides() {
    let (named, given) = (Served::new(), Served::new());
    let place = Place::at(&named.url);
    place.collect(AT_ONCE, &["--sandbox"]).exits(0);
    place.collect(AT_ONCE, &["--base-url", &given.url]).exits(0);
    assert_eq!((named.calls("token"), given.calls("execute_collection")), (0, 1));
    place.collect(AT_ONCE, &["--sandbox", "--base-url", &given.url]).exits(2);
    place.collect(AT_ONCE, &[]).exits(0);
    assert_eq!((named.calls("execute_collection"), given.calls("execute_collection")), (1, 1));
}

#[test]
fn a_run_goes_on_where_it_began() {
    let (first, other) = (Served::new(), Served::new());
    let place = Place::at(&first.url);
    place.file("short.yaml", &crate::support::collect_with("timeout: 10m", "timeout: 1s"));
    let args = ["run", "short.yaml", "--output", "json", "-i", "fullname=Jane", "-i"];
    let told = place.tell(args.iter().copied().chain(["phone=231770000003"]));
    let reference = first.executions()[0]["reference_id"].as_str().unwrap().to_owned();
    first.settle(&reference, "COMPLETED");
    let mut resume = place.command(["resume", &told.exits(3).run_id(), "--output", "json"]);
    // whatever the environment says by then
    let resumed = crate::support::finish(resume.env("DOLLR_BASE_URL", &other.url));
    assert_eq!(resumed.exits(0).json()["outputs"]["reference_id"], reference.as_str());
    assert_eq!(other.state()["requests"].as_array().unwrap().len(), 0);
}
