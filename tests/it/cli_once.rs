//! One run once: the same key, two processes at a time, and being told to stop.

use std::thread;
use std::time::Duration;

use crate::support::served::Served;
use crate::support::{Place, Told, ended, finish, signal, start, until};
use serde_json::json;

const AT_ONCE: &str = "231770000001";
const STUCK: &str = "231770000003";
const SLOW: &str = "231770000002";

fn requests(served: &Served) -> usize {
    served.state()["requests"].as_array().unwrap().len()
}

#[test]
fn the_same_key_is_the_same_run() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let first = place.collect(AT_ONCE, &["--key", "INV-7"]);
    let mut run = first.exits(0).json();
    assert_eq!(run["key"], "INV-7");
    let before = requests(&served);
    let again = place.collect(AT_ONCE, &["--key", "INV-7"]);
    run["payments"][0]["moved_before"] = true.into();
    assert_eq!(again.exits(0).json(), run, "its result is printed once more");
    assert_eq!(requests(&served), before, "nothing is sent the second time");
    // another key, and another flow with the same key, are other runs
    assert_ne!(place.collect(AT_ONCE, &["--key", "INV-8"]).exits(0).run_id(), first.run_id());
    place.file("other.yaml", &crate::support::collect_with("name: collect", "name: other"));
    let args =
        ["run", "other.yaml", "--key", "INV-7", "--output", "json", "-i", "fullname=J", "-i"];
    let other = place.tell(args.iter().copied().chain(["phone=231770000001"]));
    assert_ne!(other.exits(0).run_id(), first.run_id());
    assert_eq!(served.calls("execute_collection"), 3);
    served.audit();
}

#[test]
fn a_run_that_failed_keeps_its_key() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let first = place.collect("231770000006", &["--key", "INV-7"]);
    first.exits(1);
    let before = requests(&served);
    let again = place.collect("231770000006", &["--key", "INV-7"]);
    assert_eq!(again.exits(1).run_id(), first.run_id());
    assert_eq!(requests(&served), before);
}

/// Of two processes, the ones that carried the run out and the ones that were turned away.
fn split(told: Vec<Told>) -> (Vec<Told>, Vec<Told>) {
    let (done, away): (Vec<Told>, Vec<Told>) =
        told.into_iter().partition(|told| told.code == Some(0));
    for other in &away {
        other.exits(3).says("process ");
    }
    (done, away)
}

#[test]
fn two_processes_with_one_key_are_one_run() {
    for round in 0..4 {
        let served = Served::new();
        let place = Place::at(&served.url);
        if round > 1 {
            // the journal is there already, so that they meet later
            place.collect(AT_ONCE, &["--key", "earlier"]).exits(0);
        }
        let before = served.calls("execute_collection");
        let children: Vec<_> = (0..3)
            .map(|_| start(&mut place.collecting("231771234567", &["--key", "same"])))
            .collect();
        let (done, away) = split(children.into_iter().map(ended).collect());
        assert!(!done.is_empty(), "{away:#?}");
        assert_eq!(served.calls("execute_collection") - before, 1, "round {round}");
        assert!(done.iter().all(|told| told.run_id() == done[0].run_id()));
        served.audit();
    }
}

#[test]
fn two_resumes_at_once_are_one() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("short.yaml", &crate::support::collect_with("timeout: 10m", "timeout: 1s"));
    let args = ["run", "short.yaml", "--output", "json", "-i", "fullname=Jane", "-i"];
    let paused = place.tell(args.iter().copied().chain([format!("phone={SLOW}").as_str()]));
    let id = paused.exits(3).run_id();
    let resume = || start(&mut place.command(["resume", &id, "--output", "json"]));
    let children = [resume(), resume(), resume()];
    let told: Vec<Told> = children.into_iter().map(ended).collect();
    for one in &told {
        one.exits(3);
    }
    let held: Vec<&Told> = told.iter().filter(|one| one.stderr.contains("process ")).collect();
    assert!(!held.is_empty(), "somebody was turned away: {told:#?}");
    assert_eq!(served.calls("execute_collection"), 1);
    assert_eq!(served.executions().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_signal_pauses_the_run_and_resume_ends_it() {
    thread::scope(|scope| {
        for name in ["INT", "TERM"] {
            scope.spawn(move || {
                let served = Served::new();
                let place = Place::at(&served.url);
                let child = start(&mut place.collecting(STUCK, &[]));
                until("a status question", || served.calls("collection_status") >= 1);
                signal(child.id(), name);
                let told = ended(child);
                let run = told.exits(130).json();
                assert!(told.took < Duration::from_secs(5), "{name}: {:?}", told.took);
                assert_eq!((&run["status"], &run["exit_code"]), (&json!("paused"), &json!(130)));
                let id = told.run_id();
                told.says(&format!("dollr-flow resume {id}"));
                let reference = served.executions()[0]["reference_id"].as_str().unwrap().to_owned();
                served.settle(&reference, "COMPLETED");
                place.tell(["resume", &id, "--output", "json"]).exits(0);
                assert_eq!(served.calls("execute_collection"), 1);
                served.audit();
            });
        }
    });
}

#[cfg(unix)]
#[test]
fn a_signal_lets_the_request_in_hand_be_answered() {
    let served =
        Served::with("faults:\n  - { action: delay, operation: execute_collection, ms: 1500 }\n");
    let place = Place::at(&served.url);
    let child = start(&mut place.collecting(AT_ONCE, &[]));
    until("the execution", || served.calls("execute_collection") >= 1);
    signal(child.id(), "INT");
    let told = ended(child);
    let run = told.exits(130).json();
    let execute = run["steps"].as_array().unwrap().iter().find(|step| step["id"] == "execute");
    assert_eq!(execute.unwrap()["status"], "succeeded", "its answer was written down: {run:#}");
    place.tell(["resume", &told.run_id(), "--output", "json"]).exits(0);
    assert_eq!(served.calls("execute_collection"), 1);
}

#[cfg(unix)]
#[test]
fn a_signal_while_the_sandbox_is_embedded_keeps_its_books() {
    let place = Place::new();
    let child = start(&mut place.collecting("231771234567", &["--sandbox"]));
    // the run has begun once the journal has its row
    until("an execution", || {
        let told = place.tell(["runs", "list", "--output", "json"]);
        let told = told.json().to_string();
        told.contains("running") && {
            let bytes = place.journal_bytes();
            bytes.windows(11).any(|window| window == b"collection/")
        }
    });
    signal(child.id(), "TERM");
    let told = ended(child);
    told.exits(130);
    finish(&mut place.command(["resume", "--all"])).exits(0);
    finish(&mut place.command(["resume", "--all"])).exits(0).says("nothing to resume");
}

#[test]
fn a_rehearsal_on_the_sandbox_is_no_payment_under_the_same_key() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.collect("231770000001", &["--sandbox", "--key", "k1"]).exits(0);
    let told = place.collect("231770000001", &["--key", "k1"]);
    told.exits(2).says("take another key");
    let told =
        place.collect("231770000001", &["--sandbox", "--key", "k1", "-i", "fullname=John Roe"]);
    told.exits(0).says("started with another fullname");
}
