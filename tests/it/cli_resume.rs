//! `resume --all`: every run that is not final, side by side, each told in its place; and waits that nobody sits out.

use std::process::Child;
use std::time::Duration;

use serde_json::Value;

use crate::support::served::Served;
use crate::support::{Place, Told, collect_with, ended, finish, signal, start, until};

/// A payment that stays PROCESSING until somebody settles it.
const STUCK: &str = "phone=231770000003";

/// Runs that gave up waiting for their payments, oldest first. They wait `timeout` again when they are taken up.
fn stuck(place: &Place, runs: usize, timeout: &str) -> Vec<String> {
    let timeout = format!("timeout: {timeout}");
    place.file("stuck.yaml", &collect_with("timeout: 10m", &timeout));
    let start_one = |n: usize| {
        let name = format!("fullname=Payer {n}");
        let args = ["run", "stuck.yaml", "--output", "json", "-i", &name, "-i", STUCK];
        start(&mut place.command(args))
    };
    let children: Vec<Child> = (0..runs).map(start_one).collect();
    for child in children {
        ended(child).exits(3);
    }
    let mut list: Vec<String> = place
        .tell(["runs", "list", "--output", "json"])
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(id)
        .collect();
    list.reverse();
    list
}

fn id(run: &Value) -> String {
    run["run_id"].as_str().unwrap().to_owned()
}

fn resume_all(place: &Place, more: &[&str]) -> Told {
    let args = ["resume", "--all", "--output", "json"];
    finish(&mut place.command(args.iter().chain(more)))
}

/// A flow of one wait.
fn waiting(place: &Place, length: &str) -> String {
    let text =
        format!("version: 1\nname: nap\nsteps:\n  - uses: wait\n    with: {{ for: {length} }}\n");
    place.file("nap.yaml", &text).display().to_string()
}

#[test]
fn payments_in_processing_are_asked_about_side_by_side() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let runs = stuck(&place, 5, "4s");
    for execution in &served.executions()[3..] {
        served.settle(execution["reference_id"].as_str().unwrap(), "COMPLETED");
    }
    let told = resume_all(&place, &[]);
    let list = told.exits(3).json();
    let list = list.as_array().unwrap();
    assert_eq!(list.iter().map(id).collect::<Vec<_>>(), runs, "oldest first, whoever ended first");
    let with = |status: &str| list.iter().filter(|run| run["status"] == status).count();
    assert_eq!((with("succeeded"), with("paused")), (2, 3));
    let took = told.took;
    assert!(took < Duration::from_secs(11), "one after the other: {took:?}");
    assert_eq!(served.calls("execute_collection"), 5);
    // people get the same, and a line of what it came to
    let text = place.tell(["resume", "--all"]);
    text.exits(3).says("3 runs: 3 paused; nothing moved, 750.00 USD not final");
    served.audit();
}

#[test]
fn a_long_wait_is_not_sat_out_where_nobody_looks_on() {
    let place = Place::new();
    let flow = waiting(&place, "90s");
    let told = place.tell(["run", "--sandbox", "--output", "json", &flow]);
    let run = told.exits(3).json();
    assert!(told.took < Duration::from_secs(20), "{:?}", told.took);
    assert_eq!((&run["status"], &run["error"]["kind"]), (&"paused".into(), &"not_final".into()));
    let due: jiff::Timestamp = run["error"]["due"].as_str().unwrap().parse().unwrap();
    let left = due.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((60..=90).contains(&left), "{left}");
    let run = id(&run);
    told.says(&format!("dollr-flow resume {run}"));
    // whoever takes it up early leaves it with the same moment
    let again = place.tell(["resume", &run, "--output", "json"]).exits(3).json();
    assert_eq!(again["error"]["due"], due.to_string());
    let all = resume_all(&place, &[]).exits(3).json();
    assert_eq!(all[0]["error"]["due"], due.to_string());
    // what is short is waited for
    let flow = waiting(&place, "2s");
    place.tell(["run", "--sandbox", &flow]).exits(0);
}

#[test]
fn what_waits_for_a_person_or_is_held_elsewhere_holds_nobody_up() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let asks = "version: 1\nname: asks\nsteps:\n  - uses: approve\n    with: { message: Pay? }\n";
    place.file("asks.yaml", asks);
    let asking = place.tell(["run", "asks.yaml", "--output", "json"]).exits(3).run_id();
    let flow = waiting(&place, "50s");
    let holder = start(&mut place.command(["run", &flow]));
    until("the wait to begin", || place.tell(["runs", "list"]).stdout.contains("running"));
    let stuck = stuck(&place, 1, "1s").pop().unwrap();
    let execution = served.executions()[0].clone();
    served.settle(execution["reference_id"].as_str().unwrap(), "COMPLETED");
    let list = resume_all(&place, &[]).exits(3).json();
    let kinds: Vec<&Value> =
        list.as_array().unwrap().iter().map(|run| &run["error"]["kind"]).collect();
    assert_eq!(kinds, [&Value::from("approval"), &"held".into(), &Value::Null], "{list:#}");
    assert_eq!((id(&list[0]), id(&list[2])), (asking, stuck));
    let why = list[1]["error"]["message"].as_str().unwrap();
    assert!(why.contains(&format!("process {} on", holder.id())), "{why}");
    signal(holder.id(), "INT");
    ended(holder).exits(130);
}

