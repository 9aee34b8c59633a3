//! What waits for time or for people: durable waits, a person's yes or no, and a payer who confirms a card.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::served::Served;
use crate::support::{Place, Told, ended, http, signal, start, until};
use serde_json::{Value, json};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A run that stops at its question.
fn asking(place: &Place) -> Told {
    let flow = fixture("tests/flows/people.yaml");
    let told = place.tell(["run", "--sandbox", "--output", "json", flow.to_str().unwrap()]);
    let run = told.exits(3).json();
    assert_eq!(run["status"], "paused");
    assert_eq!(run["error"]["kind"], "approval");
    assert_eq!(run["error"]["step"], "approve");
    assert_eq!(run["error"]["message"], "Pay 40.00 now?");
    told
}

fn resume(place: &Place, run: &str, more: &[&str]) -> Told {
    let mut args = vec!["resume", run, "--output", "json"];
    args.extend(more);
    place.tell(args)
}

#[test]
fn a_yes_lets_the_run_go_on_and_is_kept() {
    let place = Place::new();
    let run = asking(&place).run_id();
    // nobody is there: it asks again
    resume(&place, &run, &[]).exits(3);
    resume(&place, &run, &["--approve", "wait"])
        .exits(2)
        .says("it is the step `approve` that asks");
    let mut command = place.command(["resume", &run, "--output", "json", "--approve", "approve"]);
    let told = ended(start(command.env("USER", "ann")));
    let result = told.exits(0).json();
    assert_eq!(result["steps"][1]["outputs"], json!({ "approved": true, "by": "ann" }));
    resume(&place, &run, &["--approve", "approve"]).exits(2).says("asks nothing now");
    place.tell(["runs", "show", &run]).exits(0).says("ann approved it");
}

#[test]
fn a_no_fails_the_run() {
    let place = Place::new();
    let run = asking(&place).run_id();
    let told = resume(&place, &run, &["--reject", "approve"]);
    let result = told.exits(1).json();
    assert_eq!(result["status"], "failed");
    assert_eq!(result["error"]["kind"], "refused");
    assert_eq!(result["steps"][3]["status"], "pending");
    resume(&place, &run, &[]).exits(1);
}

#[test]
fn a_wait_ends_at_the_same_moment_whatever_happens_to_the_process() {
    let place = Place::new();
    let flow = place.file(
        "wait.yaml",
        "version: 1\nname: wait\nsteps:\n  - uses: wait\n    with: { for: 3s }\n",
    );
    let began = Instant::now();
    let child = start(&mut place.command(["run", "--sandbox", flow.to_str().unwrap()]));
    until("the wait to begin", || place.tell(["runs", "list"]).stdout.contains("running"));
    thread::sleep(Duration::from_millis(700));
    signal(child.id(), "KILL");
    assert_eq!(ended(child).code, None);
    let listed = place.tell(["runs", "list", "--output", "json"]).json();
    let run = listed[0]["run_id"].as_str().unwrap().to_owned();
    resume(&place, &run, &[]).exits(0);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(3) && took < Duration::from_millis(3_600), "{took:?}");
}

/// A terminal that closes, or a connection that breaks, says SIGHUP, and says it more than once.
#[cfg(unix)]
#[test]
fn a_terminal_that_closes_pauses_the_run() {
    let place = Place::new();
    let flow = place.file(
        "wait.yaml",
        "version: 1\nname: wait\nsteps:\n  - uses: wait\n    with: { for: 50s }\n",
    );
    let child = start(&mut place.command(["run", "--sandbox", flow.to_str().unwrap()]));
    until("the wait to begin", || place.tell(["runs", "list"]).stdout.contains("running"));
    signal(child.id(), "HUP");
    signal(child.id(), "HUP");
    ended(child).exits(130).says("told to stop");
    let listed = place.tell(["runs", "list", "--output", "json"]).json();
    assert_eq!(listed[0]["status"], "paused");
}

/// The card recipe, for an amount at which the payer's bank asks.
fn challenged(served: &Served, amount: &str) -> (Place, Value) {
    let place = Place::at(&served.url);
    let items = format!("items=[{{\"name\": \"Seat\", \"qty\": 1, \"amount\": {amount}}}]");
    let flow = fixture("flows/collect-card.yaml");
    let told = place.tell([
        "run",
        "--output",
        "json",
        "-i",
        "fullname=Jane Doe",
        "-i",
        "phone=231771234567",
        "-i",
        "payment_method_id=pm_sbx_visa",
        "-i",
        &items,
        flow.to_str().unwrap(),
    ]);
    let run = told.exits(3).json();
    assert_eq!(run["error"]["kind"], "requires_action");
    told.says("3-D Secure");
    (place, run)
}

/// The payer passes the bank's question.
fn confirm(served: &Served) {
    let execution = served.executions()[0].clone();
    let secret = execution["client_secret"].as_str().unwrap_or_else(|| panic!("{execution:#}"));
    http::post(&served.url, &format!("/_sandbox/cards/{secret}/confirm"), &json!({}));
}

#[test]
fn a_card_that_has_to_be_confirmed_pauses_the_run_until_it_is() {
    let served = Served::new();
    let (place, run) = challenged(&served, "777.30");
    let id = run["run_id"].as_str().unwrap();
    assert_eq!(run["error"]["reference_id"], served.executions()[0]["reference_id"]);
    let secret = served.executions()[0]["client_secret"].as_str().unwrap().to_owned();
    // not confirmed yet: it says so again, and nothing is sent twice
    resume(&place, id, &[]).exits(3);
    confirm(&served);
    let done = resume(&place, id, &[]).exits(0).json();
    assert_eq!(done["outputs"]["status"], "COMPLETED");
    assert_eq!(served.audit()["attempts"][0]["requests"], 1);
    let kept = place.journal_bytes();
    let shown = fs::read(place.journal()).is_ok();
    assert!(shown && !contains(&kept, secret.as_bytes()), "the client_secret is in the journal");
}

#[test]
fn a_card_that_is_not_confirmed_fails() {
    let served = Served::new();
    let (place, run) = challenged(&served, "777.31");
    confirm(&served);
    let told = resume(&place, run["run_id"].as_str().unwrap(), &[]);
    assert_eq!(told.exits(1).json()["error"]["kind"], "declined");
    told.says("authentication failed");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
