//! Tables as spreadsheets make them and people break them, and files that are not what they should be.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::served::Served;
use crate::support::{Place, Told, collect_flow, finish};

fn batching(place: &Place, more: &[&str]) -> Command {
    let mut command = place.command(["batch", "--key", "id", "--data", "m.csv"]);
    command.arg(collect_flow()).args(more);
    command
}

fn batch(place: &Place, more: &[&str]) -> Told {
    finish(&mut batching(place, more))
}

#[test]
fn a_quote_that_is_never_closed_takes_no_row_with_it() {
    let served = Served::new();
    let place = Place::at(&served.url);
    for (rows, told) in [
        // the last cell would be two rows
        ("1,231770000001,\"Jane\n2,231770000001,Moses\n", "m.csv:2:16: this quote is never closed"),
        ("1,231770000001,\"Jane\n2,231770000001,\"Moses\"\n", "m.csv:2:16: the next quote"),
        ("1,231770000001,\"Jane\n2,231770000001,Moses\"\n", "m.csv:2:16: the cell that begins"),
        ("1,\"231770000001,Jane\n2,231770000001\",Moses\n", "m.csv:2:3: the cell that begins"),
        ("\"2\"50.00,231770000001,Jane\n", "m.csv:2:3: text follows the quote"),
        ("1,231770000001,\"Jane \\\"JJ\\\" Doe\"\n", "m.csv:2:23: text follows the quote"),
        ("1,231770000001,Jane \"JJ\" Doe\n", "m.csv:2:21: a quote inside a cell"),
    ] {
        place.file("m.csv", &format!("id,phone,fullname\n{rows}"));
        batch(&place, &["--skip-invalid"]).exits(2).says(told).says("nobody knows where it ends");
    }
    assert_eq!(served.calls("obtain_token"), 0);
    place.file("m.csv", "id,phone,\"full\"name\n");
    batch(&place, &[]).exits(2).says("m.csv:1:15: text follows the quote");
}

#[test]
fn white_space_around_a_cell_is_cut_off() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file(
        "m.csv",
        "sep=;\r\n id ; phone;fullname\r\n1;\u{a0}231770000001;\" Jane  Doe \u{200b}\"\r\n",
    );
    let told = batch(&place, &["--output", "json"]);
    assert_eq!(told.exits(0).json()["counts"]["succeeded"], 1);
    let list = place.tell(["runs", "list", "--output", "json"]).exits(0).json();
    assert_eq!(list[0]["key"], "1", "{list:#}");
    let run = list[0]["run_id"].as_str().unwrap();
    place.tell(["runs", "events", run]).exits(0).says("\"fullname\":\"Jane Doe\"");
    // but a key is exactly what it is, as everywhere
    place.file("m.csv", "id,phone,fullname\n2 ,231770000001,Jane\n");
    batch(&place, &[]).exits(2).says("m.csv:2:1: the key");
    // and a row that is nothing but white space where a name has to be is not paid
    place.file("m.csv", "id,phone,fullname\n2,231770000001,\u{a0} \n");
    batch(&place, &[]).exits(2).says("m.csv:2:16: `fullname`");
}

#[test]
fn a_table_that_is_not_utf_8_says_what_to_do() {
    let place = Place::new();
    let check = |bytes: &[u8], more: &[&str]| {
        fs::write(place.path("m.csv"), bytes).unwrap();
        let mut all = vec!["--sandbox", "--check"];
        all.extend(more);
        batch(&place, &all)
    };
    let latin = b"id,phone,fullname\n1,231770000001,J\xfcrgen\n";
    check(latin, &[]).exits(2).says("m.csv:2:16:").says("--encoding windows-1252");
    check(latin, &["--encoding", "windows-1252"]).exits(0).says("1 rows, all valid");
    check(latin, &["--encoding", "ebcdic"]).exits(2).says("there is no encoding `ebcdic`");
    let wide = "\u{feff}id\tphone\tfullname\r\n1\t231770000001\tJürgen\r\n".encode_utf16();
    let wide: Vec<u8> = wide.flat_map(u16::to_le_bytes).collect();
    check(&wide, &[]).exits(2).says("it is UTF-16").says("--encoding utf-16");
    check(&wide, &["--encoding", "utf-16"]).exits(0).says("1 rows, all valid");
    check(b"PK\x03\x04\x14", &[]).exits(2).says("it is a workbook");
}

