//! A run that an older version wrote is still read, event by event, to the same end: `tests/journals/` keeps
//! one run per format. Every prefix of it is a run that was killed there, and goes on without a second charge.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dollr_flow::base::ids::RunId;
use dollr_flow::base::span::Source;
use dollr_flow::flow::check;
use dollr_flow::run::action::Action;
use dollr_flow::run::decide::decide;
use dollr_flow::run::event::{Event, FORMAT, Purpose};
use dollr_flow::run::history::Recorded;
use dollr_flow::run::outcome::Outcome;
use dollr_flow::run::state::State;
use serde_json::Value;

fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = files.filter(|path| path.extension().unwrap() == "jsonl").collect();
    found.sort();
    found
}

fn events(path: &Path) -> Vec<Recorded> {
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let event = Event::decode(line["event"].as_str().unwrap(), &line["data"].to_string());
        Recorded {
            n: line["n"].as_u64().unwrap(),
            at: line["at"].as_str().unwrap().parse().unwrap(),
            event: event.unwrap(),
        }
    };
    fs::read_to_string(path).unwrap().lines().map(read).collect()
}

fn fold(path: &Path, events: &[Recorded]) -> State {
    let flow = path.with_extension("yaml");
    let source = Source::new("flow.yaml", fs::read_to_string(flow).unwrap());
    let (plan, _) = check(&source, &()).unwrap();
    let run: RunId = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    State::told(run, Arc::new(plan), events.iter().cloned()).unwrap()
}

#[test]
fn each_format_has_a_run_that_is_kept() {
    let names: Vec<String> = kept()
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let wanted: Vec<String> = (1..=FORMAT).map(|format| format!("format-{format}")).collect();
    assert_eq!(names, wanted, "a new format needs a run in tests/journals");
}

#[test]
fn a_kept_run_ends_as_it_ended() {
    for path in kept() {
        let state = fold(&path, &events(&path));
        let finished = state.finished.unwrap();
        assert_eq!(finished.outcome, Outcome::Succeeded);
        assert_eq!(finished.outputs.get("status").unwrap().as_str(), Some("COMPLETED"));
    }
}

#[test]
fn events_are_written_as_they_were_read() {
    for path in kept() {
        for recorded in events(&path) {
            // compared as text: two secrets that are not known are never the same
            let (name, data) = recorded.event.encode().unwrap();
            let again = Event::decode(&name, &data).unwrap().encode().unwrap();
            assert_eq!(again, (name, data));
        }
    }
}

#[test]
fn every_prefix_goes_on_without_a_second_payment() {
    for path in kept() {
        let all = events(&path);
        let reference = all.iter().find_map(|recorded| match &recorded.event {
            Event::RequestIntended(intent) => intent.reference_id,
            _ => None,
        });
        for length in 1..all.len() {
            let mut history = all[..length].to_vec();
            let executed = history.iter().any(|recorded| {
                matches!(&recorded.event, Event::RequestIntended(i) if i.reference_id.is_some())
            });
            let (n, at) = (length as u64 + 1, history[length - 1].at);
            history.push(Recorded { n, at, event: Event::RunResumed { supplied: Vec::new() } });
            let Action::Send(send) = decide(&fold(&path, &history)) else { continue };
            let pays = send.intent.reference_id.is_some();
            assert!(
                !pays || send.intent.reference_id == reference,
                "event {length}: another reference"
            );
            assert!(!pays || !executed, "event {length}: it pays before it has asked");
            let execute = send.intent.step == "execute";
            assert!(
                !(execute && executed) || send.intent.purpose == Purpose::Lookup,
                "event {length}"
            );
        }
    }
}