#[test]
fn told_to_stop_it_pauses_every_run() {
    let served = Served::new();
    let place = Place::at(&served.url);
    stuck(&place, 3, "1s");
    place.file("stuck.yaml", "");
    // with a limit of one, two of them wait for their turn
    let asked = served.calls("collection_status");
    let child = start(&mut place.command([
        "resume",
        "--all",
        "--output",
        "json",
        "--concurrency",
        "1",
        "--rate",
        "1/s",
    ]));
    until("the first question", || served.calls("collection_status") > asked);
    signal(child.id(), "INT");
    let list = ended(child).exits(130).json();
    assert_eq!(list.as_array().unwrap().len(), 3, "{list:#}");
    let rows = place.tell(["runs", "list", "--output", "json"]).json();
    assert!(rows.as_array().unwrap().iter().all(|run| run["status"] == "paused"), "{rows:#}");
    assert_eq!(resume_all(&place, &[]).exits(3).json().as_array().unwrap().len(), 3);
    served.audit();
}

/// Real money asks once for all runs; those for which nobody says yes stay, and the others go on.
#[test]
fn the_live_api_needs_one_word_for_all_runs() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let url = "https://dollr.invalid";
    for _ in 0..2 {
        let child = start(&mut place.collecting("231770000001", &["--yes", "--base-url", url]));
        until("it to begin", || place.tell(["runs", "list"]).stdout.contains("running"));
        signal(child.id(), "TERM");
        drop(ended(child));
    }
    let own = stuck(&place, 1, "1s").pop().unwrap();
    let reference = served.executions()[0]["reference_id"].as_str().unwrap().to_owned();
    served.settle(&reference, "COMPLETED");
    let told = resume_all(&place, &[]);
    let list = told.exits(2).json();
    let codes: Vec<&Value> = list.as_array().unwrap().iter().map(|run| &run["exit_code"]).collect();
    assert_eq!(codes, [2, 2, 0], "{list:#}");
    assert_eq!(id(&list[2]), own);
    told.says("2 runs of `collect` at https://dollr.invalid").says("--yes");
}

/// A run, and the rows of a batch, whose process was killed: no file says so, their locks do.
#[test]
fn a_run_whose_process_is_gone_is_cut_off() {
    let place = Place::new();
    let flow = waiting(&place, "50s");
    place.file("rows.jsonl", "{}\n");
    let list = |more: &[&str]| {
        let args = ["runs", "list", "--output", "json"];
        place.tell(args.iter().chain(more)).exits(0).json().as_array().unwrap().clone()
    };
    let one = start(&mut place.command(["run", "--sandbox", &flow]));
    until("the run to begin", || list(&["--status", "running"]).len() == 1);
    let batch = ["batch", &flow, "--base-url", "http://127.0.0.1:9", "--data", "rows.jsonl"];
    let mut batch = place.command(batch);
    batch.env("DOLLR_CLIENT_ID", "a").env("DOLLR_CLIENT_SECRET", "b");
    let many = start(&mut batch);
    until("the batch to begin", || list(&["--status", "running"]).len() == 2);
    assert_eq!(list(&["--status", "cut-off"]).len(), 0);
    let run = id(&list(&["--limit", "0"])[1]);
    let carried_out = format!("carried out by process {} on", one.id());
    place.tell(["runs", "show", &run]).exits(0).says("nap running").says(&carried_out);
    for child in [one, many] {
        signal(child.id(), "KILL");
        assert_eq!(ended(child).code, None);
    }

    assert_eq!(list(&["--status", "running"]).len(), 0);
    for word in ["cut-off", "cut off"] {
        let rows = list(&["--status", word, "--limit", "2"]);
        assert_eq!(rows.iter().filter(|row| row["status"] == "cut off").count(), 2, "{rows:#?}");
    }
    assert_eq!(list(&["--status", "cut-off", "--limit", "1"]).len(), 1);
    let resume = format!("dollr-flow resume {run}");
    assert_eq!(list(&[])[1]["next"], resume);
    place.tell(["runs", "list"]).exits(0).says("cut off").says("resume --all");
    place.tell(["runs", "show", &run]).exits(0).says("nap cut off").says(&resume);
    let shown = place.tell(["runs", "show", &run, "--output", "json"]);
    assert_eq!(shown.exits(0).json()["status"], "cut off");
    let exported = place.tell(["runs", "export", &run]).exits(0).json();
    assert_eq!(exported["status"], "cut off");
    let db = rusqlite::Connection::open(place.journal()).unwrap();
    let sql = "SELECT status, next FROM runs WHERE run_id = ?1";
    let view: (String, String) =
        db.query_row(sql, [&run], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(view, ("running".to_owned(), format!("dollr-flow runs show {run}")));

    let child = start(&mut place.command(["resume", &run]));
    until("it to go on", || list(&["--status", "running"]).len() == 1);
    signal(child.id(), "INT");
    ended(child).exits(130);
}
