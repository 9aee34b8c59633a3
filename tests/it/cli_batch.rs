//! One flow, many rows: as a process, against a sandbox that counts.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::support::served::Served;
use crate::support::{
    Place, Told, collect_flow, collect_with, ended, finish, signal, start, until,
};
use serde_json::Value;

/// A table of payers: their keys, and phones that choose what happens.
fn table(rows: &[(&str, &str)]) -> String {
    let line = |(id, phone): &(&str, &str)| format!("{id},Jane Doe,{phone}\n");
    format!("id,fullname,phone\n{}", rows.iter().map(line).collect::<String>())
}

fn batch(place: &Place, data: &str, more: &[&str]) -> Told {
    finish(&mut batching(place, data, more))
}

fn batching(place: &Place, data: &str, more: &[&str]) -> Command {
    let mut command = place.command(["batch", "--output", "json", "--data", data]);
    command.arg(collect_flow()).args(more);
    command
}

/// The results by key.
fn results(place: &Place, name: &str) -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(place.path(name)).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("key,status,reference_id,amount,currency,error,run_id"),
        "{text}"
    );
    let cells = |line: &str| line.splitn(7, ',').map(str::to_owned).collect::<Vec<_>>();
    lines.map(|line| (cells(line)[0].clone(), cells(line))).collect()
}

#[test]
fn every_row_is_charged_once_however_often_the_batch_is_started() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file(
        "m.csv",
        &table(&[("1", "231770000001"), ("007", "231770000013"), ("3", "231770000011")]),
    );
    let told = batch(&place, "m.csv", &["--key", "id", "--results", "r.csv"]);
    let json = told.exits(0).json();
    assert_eq!(json["counts"]["succeeded"], 3, "{json:#}");
    assert_eq!(json["moved"][0]["amount"], "750.00", "{json:#}");
    assert_eq!(json["moved"][0]["currency"], "USD");
    let rows = results(&place, "r.csv");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows["007"][1..2], ["succeeded"]);
    assert_eq!(rows["007"][3..6], ["250.00", "USD", ""]);
    let all = |served: &Served| -> u64 {
        let calls = served.state()["calls"].clone();
        calls.as_object().unwrap().values().filter_map(|calls| calls["requests"].as_u64()).sum()
    };
    let before = all(&served);
    let again = batch(&place, "m.csv", &["--key", "id", "--results", "again.csv"]).exits(0).json();
    assert_eq!(again["finished_before"], 3);
    assert_eq!(all(&served), before, "a rerun of a finished batch makes no call");
    assert_eq!(results(&place, "again.csv"), rows);
    assert_eq!(served.audit()["charges"].as_array().map_or(3, Vec::len), 3);
    assert_eq!(served.executions().len(), 3);
}

#[test]
fn all_bad_rows_are_found_before_anything_is_sent() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let text = "\u{feff}id;fullname;phone\r\n1;\"Doe; Jane\";231770000001\r\n\r\n2;Jane;23177x\r\n3;;231770000001\r\n4;Jane\r\n5;\"Jane\nDoe\";12\r\n";
    place.file("m.csv", text);
    let told = batch(&place, "m.csv", &["--key", "id"]);
    told.exits(2);
    for words in [
        "m.csv:4:8: `phone`",
        "m.csv:5:3: `fullname`",
        "m.csv:6:1: it has 2 cells",
        "m.csv:8:6: `phone`",
    ] {
        told.says(words);
    }
    assert_eq!(served.calls("obtain_token"), 0);
    assert!(served.executions().is_empty());
    // left out, they are written down with the reason, and the others are paid
    let told = batch(&place, "m.csv", &["--key", "id", "--skip-invalid"]);
    let json = told.exits(0).json();
    assert_eq!(
        (json["rejected"].as_u64(), json["counts"]["succeeded"].as_u64()),
        (Some(4), Some(1))
    );
    let rejects = fs::read_to_string(place.path("m.rejects.csv")).unwrap();
    assert!(rejects.starts_with("id;fullname;phone;reason\n2;Jane;23177x;\"`phone`"), "{rejects}");
    assert!(rejects.contains("5;\"Jane\nDoe\";12;"), "{rejects}");
}

