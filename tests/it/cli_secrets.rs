//! Secrets are needed to go on, and for nothing else: whoever reads a run, verifies it or asks about its payments has
//! none. And no run that can't be read keeps another from anything.

use std::fs;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::served::Served;
use crate::support::{Place, Told, collect_with, finish};

/// A place with the flows of `tests/flows` that hand secrets on.
fn handing() -> Place {
    let place = Place::new();
    for name in ["handed", "handed_part", "pay_part", "known_part", "named_part"] {
        let text = fs::read_to_string(format!("tests/flows/{name}.yaml")).unwrap();
        place.file(&format!("{name}.yaml"), &text);
    }
    place
}

fn with_secrets(place: &Place, args: &[&str]) -> Told {
    let mut command = place.command(args);
    command.env("DOLLR_PASSCODE", "4820").env("DOLLR_NAME", "Nobody").env("DOLLR_DEVICE", "cron");
    finish(&mut command)
}

const HANDED: [&str; 8] =
    ["run", "--sandbox", "--output", "json", "--key", "may", "-i", "pin=4820"];

#[test]
fn a_run_that_handed_secrets_to_its_flows_is_read_without_them() {
    let place = handing();
    let ran = with_secrets(&place, &[HANDED.as_slice(), &["handed.yaml"]].concat());
    let mut told = ran.exits(0).json();
    let run = ran.run_id();
    let shown = place.tell(["runs", "show", &run, "--output", "json"]);
    assert_eq!(shown.exits(0).json(), told, "it reads back as it was told");
    place.tell(["runs", "show", &run]).exits(0).says("pay[2]/inner/poll succeeded");
    place.tell(["runs", "events", &run]).exits(0).says("pay[1]/inner/execute");
    place.tell(["runs", "verify"]).exits(0).says("1 of 1 runs are whole");
    place.tell(["runs", "export"]).exits(0).says("pay[1]/inner/execute");
    let asked = place.tell(["reconcile", "--since", "2020-01-01T00:00:00Z", "--output", "json"]);
    let executions = &asked.exits(0).json()["executions"];
    assert_eq!(executions.as_array().map(Vec::len), Some(2), "{executions:#}");
    // a second start of what is over is told the same, without a secret and without a request
    let again = place.tell([HANDED.as_slice(), &["handed.yaml"]].concat());
    let payments = told["payments"].as_array_mut().unwrap();
    payments.iter_mut().for_each(|payment| payment["moved_before"] = true.into());
    assert_eq!(again.exits(0).json(), told);
    place.tell(["resume", &run, "--output", "json"]).exits(0);
    let prune = ["runs", "prune", "--before", "2999-01-01T00:00:00Z", "--yes"];
    place.tell(prune).exits(0).says("1 run removed");
}

const TOP: &str = r#"
version: 1
name: top
secrets: { code: { env: TOP_CODE } }
steps:
  - uses: token
  - id: who
    uses: ./known_part.yaml
    with: { fullname: Jane Doe, phone: "231771234567" }
  - id: pay
    uses: ./asked.yaml
    with: { account_id: "{{ steps.who.account_id }}", code: "{{ secrets.code }}" }
outputs: { reference_id: "{{ steps.pay.reference_id }}" }
"#;

const ASKED: &str = r#"
version: 1
name: asked
inputs:
  account_id: integer
  code: { type: string, secret: true, pattern: "[0-9]{4}" }
steps:
  - uses: payout
    with: { payout_account_id: "{{ inputs.account_id }}", amount: 5.00, currency: USD }
  - id: ok
    uses: approve
    with: { message: Pay? }
  - uses: execute
    with:
      operation: payout
      session_id: "{{ steps.payout.id }}"
      payout_account_id: "{{ inputs.account_id }}"
      passcode:
        token: { code: "{{ inputs.code }}", phone: "231886000001" }
        device: { name: cron, type: SERVER, platform: LINUX, user_agent: dollr-flow, client_ip: 127.0.0.1 }
  - uses: poll
    with: { operation: payout, reference_id: "{{ steps.execute.reference_id }}" }
outputs: { reference_id: "{{ steps.execute.reference_id }}" }
"#;

#[test]
fn a_run_goes_on_with_its_secrets_and_with_nothing_less() {
    let place = handing();
    place.file("top.yaml", TOP);
    place.file("asked.yaml", ASKED);
    let tell = |code: Option<&str>, args: &[&str]| {
        let mut command = place.command(args);
        if let Some(code) = code {
            command.env("TOP_CODE", code);
        }
        finish(&mut command)
    };
    let paused = tell(Some("4820"), &["run", "--sandbox", "--output", "json", "top.yaml"]);
    let run = paused.exits(3).run_id();
    let shown = tell(None, &["runs", "show", &run, "--output", "json"]).exits(0).json();
    assert_eq!(shown["steps"], paused.json()["steps"]);
    let answer = ["resume", &run, "--approve", "pay/ok", "--output", "json"];
    let without = tell(None, &answer);
    without.exits(2).says("secret `code`: the environment variable TOP_CODE is not set");
    let other = tell(Some("no code"), &answer);
    other.exits(2).says("the flow that step `pay` uses has begun, and its input `code` can't be");
    other.says("`***` does not match the pattern").says("nothing was sent");
    let events = tell(None, &["runs", "events", &run]);
    assert!(!events.stdout.contains("execute"), "{}", events.stdout);
    let paid = tell(Some("4820"), &answer);
    let reference = paid.exits(0).json()["outputs"]["reference_id"].clone();
    let intended = tell(None, &["runs", "events", &run]).stdout;
    assert!(intended.contains(reference.as_str().unwrap()));
}

