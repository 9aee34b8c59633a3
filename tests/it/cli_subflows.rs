//! Flows that use other flows, through the program: what is shown of the steps inside, what is kept with the run,
//! and what is refused.

use std::fs;
use std::path::Path;

use crate::support::{Place, Told, finish};
use serde_json::Value;

/// A flow that makes somebody known by one flow, and asks a person in another.
const TOP: &str = r#"
version: 1
name: top
inputs: { phone: phone }
steps:
  - uses: token
  - id: who
    uses: ./parts/who.yaml
    with: { phone: "{{ inputs.phone }}" }
  - id: each
    uses: ./parts/ask.yaml
    foreach: [1]
    with: { id: "{{ steps.who.id }}" }
outputs: { id: "{{ steps.each[0].id }}" }
"#;

const WHO: &str = r#"
version: 1
name: who
inputs: { phone: phone }
steps:
  - uses: party
    with: { fullname: Jane, phone: "{{ inputs.phone }}" }
outputs: { id: "{{ steps.party.id }}" }
"#;

const ASK: &str = r#"
version: 1
name: ask
inputs: { id: integer, pin: { type: string, secret: true, env: SUB_PIN } }
secrets: { word: { env: SUB_WORD } }
steps:
  - id: ok
    uses: approve
    with: { message: "Is {{ inputs.id }} right?" }
  - uses: party
    with: { fullname: "{{ inputs.pin }} {{ secrets.word }}", phone: "231771234568" }
outputs: { id: "{{ inputs.id }}" }
"#;

fn place() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("parts")).unwrap();
    place.file("top.yaml", TOP);
    place.file("parts/who.yaml", WHO);
    place.file("parts/ask.yaml", ASK);
    place
}

fn tell(place: &Place, args: &[&str]) -> Told {
    let mut command = place.command(args);
    finish(command.env("SUB_PIN", "p1n-4711").env("SUB_WORD", "w0rd-4711"))
}

const START: [&str; 7] =
    ["run", "--sandbox", "--output", "json", "-i", "phone=231771234567", "top.yaml"];

fn ids(told: &Value) -> Vec<String> {
    let steps = told["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| {
            format!("{} {}", step["id"].as_str().unwrap(), step["status"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn a_run_needs_its_files_only_once_and_shows_the_steps_inside() {
    let place = place();
    let paused = tell(&place, &START);
    paused.exits(3);
    let told = paused.json();
    assert_eq!(told["error"]["step"], "each[1]/ok", "{told:#}");
    assert_eq!(
        ids(&told),
        [
            "token succeeded",
            "who succeeded",
            "who/party succeeded",
            "each pending",
            "each[1]/ok pending",
            "each[1]/party pending"
        ]
    );
    // other flows now, and then none at all: the run goes on with what it began with
    place.file("parts/ask.yaml", &ASK.replace("4711", "0815"));
    fs::remove_file(place.path("top.yaml")).unwrap();
    fs::remove_dir_all(place.path("parts")).unwrap();
    let run = paused.run_id();
    let wrong = tell(&place, &["resume", &run, "--approve", "ok"]);
    wrong.exits(2).says("it is the step `each[1]/ok` that asks, not `ok`");
    let went_on = tell(&place, &["resume", &run, "--approve", "each[1]/ok", "--output", "json"]);
    let told = went_on.exits(0).json();
    assert_eq!(told["outputs"]["id"], told["steps"][2]["outputs"]["id"]);
    assert_eq!(told["steps"][1]["uses"], "./parts/who.yaml");
    assert_eq!(told["steps"][3]["attempts"], 1);
    tell(&place, &["runs", "show", &run]).exits(0).says("each[1]/party succeeded");
    tell(&place, &["runs", "verify"]).exits(0).says("1 of 1 runs are whole");
    let holds = |name: &str, text: &str| {
        let bytes = fs::read(place.path(".dollr-flow").join(name)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(holds("journal.sandbox", "p1n-4711 w0rd-4711"), "the server got what was set outside");
    for secret in ["p1n-4711", "w0rd-4711"] {
        assert!(!holds("journal.db", secret) && !holds("journal.db-wal", secret), "{secret}");
    }
}

#[test]
fn what_a_sub_flow_needs_from_outside_is_asked_for_by_the_name_of_its_step() {
    let place = place();
    let missing = finish(place.command(START).env("SUB_WORD", "x"));
    missing
        .exits(2)
        .says("input `each/pin`: it is needed and was not given; give it by `-i each/pin=…`");
    let missing = finish(place.command(START).env("SUB_PIN", "x"));
    missing.exits(2).says("secret `each/word`: the environment variable SUB_WORD is not set");
}

#[test]
fn a_sub_flow_stays_in_the_repository_and_its_errors_are_shown_where_they_are() {
    let place = place();
    place.file("out.yaml", WHO);
    fs::create_dir(place.path("repo")).unwrap();
    place.file("repo/top.yaml", &TOP.replace("./parts/who.yaml", "../out.yaml"));
    let told = place.tell(["check", "repo/top.yaml"]);
    told.exits(2).says("sub-flows stay in the repository of the flow").says("repo/top.yaml:8:11");
    place.file("parts/who.yaml", &WHO.replace("uses: party", "uses: partee"));
    let told = place.tell(["check", "top.yaml"]);
    told.exits(2).says("parts/who.yaml:6:11").says("did you mean `party`?");
    tell(&place, &START).exits(2);
    assert!(!place.journal().exists(), "nothing was started");
}

fn payroll(place: &Place, payees: &str, more: &[&str]) -> Told {
    let flow = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/payroll.yaml");
    let payees = format!("payees={payees}");
    let mut command = place.command(["run", "--sandbox", "--output", "json", "-i", &payees]);
    finish(command.args(more).arg(flow))
}

#[test]
fn a_payroll_pays_each_once_within_its_limit_and_says_who_was_not_paid() {
    let place = Place::new();
    let row = |id: &str, phone: &str| {
        format!(r#"{{"id":"{id}","fullname":"P","phone":"{phone}","amount":10.00}}"#)
    };
    let both = format!("[{},{}]", row("a", "231771234567"), row("b", "231771234568"));
    let told = payroll(&place, &both, &[]).exits(0).json();
    assert_eq!(told["outputs"]["total"].to_string(), "20.00");
    let references = told["outputs"]["references"].as_array().unwrap();
    assert_eq!(references.len(), 2);
    assert_ne!(references[0], references[1]);
    let told = payroll(&place, &both, &["--max-total", "15.00 USD"]).exits(1).json();
    assert_eq!(told["error"]["step"], "pay[2]/execute", "{told:#}");
    assert_eq!(told["error"]["kind"], "limit");
    let same = format!("[{},{}]", row("a", "231771234567"), row("a", "231771234568"));
    let told = payroll(&place, &same, &[]).exits(1).json();
    assert_eq!(told["error"]["step"], "pay", "{told:#}");
    assert!(told["error"]["message"].as_str().unwrap().contains("two items have the key `a`"));
    let declined = format!("[{},{}]", row("a", "231770000005"), row("b", "231771234568"));
    let told = payroll(&place, &declined, &[]).exits(1).json();
    assert_eq!(told["error"]["step"], "everybody", "{told:#}");
    assert!(told["error"]["message"].as_str().unwrap().contains("not paid: a"), "{told:#}");
    tell(&place, &["reconcile"]).exits(0).says("every payment in the journal is final");
}