#[test]
fn a_check_and_a_dry_run_send_nothing() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("m.csv", &table(&[("1", "231770000004"), ("2", "231770000002")]));
    let told = batch(&place, "m.csv", &["--key", "id", "--check"]);
    assert_eq!(told.exits(0).json()["rows"], 2);
    let json = batch(&place, "m.csv", &["--key", "id", "--dry-run"]).exits(0).json();
    assert_eq!(json["would_move"][0]["amount"], "500.00", "{json:#}");
    assert!(served.state()["calls"].as_object().is_none_or(|calls| calls.is_empty()));
}

#[test]
fn tables_that_do_not_fit_say_what_to_do() {
    let place = Place::new();
    let refused = |text: &str, more: &[&str], words: &[&str]| {
        place.file("m.csv", text);
        let told = batch(&place, "m.csv", more);
        told.exits(2);
        for words in words {
            told.says(words);
        }
    };
    let sandbox = ["--key", "id", "--sandbox"];
    refused("", &sandbox, &["the file is empty"]);
    refused("id,fulname\n1,x\n", &sandbox, &["m.csv:1:", "`fulname`", "did you mean `fullname`?"]);
    refused("fullname\nx\n", &sandbox, &["the table has no column `id`"]);
    refused("id,phone,phone\n", &sandbox, &["two columns are called `phone`"]);
    refused(
        "id,fullname,phone\n1,J,231770000001\n1,J,231770000002\n",
        &sandbox,
        &["m.csv:2 and m.csv:3 have the same key `1`"],
    );
    refused(
        "fullname,phone\nJ,231770000001\nJ,231770000001\n",
        &["--sandbox"],
        &["are the same row"],
    );
    refused("id,phone\n,231770000001\n", &sandbox, &["m.csv:2:1: the key is blank"]);
    refused("id,phone\n1,\"2317\n", &sandbox, &["m.csv:2:3: this quote is never closed"]);
    refused("id,items\n1,\"[{\"\"name\"\": }]\"\n", &sandbox, &["m.csv:2:3: `items`"]);
    refused("id\n1\n", &["--key", "id", "--sandbox", "--rate", "fast"], &["--rate fast"]);
    refused("id\n1\n", &["--key", "id", "--sandbox", "--max-total", "5"], &["--max-total"]);
    let told = batch(&place, "none.csv", &["--sandbox"]);
    told.exits(2).says("there is no file none.csv");
    let mut bytes = b"id,fullname\n1,".to_vec();
    bytes.extend([0xff, b'\n']);
    fs::write(place.path("m.csv"), bytes).unwrap();
    batch(&place, "m.csv", &sandbox).exits(2).says("m.csv:2:3: cell 2 is not UTF-8 text");
    place.file("m.jsonl", "{\"id\": 1, \"phone\": \"231770000001\"}\n{\"id\": 2, phone}\n{\"id\": 3, \"phone\": \"12\"}\n");
    let told = batch(&place, "m.jsonl", &sandbox);
    told.exits(2).says("m.jsonl:2:11: it is not JSON").says("m.jsonl:3:20: `phone`");
}

#[test]
fn rows_come_from_json_lines_and_from_standard_input_too() {
    let place = Place::new();
    let rows = "{\"ref\": \"A-1\", \"fullname\": \"Jane Doe\", \"phone\": \"231770000001\", \"items\": [{\"name\": \"Fee\", \"qty\": 2, \"amount\": 10.50}], \"shop\": 1}\n";
    place.file("m.jsonl", rows);
    let shape = ["--key", "ref", "--map", "shop=", "--sandbox"];
    let json = batch(&place, "m.jsonl", &shape).exits(0).json();
    assert_eq!(json["moved"][0]["amount"], "21.00", "{json:#}");
    place.file("table", &table(&[("B-1", "231770000001")]));
    let mut command = batching(&place, "-", &["--key", "id", "--sandbox"]);
    command.stdin(fs::File::open(place.path("table")).unwrap());
    assert_eq!(finish(&mut command).exits(0).json()["counts"]["succeeded"], 1);
    // without a key the same rows on another day would count as paid
    batch(&place, "-", &["--sandbox"]).exits(2).says("need --key COLUMN");
}

#[test]
fn a_changed_row_is_refused_with_what_changed() {
    let place = Place::new();
    place.file("m.csv", &table(&[("1", "231770000001")]));
    batch(&place, "m.csv", &["--key", "id", "--sandbox"]).exits(0);
    place.file("m.csv", "id,fullname,phone\n1,John Doe,231770000002\n");
    let told = batch(&place, "m.csv", &["--key", "id", "--sandbox"]);
    told.exits(2)
        .says("fullname was Jane Doe, is John Doe")
        .says("phone was 2317*****01, is 2317*****02");
}

