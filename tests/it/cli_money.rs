//! Executions that go wrong on the way, against a sandbox process: one charge, and the run knows of it.

use std::thread;

use crate::support::Place;
use crate::support::served::Served;
use serde_json::json;

/// Runs a flow for a phone with a trigger and expects success, with exactly one charge.
fn one_charge(trigger: &str, settings: &str) -> (Served, Place) {
    let served = Served::with(settings);
    let place = Place::at(&served.url);
    let told = place.collect(&format!("2317700000{trigger}"), &[]);
    let run = told.exits(0).json();
    let audit = served.audit();
    let charges = audit["charges"].as_array().unwrap();
    assert_eq!(charges.len(), 1, "{trigger}: {audit:#}");
    assert_eq!(charges[0]["completed"], 1, "{trigger}: {audit:#}");
    assert_eq!(charges[0]["collected"].to_string(), "250.00");
    assert_eq!(audit["repeats"], json!([]), "{trigger}: {audit:#}");
    let attempts = audit["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 1, "one reference per intent: {trigger}: {audit:#}");
    assert_eq!(attempts[0]["reference_id"], run["outputs"]["reference_id"]);
    (served, place)
}

/// All at once, since each waits for a clock of its own.
fn all(triggers: &'static [&'static str], settings: &'static str) {
    thread::scope(|scope| {
        let threads: Vec<_> = triggers
            .iter()
            .map(|trigger| (trigger, scope.spawn(move || drop(one_charge(trigger, settings)))))
            .collect();
        for (trigger, thread) in threads {
            assert!(thread.join().is_ok(), "trigger {trigger}");
        }
    });
}

#[test]
fn a_lost_or_refused_execution_is_one_charge() {
    all(&["11", "12", "13", "14", "15", "16", "22", "24"], "");
}

#[test]
fn a_server_that_refuses_repetitions_changes_nothing() {
    all(&["11", "12", "13", "14", "15", "16", "22", "24"], "dedup: refuse\n");
}

#[test]
fn status_that_lags_behind_changes_nothing() {
    all(&["00", "01", "11", "20", "21"], "late_visibility: 2\n");
}

#[test]
fn a_poll_that_runs_out_of_time_pauses_and_resume_goes_on() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("short.yaml", &crate::support::collect_with("timeout: 10m", "timeout: 3s"));
    let mut args = vec!["run", "short.yaml", "--output", "json"];
    args.extend(["-i", "fullname=Jane", "-i", "phone=231770000003"]);
    let told = place.tell(args);
    let run = told.exits(3).json();
    assert_eq!((&run["status"], &run["exit_code"]), (&json!("paused"), &json!(3)));
    let id = told.run_id();
    assert!(run["error"]["help"].as_str().unwrap().contains(&id), "{run:#}");
    let reference = served.executions()[0]["reference_id"].as_str().unwrap().to_owned();
    assert_eq!(run["error"]["reference_id"], reference.as_str(), "{run:#}");
    // still stuck: still paused
    place.tell(["resume", &id, "--output", "json"]).exits(3);
    served.settle(&reference, "COMPLETED");
    let resumed = place.tell(["resume", &id, "--output", "json"]);
    assert_eq!(resumed.exits(0).json()["outputs"]["reference_id"], reference.as_str());
    assert_eq!(served.calls("execute_collection"), 1);
    served.audit();
    // it has ended: resume prints the result and asks nobody
    let before = served.state()["requests"].as_array().unwrap().len();
    place.tell(["resume", &id, "--output", "json"]).exits(0);
    assert_eq!(served.state()["requests"].as_array().unwrap().len(), before);
}

#[test]
fn an_execution_that_fails_later_fails_the_run() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("short.yaml", &crate::support::collect_with("timeout: 10m", "timeout: 1s"));
    let args =
        ["run", "short.yaml", "--output", "json", "-i", "fullname=J", "-i", "phone=231770000003"];
    let id = place.tell(args).exits(3).run_id();
    let reference = served.executions()[0]["reference_id"].as_str().unwrap().to_owned();
    served.settle(&reference, "FAILED");
    let told = place.tell(["resume", "--all", "--output", "json"]);
    told.exits(1);
    place.tell(["runs", "show", &id]).exits(0).says("failed");
    assert_eq!(served.audit()["charges"][0]["completed"], 0);
}

#[test]
fn a_limit_stops_the_run_before_the_money_moves() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let told = place.collect("231770000001", &["--max-total", "249.99 USD"]);
    told.exits(1).says("249.99 USD");
    assert_eq!(served.calls("execute_collection"), 0);
    place.collect("231770000001", &["--max-total", "250.00 USD"]).exits(0);
    place.collect("231770000001", &["--max-total", "lots"]).exits(2);
}

#[test]
fn the_live_api_needs_a_word_of_consent() {
    let place = Place::new().with_credentials("id", "secret");
    let told = place.collect("231771234567", &["--base-url", "https://api.heydollr.invalid"]);
    told.exits(2).says("--yes");
    assert!(!place.journal().exists());
    let plain =
        place.collect("231771234567", &["--base-url", "http://api.heydollr.invalid", "--yes"]);
    plain.exits(2).says("https");
}

/// Whatever keeps the runner from asking, the payment is under way: nobody may be told that it failed.
#[test]
fn a_question_that_is_refused_does_not_fail_the_payment() {
    let refused = "{ action: 500-before, operation: collection_status, status: 403 }";
    let no_token = "{ action: 401, operation: collection_status }\n  \
                    - { action: 500-before, operation: token, nth: 2, status: 401 }";
    let twice = "{ action: 401, operation: collection_status, times: 2 }";
    thread::scope(|scope| {
        for fault in [refused, no_token, twice] {
            scope.spawn(move || {
                let served = Served::with(&format!("faults:\n  - {fault}\n"));
                let place = Place::at(&served.url);
                let told = place.collect("231771234567", &["--key", "once"]);
                let run = told.exits(3).json();
                assert_eq!(run["status"], "paused", "{fault}: {run:#}");
                assert_eq!(run["error"]["step"], "poll", "{fault}: {run:#}");
                told.says(&format!("dollr-flow resume {}", told.run_id()));
                place.collect("231771234567", &["--key", "once"]).exits(0);
                assert_eq!(served.calls("execute_collection"), 1, "{fault}");
                assert_eq!(served.audit()["charges"][0]["completed"], 1);
            });
        }
    });
}