#[test]
fn lines_may_end_as_they_like_and_are_counted_right() {
    let place = Place::new();
    place.file("m.csv", "id,\"phone\"\r1,231770000001\r2,abc\r");
    batch(&place, &["--sandbox", "--check"]).exits(2).says("m.csv:3:3: `phone`");
    // a delimiter inside a name is none
    place.file("m.csv", "\"id\";\"full, legal, name\";phone\n1;Jane;231770000001\n");
    let map = ["--sandbox", "--check", "--map", "full, legal, name=fullname"];
    batch(&place, &map).exits(0).says("1 rows, all valid");
}

#[test]
fn a_text_of_json_lines_may_hold_what_json_allows() {
    let place = Place::new();
    let check = || {
        let flow = collect_flow();
        let mut command = place.command(["batch", "--data", "m.jsonl", "--key", "id", "--check"]);
        finish(command.args(["--sandbox"]).arg(flow))
    };
    place.file(
        "m.jsonl",
        "{\"id\":\"1\",\"fullname\":\"Jane \u{7f}\\ud83d\\ude42\",\"phone\":\"231770000001\"}\n",
    );
    check().exits(0).says("1 rows, all valid");
    place.file("m.jsonl", "{\"id\":\"1\",\"fullname\":Jane}\n");
    check().exits(2).says("m.jsonl:1:22: it is not JSON: there is no value");
}

#[test]
#[cfg(unix)]
fn results_are_written_over_nothing_that_is_needed() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let data = "id,phone,fullname\n1,231770000001,Jane\n2,abc,Moses\n";
    place.file("m.csv", data);
    place.file("old.csv", "what was there\n");
    place.tell(["runs", "list"]);
    fs::hard_link(place.path("m.csv"), place.path("hard.csv")).unwrap();
    std::os::unix::fs::symlink("m.csv", place.path("soft.csv")).unwrap();
    let pipe = place.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // another journal, with a run in it
    let other =
        ["--journal", "other.db", "--sandbox", "-i", "fullname=J", "-i", "phone=231770000001"];
    let mut run = place.command(["run"]);
    finish(run.arg(collect_flow()).args(other)).exits(0);
    let kept = fs::read(place.path("other.db")).unwrap();
    for (name, told) in [
        ("m.csv", "is the data"),
        ("./m.csv", "is the data"),
        ("hard.csv", "is the data"),
        ("soft.csv", "is the data"),
        (".dollr-flow/journal.db", "is the journal"),
        ("other.db", "it is a database"),
        ("pipe", "it is a pipe"),
        ("/dev/null", "it is a device"),
        (".", "it is a folder"),
    ] {
        // the journal's folder is there once it was used
        fs::create_dir_all(place.path(".dollr-flow")).unwrap();
        batch(&place, &["--skip-invalid", "--results", name]).exits(2).says(told);
        batch(&place, &["--skip-invalid", "--rejects", name]).exits(2).says(told);
    }
    batch(&place, &["--skip-invalid", "--results", "r.csv", "--rejects", "./r.csv"])
        .exits(2)
        .says("is what --results writes");
    assert_eq!(served.calls("obtain_token"), 0);
    assert_eq!(fs::read_to_string(place.path("m.csv")).unwrap(), data);
    assert_eq!(fs::read(place.path("other.db")).unwrap(), kept);
    // what was there stays until what takes its place is whole
    batch(&place, &["--results", "old.csv"]).exits(2);
    assert_eq!(fs::read_to_string(place.path("old.csv")).unwrap(), "what was there\n");
    batch(&place, &["--skip-invalid", "--results", "old.csv"]).exits(0);
    assert!(fs::read_to_string(place.path("old.csv")).unwrap().starts_with("key,status"));
    assert!(!place.path("old.csv.part").exists() && !place.path("m.rejects.csv.part").exists());
}

#[test]
#[cfg(unix)]
fn results_that_can_not_be_put_in_their_place_are_no_success() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("m.csv", "id,phone,fullname\n1,231770000001,Jane\n");
    fs::create_dir(place.path("out")).unwrap();
    let child = crate::support::start(&mut batching(&place, &["--results", "out/r.csv"]));
    crate::support::until("the results", || place.path("out/r.csv.part").exists());
    fs::remove_dir_all(place.path("out")).unwrap();
    crate::support::ended(child).exits(4).says("out/r.csv can't be written");
    // the same batch again pays nothing and writes them
    fs::create_dir(place.path("out")).unwrap();
    batch(&place, &["--results", "out/r.csv"]).exits(0);
    assert!(fs::read_to_string(place.path("out/r.csv")).unwrap().contains("\n1,succeeded,"));
    assert_eq!(served.executions().len(), 1);
}