#[test]
fn failed_rows_are_tried_again_only_on_demand_and_never_after_money() {
    let served = Served::new();
    let place = Place::at(&served.url);
    // after the payment this flow asks for something that is not so
    let asserts = "  - uses: poll\n    with: { reference_id: \"{{ steps.execute.reference_id }}\", every: 2s, timeout: 10m }\n";
    let flow = collect_with(
        asserts,
        &format!(
            "{asserts}  - uses: assert\n    with: {{ that: \"{{{{ inputs.fullname != 'After' }}}}\" }}\n"
        ),
    );
    place.file("flow.yaml", &flow);
    let text =
        "id,fullname,phone\n1,Jane,231770000001\n2,Jane,231770000004\n3,After,231770000001\n";
    place.file("m.csv", text);
    let run = |more: &[&str]| {
        let mut command = place.command([
            "batch",
            "flow.yaml",
            "--output",
            "json",
            "--data",
            "m.csv",
            "--key",
            "id",
        ]);
        finish(command.args(more))
    };
    let json = run(&[]).exits(1).json();
    assert_eq!(
        (json["counts"]["succeeded"].as_u64(), json["counts"]["failed"].as_u64()),
        (Some(1), Some(2)),
        "{json:#}"
    );
    assert_eq!(json["moved"][0]["amount"], "500.00", "{json:#}");
    let executed = served.executions().len();
    run(&[]).exits(1);
    assert_eq!(served.executions().len(), executed, "nothing is tried again by itself");
    run(&["--retry-failed"]).exits(1);
    assert_eq!(served.executions().len(), executed + 1, "only the row that moved nothing");
    let list = place.tell(["runs", "list", "--output", "json"]).exits(0).json();
    assert_eq!(list.as_array().unwrap().len(), 4);
    served.audit();
}

#[test]
fn it_stops_at_a_total_and_after_failures() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file(
        "m.csv",
        &table(&[("1", "231770000001"), ("2", "231770000001"), ("3", "231770000001")]),
    );
    let total = ["--key", "id", "--max-total", "600.00 USD"];
    let told = batch(&place, "m.csv", &total);
    told.exits(1);
    let json = told.json();
    assert_eq!(json["counts"]["succeeded"], 2, "{json:#}");
    assert_eq!(json["pending"], 1);
    assert!(json["stopped"].as_str().unwrap().contains("before line 4 (key `3`)"), "{json:#}");
    // what was paid counts when it is started again
    assert_eq!(batch(&place, "m.csv", &total).exits(1).json()["pending"], 1);
    assert_eq!(served.executions().len(), 2);
    assert_eq!(batch(&place, "m.csv", &["--key", "id"]).exits(0).json()["counts"]["succeeded"], 3);

    let rows: Vec<(String, String)> =
        (10..40).map(|n| (n.to_string(), "231770000006".to_owned())).collect();
    let rows: Vec<(&str, &str)> =
        rows.iter().map(|(id, phone)| (id.as_str(), phone.as_str())).collect();
    place.file("bad.csv", &table(&rows));
    let told = batch(
        &place,
        "bad.csv",
        &["--key", "id", "--concurrency", "1", "--stop-after-failures", "3"],
    );
    let json = told.exits(1).json();
    assert_eq!(json["counts"]["failed"], 3, "{json:#}");
    assert_eq!(json["pending"], 27);
}

