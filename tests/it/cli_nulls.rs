//! A null inside text, through a filter, and in what a run yields.

use crate::support::Place;

const FLOW: &str = "version: 1\nname: f\nsteps:\n  - uses: token\n  - uses: find\n    with: { resource: parties }\n  - id: party\n    uses: party\n    \
                    with: { fullname: \"Jane\", phone: \"231771234567\" }\n";

/// The flow with more in it.
fn run(place: &Place, more: &str) -> crate::support::Told {
    place.file("f.yaml", &format!("{FLOW}{more}"));
    place.tell(["run", "f.yaml", "--sandbox", "--output", "json"])
}

#[test]
fn a_null_inside_text_is_an_error_at_the_step_and_nothing_is_sent() {
    let place = Place::new();
    for text in [
        "A {{ steps.party.email }}",
        "{{ steps.party.email | trim }}",
        "{{ steps.party.email | upper }}",
        "{{ steps.party.email | replace('a', 'b') }}",
        "{{ [steps.party.email] | join(',') }}",
        "{{ steps.party.email | join(',') }}",
        "{{ 'a' ~ steps.party.email }}",
        "{{ [steps.party.email] | map('lower') | list | join }}",
    ] {
        let step = format!(
            "  - id: second\n    uses: party\n    with: {{ fullname: \"{text}\", phone: \"231771234568\" }}\n"
        );
        let told = run(&place, &step).exits(1).json();
        assert_eq!(told["error"]["step"], "second", "{text}: {told:#}");
        assert_eq!(told["steps"][3]["attempts"], 0, "{text}: {told:#}");
    }
}

#[test]
fn an_output_that_can_not_be_made_is_told_and_takes_nothing_back() {
    let place = Place::new();
    let outputs =
        "outputs:\n  id: \"{{ steps.party.id }}\"\n  mail: \"to {{ steps.party.email }}\"\n";
    let told = run(&place, outputs).exits(0).json();
    assert_eq!(told["status"], "succeeded");
    assert_eq!(told["outputs"]["mail"], serde_json::Value::Null);
    assert!(told["outputs"]["id"].is_number());
    assert_eq!(told["error"]["kind"], "template");
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("output `mail`: null has no text (f.yaml:"), "{message}");
    place
        .tell(["run", "f.yaml", "--sandbox"])
        .exits(0)
        .says("output `mail`")
        .says("do not start it again");
}

#[test]
fn an_output_of_a_sub_flow_that_can_not_be_made_is_missed_by_who_reads_it() {
    let place = Place::new();
    let outputs = "outputs:\n  mail: \"to {{ steps.party.email }}\"\n";
    place.file("inner.yaml", &format!("{FLOW}{outputs}"));
    let outer = "version: 1\nname: o\nsteps:\n  - uses: token\n  - id: inner\n    uses: ./inner.yaml\n  \
                 - uses: party\n    with: { fullname: \"{{ steps.inner.mail }}\", phone: \"231771234567\" }\n";
    place.file("o.yaml", outer);
    let told = place.tell(["run", "o.yaml", "--sandbox", "--output", "json"]).exits(1).json();
    assert_eq!(told["error"]["step"], "party", "{told:#}");
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("`steps.inner` has no `mail`"), "{message}");
}
