//! One rule for keys, whatever they are keys of: what looks like another key is none, and nothing is sent.

use std::sync::Arc;

use dollr_flow::base::ids::RunId;
use dollr_flow::base::span::Source;
use dollr_flow::engine::ports::{Entry, FlowText, Journal, Record, RunRow};
use dollr_flow::flow;
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use dollr_flow::run::event::Event;
use dollr_flow::run::history::{Outside, Recorded};
use dollr_flow::run::state::State;
use serde_json::json;

use crate::support::served::Served;
use crate::support::{Place, collect_flow, finish};

const AT_ONCE: &str = "231770000001";

/// Texts that are no key, and what is said of them.
const ODD: &[(&str, &str)] = &[
    ("", "blank"),
    ("  ", "blank"),
    ("inv-2 ", "a space at its end"),
    (" inv-2", "a space at its start"),
    ("inv-2\n", "U+000A"),
    ("inv\u{7}-2", "U+0007"),
    ("inv-2\u{200b}", "U+200B"),
    ("inv\u{a0}2", "U+00A0"),
    ("Mu\u{308}ller", "`Müller`"),
];

#[test]
fn a_run_is_started_under_no_key_that_looks_like_another() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.collect(AT_ONCE, &["--key", "inv-2"]).exits(0);
    place.collect(AT_ONCE, &["--key", "Müller"]).exits(0);
    for (key, said) in ODD {
        let told = place.collect(AT_ONCE, &["--key", key]);
        told.exits(2).says(said);
    }
    let long = "x".repeat(201);
    place.collect(AT_ONCE, &["--key", &long]).exits(2).says("more than 200");
    // case tells keys apart
    place.collect(AT_ONCE, &["--key", "INV-2"]).exits(0);
    assert_eq!(served.executions().len(), 3);
}

#[test]
fn the_same_rule_holds_for_the_rows_of_a_table() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let mut lines =
        String::from("{\"id\":\"inv-2\",\"fullname\":\"Jane Doe\",\"phone\":\"231770000001\"}\n");
    for (key, _) in ODD {
        let row = serde_json::json!({ "id": key, "fullname": "Jane Doe", "phone": AT_ONCE });
        lines.push_str(&format!("{row}\n"));
    }
    place.file("m.jsonl", &lines);
    let mut batch = place.command(["batch", "--data", "m.jsonl", "--key", "id"]);
    let told = finish(batch.arg(collect_flow()));
    told.exits(2);
    for (_, said) in ODD {
        told.says(said);
    }
    assert_eq!(served.executions().len(), 0);
}

#[test]
fn the_same_rule_holds_for_the_items_of_a_foreach() {
    let place = Place::new();
    place.file(
        "f.yaml",
        "version: 1\nname: f\ninputs:\n  ids: { type: list }\nsteps:\n  - uses: token\n  - id: parties\n    uses: party\n    \
         foreach: { list: \"{{ inputs.ids }}\", key: \"{{ item }}\" }\n    \
         with: { fullname: \"N {{ item }}\", phone: \"231771234567\" }\n  \
         - uses: assert\n    with: { that: \"{{ steps.parties | length == 2 }}\" }\n",
    );
    let run = |ids: &[&str]| {
        let ids = format!("ids={}", serde_json::json!(ids));
        place.tell(["run", "f.yaml", "--sandbox", "--output", "json", "-i", &ids])
    };
    run(&["inv-2", "INV-2"]).exits(0);
    for (key, said) in ODD {
        let told = run(&["inv-2", key]);
        told.exits(1).says(said);
        let error = &told.json()["error"];
        assert_eq!((&error["step"], &error["kind"]), (&"parties".into(), &"template".into()));
        assert_eq!(told.json()["steps"][1]["attempts"], 0, "no party was made");
    }
}

#[tokio::test]
async fn a_run_from_before_the_rule_is_found_by_the_very_key_it_was_given() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let run: RunId = "4f2c0001-0000-4000-8000-000000000000".parse().unwrap();
    let text = std::fs::read_to_string(collect_flow()).unwrap();
    let (plan, _) = flow::check(&Source::new("collect.yaml", &*text), &()).unwrap();
    let plan = Arc::new(plan);
    let events = [
        json!({ "format": 1, "flow": "collect", "flow_digest": plan.digest, "file": "collect.yaml", "key": "inv-2 ",
            "seed": run, "inputs": {}, "base_url": served.url }),
        json!({ "outcome": "succeeded" }),
    ];
    let at = "2026-02-03T08:15:00Z".parse().unwrap();
    let kinds = ["RunStarted", "RunFinished"].into_iter().zip(events).zip(1..);
    let records: Vec<Record> = kinds
        .map(|((kind, data), n)| Record { n, at, kind: kind.into(), data: data.to_string() })
        .collect();
    let event = |record: &Record| Event::decode(&record.kind, &record.data).unwrap();
    let recorded = records.iter().map(|r| Recorded { n: r.n, at, event: event(r) });
    let state = State::fold(run, plan.clone(), recorded, Outside::default()).unwrap();
    let row = RunRow::of(&state);
    let kept = FlowText { digest: plan.digest.clone(), name: "collect".into(), text };
    let journal = JournalPlace::parse(place.journal().to_str().unwrap()).unwrap();
    let journal = SqliteJournal::open(journal).unwrap();
    journal.append(Entry::durable(run, records).row(row).flow(kept)).await.unwrap();
    drop(journal);
    let told = place.collect(AT_ONCE, &["--key", "inv-2 "]);
    assert_eq!(told.exits(0).run_id(), run.to_string());
    place.collect(AT_ONCE, &["--key", "inv-2\t"]).exits(2);
    assert_eq!(served.executions().len(), 0);
}