#[test]
fn rows_that_wait_hold_up_nobody_and_the_batch_is_resumed() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("flow.yaml", &collect_with("timeout: 10m", "timeout: 6s"));
    place.file(
        "m.csv",
        &table(&[
            ("1", "231770000003"),
            ("2", "231770000003"),
            ("3", "231770000001"),
            ("4", "231770000001"),
        ]),
    );
    let mut command = place.command(["batch", "flow.yaml", "--output", "json", "--data", "m.csv"]);
    command.args(["--key", "id", "--concurrency", "1", "--batch", "may", "--results", "r.csv"]);
    let json = finish(&mut command).exits(3).json();
    assert_eq!(
        (json["counts"]["succeeded"].as_u64(), json["counts"]["paused"].as_u64()),
        (Some(2), Some(2)),
        "{json:#}"
    );
    assert_eq!(json["moved"], serde_json::json!([{ "currency": "USD", "amount": "500.00" }]));
    assert_eq!(json["not_final"], json["moved"], "as much again is under way");
    let rows = results(&place, "r.csv");
    assert_eq!(rows["1"][1], "paused");
    let listed =
        place.tell(["runs", "list", "--batch", "may", "--status", "paused", "--output", "json"]);
    assert_eq!(listed.exits(0).json().as_array().unwrap().len(), 2);
    for execution in served.executions() {
        let reference = execution["reference_id"].as_str().unwrap();
        if execution["status"] != "COMPLETED" {
            served.settle(reference, "COMPLETED");
        }
    }
    let json = place.tell(["resume", "--batch", "may", "--output", "json"]).exits(0).json();
    assert_eq!(json["counts"]["succeeded"], 2, "{json:#}");
    assert_eq!(served.executions().len(), 4);
    place.tell(["resume", "--batch", "may"]).exits(0).says("nothing to resume");
}

#[test]
fn one_process_at_a_time_has_a_batch() {
    let served =
        Served::with("faults:\n  - { action: delay, ms: 3000, operation: execute_collection }\n");
    let place = Place::at(&served.url);
    place.file("m.csv", &table(&[("1", "231770000001")]));
    let first = start(&mut batching(&place, "m.csv", &["--key", "id"]));
    until("a payment under way", || {
        !served.executions().is_empty() || served.calls("execute_collection") > 0
    });
    batch(&place, "m.csv", &["--key", "id"]).exits(3).says("process ");
    let list = place.tell(["runs", "list", "--output", "json"]).json();
    let run = list[0]["run_id"].as_str().unwrap().to_owned();
    place.tell(["resume", &run]).exits(3).says("process ");
    assert_eq!(ended(first).exits(0).json()["counts"]["succeeded"], 1);
}

#[test]
fn told_to_stop_it_pauses_every_row_and_goes_on_later() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let rows: Vec<(String, String)> =
        (0..20).map(|n| (n.to_string(), "231770000002".to_owned())).collect();
    let rows: Vec<(&str, &str)> =
        rows.iter().map(|(id, phone)| (id.as_str(), phone.as_str())).collect();
    place.file("m.csv", &table(&rows));
    let child = start(&mut batching(&place, "m.csv", &["--key", "id", "--concurrency", "4"]));
    until("payments under way", || served.executions().len() >= 8);
    signal(child.id(), "INT");
    let told = ended(child);
    told.exits(130);
    let open = place.tell(["runs", "list", "--status", "running", "--output", "json"]).json();
    assert_eq!(open.as_array().unwrap().len(), 0, "{open:#}");
    assert_eq!(batch(&place, "m.csv", &["--key", "id"]).exits(0).json()["counts"]["succeeded"], 20);
    assert_eq!(served.executions().len(), 20);
    served.audit();
}

/// A rate that the API enforces: all of the process waits as long as it says.
#[test]
fn nobody_is_early_after_a_429() {
    let served = Served::with("rate_limit: { burst: 40, per_minute: 600 }\n");
    let place = Place::at(&served.url);
    let rows: Vec<(String, String)> =
        (0..12).map(|n| (n.to_string(), "231770000001".to_owned())).collect();
    let rows: Vec<(&str, &str)> =
        rows.iter().map(|(id, phone)| (id.as_str(), phone.as_str())).collect();
    place.file("m.csv", &table(&rows));
    let json = batch(&place, "m.csv", &["--key", "id", "--concurrency", "2"]).exits(0).json();
    assert_eq!(json["counts"]["succeeded"], 12, "{json:#}");
    let log = served.state()["requests"].as_array().unwrap().clone();
    let at = |line: &Value| line["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let refused: Vec<jiff::Timestamp> =
        log.iter().filter(|line| line["status"] == 429).map(at).collect();
    assert!(!refused.is_empty(), "no 429 came");
    for moment in refused {
        let early = log.iter().filter(|line| {
            let after = at(line).duration_since(moment).as_millis();
            // what was on its way already can't be called back
            (200..900).contains(&after)
        });
        assert_eq!(early.count(), 0, "a request came before the time the API named");
    }
    served.audit();
}