/// Two runs whose payments are PROCESSING, the first of which somebody changed.
fn damaged(served: &Served) -> (Place, String, String) {
    let place = Place::at(&served.url);
    place.file("short.yaml", &collect_with("timeout: 10m", "timeout: 1s"));
    let run = || {
        let args = ["run", "short.yaml", "--output", "json", "-i", "fullname=J"];
        place.tell(args.into_iter().chain(["-i", "phone=231770000003"])).exits(3).run_id()
    };
    let (first, second) = (run(), run());
    let db = Connection::open(place.journal()).unwrap();
    let change = "UPDATE entries SET events = replace(events, '250.00', '250.01')
                  WHERE run = (SELECT run FROM heads WHERE run_id = ?1)";
    assert!(db.execute(change, [&first]).unwrap() > 0);
    (place, first, second)
}

#[test]
fn a_run_that_can_not_be_read_keeps_no_other_from_anything() {
    let served = Served::new();
    let (place, first, second) = damaged(&served);
    let asked = place.tell(["reconcile", "--output", "json"]);
    asked.exits(4).says(&format!("run {first}:")).says("nobody was asked about the payments of");
    let told = asked.json();
    assert_eq!(told["not_asked"][0]["run_id"], first.as_str(), "{told:#}");
    assert_eq!(told["executions"].as_array().map(Vec::len), Some(1), "{told:#}");
    assert_eq!(told["executions"][0]["run_id"], second.as_str(), "{told:#}");
    place.tell(["runs", "list"]).exits(0).says(&first).says(&second);
    place.tell(["runs", "verify"]).exits(1).says(&first).says("1 of 2 runs are whole");
    let reference = told["executions"][0]["reference_id"].as_str().unwrap().to_owned();
    served.settle(&reference, "COMPLETED");
    place.tell(["resume", "--all"]).says("stays paused").says("was changed").says(&first);
    let second = place.tell(["runs", "show", &second, "--output", "json"]).exits(0).json();
    assert_eq!(second["status"], "succeeded");
}

fn simulated(place: &Place, more: &[&str]) -> Told {
    place.tell([&["simulate", "--schedules", "40", "--output", "json"], more].concat())
}

#[test]
fn a_simulation_gives_every_secret_a_stand_in() {
    let place = handing();
    place.file("top.yaml", &TOP.replace(
        "  - uses: token\n",
        "  - uses: token\n    with: { client_id: \"{{ secrets.id }}\", client_secret: \"{{ secrets.key }}\" }\n",
    ).replace("{ code:", "{ id: { file: ./id }, key: { command: [no-such-program] }, code:"));
    place.file("asked.yaml", &ASKED.replace(", pattern: \"[0-9]{4}\"", ""));
    let told = simulated(&place, &["top.yaml"]).exits(0).json();
    assert!(told["moved_money"].as_u64().unwrap() > 20, "{told:#}");
    assert_eq!(told["proves_nothing"], Value::Null);
    let told = simulated(&place, &["handed.yaml"]).exits(0).json();
    assert!(told["outcomes"]["succeeded"].as_u64().unwrap() > 30, "{told:#}");
}

#[test]
fn a_simulation_that_never_moves_money_says_that_it_proves_nothing() {
    let place = handing();
    place.file("top.yaml", TOP);
    place.file("asked.yaml", ASKED);
    let nothing = simulated(&place, &["top.yaml"]);
    let told = nothing.exits(1).json();
    assert_eq!((&told["moved_money"], &told["violations"]), (&0.into(), &Value::Array(Vec::new())));
    assert_eq!(
        told["proves_nothing"],
        "step `pay`: code: `***` does not match the pattern `[0-9]{4}` (top.yaml:12:61)"
    );
    let text = place.tell(["simulate", "top.yaml", "--schedules", "40"]);
    text.exits(1).says("no schedule moved money, so this proves nothing about it");
    text.says("never moved, even where nothing went wrong: step `pay`: code");
    let told = simulated(&place, &["top.yaml", "--secret", "code=1234"]).exits(0).json();
    assert!(told["moved_money"].as_u64().unwrap() > 20, "{told:#}");
    let none = place.tell(["simulate", "top.yaml", "--secret", "cod=1"]);
    none.exits(2).says("the flow has no secret `cod`; did you mean `code`?");
    // what the recipe leaves out by itself, or does not have at all, is no reason to complain
    place.file(
        "top.yaml",
        &TOP.replace("uses: ./asked.yaml\n", "uses: ./asked.yaml\n    if: 1 > 2\n"),
    );
    let told = simulated(&place, &["top.yaml", "--secret", "code=1234"]).exits(0).json();
    assert_eq!((&told["moved_money"], &told["proves_nothing"]), (&0.into(), &Value::Null));
    let told =
        simulated(&place, &["known_part.yaml", "-i", "fullname=J", "-i", "phone=231771234567"]);
    assert_eq!(told.exits(0).json()["proves_nothing"], Value::Null);
}