#[test]
#[cfg(unix)]
fn one_file_that_cannot_be_read_keeps_no_other_from_being_checked() {
    let place = Place::new();
    fs::create_dir(place.path("flows")).unwrap();
    place.file("flows/a.yaml", "version: 2\n");
    fs::write(place.path("flows/b.yaml"), b"\xff").unwrap();
    let pipe = place.path("flows/c.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("/nowhere", place.path("flows/d.yaml")).unwrap();
    std::os::unix::fs::symlink(".", place.path("flows/e.yaml")).unwrap();
    let found = place.tell(["check", "flows", "missing", "--format", "json"]).exits(2).json();
    let found: Vec<(&str, &str)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["file"].as_str().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    for file in ["flows/b.yaml", "flows/c.yaml", "flows/d.yaml", "flows/e.yaml", "missing"] {
        assert!(found.contains(&(file, "unreadable")), "{file}: {found:?}");
    }
    assert!(found.contains(&("flows/a.yaml", "version")), "{found:?}");
    let sarif = place.tell(["check", "flows", "--format", "sarif"]).exits(2).json();
    assert!(sarif["runs"][0]["results"].as_array().unwrap().len() > 4);
    place.tell(["test", "flows"]).exits(2).says("c.yaml is a pipe").says("b.yaml is not UTF-8");
    for args in [
        &["run", "flows/c.yaml", "--sandbox"][..],
        &["simulate", "flows/c.yaml"],
        &["sandbox", "--faults", "flows/c.yaml"],
        &["sandbox", "--settings", "flows/c.yaml"],
    ] {
        place.tell(args).exits(2).says("is a pipe, not a file");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_can_not_be_written_is_no_success() {
    let place = Place::new();
    let full = |command: &mut Command| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        crate::support::ended(child)
    };
    // it was paid: whoever can't read that must not start it again
    let told = full(&mut place.collecting("231770000001", &["--sandbox"]));
    told.exits(4).says("could not be written to standard output");
    for args in [&["runs", "list"][..], &["runs", "export"], &["schema"], &["man"], &["--help"]] {
        full(&mut place.command(args)).exits(1);
    }
    // a reader that went away is no error, but what it missed is no archive
    for (args, code) in [(["runs", "list"], 0), (["runs", "export"], 1)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = place.command(args).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let told = crate::support::ended(child);
        assert_eq!((told.exits(code).stderr.as_str(), args[1].is_empty()), ("", false));
    }
}

#[test]
fn a_database_of_another_program_is_no_journal() {
    let place = Place::new();
    let made = rusqlite::Connection::open(place.path("other.db")).unwrap();
    made.execute_batch("CREATE TABLE meta (a, b); CREATE TABLE payments (id)").unwrap();
    drop(made);
    place.file("notes.txt", "not a database at all");
    place.file("empty.db", "");
    for (name, told) in [
        ("other.db", "other.db is no journal but a database of another program"),
        ("notes.txt", "notes.txt is no journal but a file that is no database"),
    ] {
        let before = fs::read(place.path(name)).unwrap();
        place.collect("231770000001", &["--sandbox", "--journal", name]).exits(2).says(told);
        place.tell(["runs", "list", "--journal", name]).exits(2).says(told);
        assert_eq!(fs::read(place.path(name)).unwrap(), before);
    }
    let left: Vec<_> = fs::read_dir(place.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 3, "{left:?}");
    place.collect("231770000001", &["--sandbox", "--journal", "empty.db"]).exits(0);
}

#[test]
fn a_step_whose_time_is_over_says_what_kept_it() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let fault = serde_json::json!({
        "operation": "create_party", "action": "error-before", "status": 503, "times": 9,
    });
    crate::support::http::post(&served.url, "/_sandbox/faults", &fault);
    let flow =
        crate::support::collect_with("  - uses: party\n", "  - uses: party\n    timeout: 2s\n");
    place.file("flow.yaml", &flow);
    let run = ["run", "flow.yaml", "-i", "fullname=J", "-i", "phone=231770000001"];
    let told = place.tell(run);
    told.says("the step's time limit passed; before that, the API answered 5");
}
