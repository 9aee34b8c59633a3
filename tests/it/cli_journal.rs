//! The journal as its owner meets it: a private file, readable SQL, and a hard condition for sending.

use crate::support::Place;
use crate::support::served::Served;
use rusqlite::{Connection, OpenFlags};

const AT_ONCE: &str = "231770000001";

fn read(place: &Place) -> Connection {
    Connection::open_with_flags(place.journal(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_journal() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.collect(AT_ONCE, &["--sandbox"]).exits(0);
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(place.journal()), 0o600);
    assert_eq!(mode(place.path(".dollr-flow")), 0o700);
    for entry in std::fs::read_dir(place.path(".dollr-flow")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("journal") && path.is_file() {
            assert_eq!(mode(path), 0o600, "{name}");
        }
    }
}

#[test]
fn the_views_tell_what_happened() {
    let place = Place::new();
    let run = place.collect(AT_ONCE, &["--sandbox", "--key", "january"]).exits(0).json();
    let db = read(&place);
    let (id, key, status, code): (String, String, String, i32) = db
        .query_row("SELECT run_id, key, status, exit_code FROM runs", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    assert_eq!(run["run_id"], id);
    assert_eq!((key.as_str(), status.as_str(), code), ("january", "succeeded", 0));
    let mut steps = db.prepare("SELECT step, status FROM steps").unwrap();
    let steps: Vec<(String, String)> = steps
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(steps.len(), 11);
    assert!(steps.iter().all(|(_, status)| status == "succeeded"), "{steps:?}");
    let (reference, moves, status): (String, String, String) = db
        .query_row("SELECT reference_id, moves, api_status FROM executions", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(run["outputs"]["reference_id"], reference);
    assert_eq!((moves.as_str(), status.as_str()), ("250.00 USD", "COMPLETED"));
}

#[test]
fn without_a_journal_nothing_is_sent() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("file", "");
    place.file("rubbish.db", &"this is no database ".repeat(500));
    std::fs::create_dir(place.path("folder")).unwrap();
    for journal in ["file/journal.db", "rubbish.db", "folder", "mysql://somewhere/else"] {
        let told = place.collect(AT_ONCE, &["--journal", journal]);
        told.exits(2).says("error:");
        assert_eq!(told.json()["exit_code"], 2, "{journal}");
        assert_eq!(served.state()["requests"].as_array().unwrap().len(), 0, "{journal}");
    }
    let rubbish = std::fs::read_to_string(place.path("rubbish.db")).unwrap();
    assert!(rubbish.starts_with("this is no database"), "somebody's file was overwritten");
}

/// Whatever event can't be written down, what it would have announced is not sent.
#[test]
fn a_journal_that_stops_taking_events_stops_the_run() {
    for events in [1, 2, 6, 12, 20, 24, 28, 29, 30] {
        let served = Served::new();
        let place = Place::at(&served.url);
        let other = place.collect(AT_ONCE, &["--sandbox"]).exits(0).run_id();
        let db = Connection::open(place.journal()).unwrap();
        db.execute_batch(&format!(
            "CREATE TRIGGER no_room BEFORE INSERT ON entries WHEN NEW.n >= {events} \
             AND NEW.run <> (SELECT run FROM heads WHERE run_id = '{other}') \
             BEGIN SELECT RAISE(ABORT, 'no room'); END;"
        ))
        .unwrap();
        let told = place.collect(AT_ONCE, &[]);
        let requests = served.state()["requests"].as_array().unwrap().len();
        assert!(requests < events, "{requests} requests, but event {events} failed");
        if events == 1 {
            told.exits(2).says("no room");
            assert_eq!(requests, 0);
            continue;
        }
        told.exits(3).says("no room").says("resume");
        assert_eq!(told.json()["error"]["kind"], "journal");
        db.execute_batch("DROP TRIGGER no_room").unwrap();
        place.tell(["resume", &told.run_id(), "--output", "json"]).exits(0);
        assert_eq!(served.audit()["charges"][0]["completed"], 1);
        assert_eq!(served.calls("execute_collection"), 1, "event {events}");
    }
}

/// A disk that is full at any byte, by way of the shell's limit on the size of files.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_run_before_the_request_it_can_not_write_down() {
    let (mut refused, mut paused) = (0, 0);
    for kib in [1, 16, 40, 90, 120, 150, 180] {
        let served = Served::new();
        let place = Place::at(&served.url);
        let full = place.collecting(AT_ONCE, &[]);
        let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"");
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &script, "bash"]).arg(full.get_program()).args(full.get_args());
        shell.envs(full.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(place.folder.path()).stdin(std::process::Stdio::null());
        let told = crate::support::finish(&mut shell);
        let requests = served.state()["requests"].as_array().unwrap().len();
        match told.code {
            Some(2) => {
                refused += 1;
                assert_eq!(requests, 0, "{kib} KiB: {told:#?}");
            }
            Some(3) => {
                paused += 1;
                let resumed = place.tell(["resume", &told.run_id(), "--output", "json"]);
                resumed.exits(0);
            }
            _ => {
                told.exits(0);
            }
        }
        assert!(served.calls("execute_collection") <= 1, "{kib} KiB");
        served.audit();
    }
    assert!(refused > 0 && paused > 0, "{refused} refused, {paused} paused");
}

#[test]
fn the_history_can_be_listed_shown_and_verified() {
    let place = Place::new();
    let id = place.collect(AT_ONCE, &["--sandbox"]).exits(0).run_id();
    place.tell(["runs"]).exits(0).says(&id[..8]);
    place.tell(["runs", "list", "--status", "succeeded"]).exits(0).says("collect");
    place.tell(["runs", "show", &id[..8]]).exits(0).says("execute");
    place.tell(["runs", "verify"]).exits(0);
    for args in [&["runs", "list"][..], &["runs", "show", &id], &["runs", "verify", &id]] {
        let args: Vec<&str> = args.iter().copied().chain(["--output", "json"]).collect();
        place.tell(args).exits(0).json();
    }
    let mode = "PRAGMA journal_mode";
    let mode: String = read(&place).query_row(mode, [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let events = place.tell(["runs", "events", &id]);
    let lines: Vec<serde_json::Value> =
        events.exits(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 20);
    place.tell(["runs", "show", "ffffffff"]).exits(2);
    // an event that was changed is found
    let db = Connection::open(place.journal()).unwrap();
    db.execute("UPDATE entries SET events = replace(events, '250.00', '250.01')", []).unwrap();
    let told = place.tell(["runs", "verify", &id]);
    assert_ne!(told.code, Some(0), "{told:?}");
}

#[test]
fn where_nothing_ever_ran_there_is_nothing_to_do() {
    let place = Place::new();
    for (args, none) in [
        (&["resume", "--all"][..], "[]"),
        (&["reconcile"], r#"{"executions":[],"differences":0,"not_asked":[]}"#),
        (&["runs", "list"], "[]"),
    ] {
        place.tell(args).exits(0);
        let told = place.tell(args.iter().chain(&["--output", "json"]));
        let none: serde_json::Value = serde_json::from_str(none).unwrap();
        assert_eq!(told.exits(0).json(), none, "{args:?}");
        assert!(!told.stderr.is_empty() || args[0] == "runs", "{args:?}");
    }
    let batch = place.tell(["resume", "--batch", "may", "--output", "json"]);
    assert_eq!(batch.exits(0).says("nothing to resume").json()["rows"], 0);
    let prune = ["runs", "prune", "--before", "2030-01-01T00:00:00Z", "--output", "json"];
    assert_eq!(place.tell(prune).exits(0).json()["runs"], 0);
    assert_eq!(place.tell(["runs", "export"]).exits(0).stdout, "");
    // what is asked for by name has to be there
    let verbs = [&["show", "0195"][..], &["events", "0195"], &["export", "0195"], &["verify"]];
    for verb in verbs {
        place.tell(["runs"].iter().chain(verb)).exits(2).says("no journal at");
    }
    place.tell(["resume", "0195"]).exits(2).says("no journal at");
    assert!(!place.path(".dollr-flow").exists());
}

#[test]
fn what_needs_no_journal_makes_none() {
    let place = Place::new();
    place.tell(["schema"]).exits(0).json();
    place.tell(["completions", "bash"]).exits(0).says("dollr-flow");
    place.tell(["man"]).exits(0).says(".TH");
    place.tell(["--version"]).exits(0);
    place.tell(["--help"]).exits(0).says("Exit codes");
    place.tell(["runs"]).exits(0);
    place.tell(["no-such-verb"]).exits(2);
    assert!(!place.path(".dollr-flow").exists());
}

/// A power cut tears the end of SQLite's log: the last commit is gone as a whole, and the run goes on from before.
#[test]
fn a_torn_last_write_is_repaired() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let mut runner = crate::support::start(&mut place.collecting("231771234567", &[]));
    // by the first status read the execute's answer is written down: what tears is what came after it
    crate::support::until("the first status", || served.calls("collection_status") > 0);
    runner.kill().unwrap();
    runner.wait().unwrap();
    let log = place.path(".dollr-flow/journal.db-wal");
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..bytes.len() - 100]).unwrap();
    place.tell(["runs", "verify"]).exits(0).says("1 of 1 runs are whole");
    place.tell(["resume", "--all"]).exits(0);
    assert_eq!(served.calls("execute_collection"), 1);
    served.audit();
}

/// Files as broken disks and half copies make them: what is whole is told from what is not, and can be asked about.
#[test]
fn what_is_whole_of_a_damaged_journal_is_rescued() {
    const PAGE: usize = 4_096;
    let served = Served::new();
    let place = Place::at(&served.url);
    let runs: Vec<String> = (0..6)
        .map(|n| place.collect(AT_ONCE, &["--key", &format!("k{n}")]).exits(0).run_id())
        .collect();
    drop(Connection::open(place.journal()).unwrap());
    let whole = std::fs::read(place.journal()).unwrap();
    let rescue = |name: &str, bytes: &[u8]| {
        let folder = place.path(name);
        std::fs::create_dir(&folder).unwrap();
        let (old, new) = (folder.join("old.db"), folder.join("new.db"));
        std::fs::write(&old, bytes).unwrap();
        let (old, new) = (old.display().to_string(), new.display().to_string());
        let args = ["runs", "rescue", "--to", &new, "--journal", &old, "--output", "json"];
        let told = place.tell(args);
        assert_eq!(std::fs::read(&old).unwrap(), bytes, "{name}: the damaged file was changed");
        if told.code == Some(2) {
            return 0;
        }
        let json = told.json();
        let rescued = json["rescued"].as_u64().unwrap();
        assert_eq!(told.code, Some(i32::from(rescued < 6)), "{name}: {json:#}");
        let verified =
            place.tell(["runs", "list", "--limit", "0", "--journal", &new, "--output", "json"]);
        let list = verified.exits(0).json();
        let of_runs = |run: &serde_json::Value| runs.iter().any(|known| run["run_id"] == *known);
        assert!(list.as_array().unwrap().iter().all(of_runs), "{name}: {list:#}");
        place.tell(["reconcile", "--journal", &new, "--since", "2020-01-01T00:00:00Z"]);
        rescued
    };
    assert_eq!(rescue("whole", &whole), 6);
    let pages = whole.len() / PAGE;
    assert!(rescue("cut", &whole[..(pages - pages / 4) * PAGE]) > 0);
    let (mut some, mut none) = (0, 0);
    for page in (0..pages).step_by(5) {
        let mut zeroed = whole.clone();
        zeroed[page * PAGE..(page + 1) * PAGE].fill(0);
        match rescue(&format!("zeroed-{page}"), &zeroed) {
            0 => none += 1,
            _ => some += 1,
        }
        let mut flipped = whole.clone();
        flipped[page * PAGE + 2_000] ^= 0x55;
        rescue(&format!("flipped-{page}"), &flipped);
    }
    assert!(some > none, "{some} {none}");
    let mut damaged = whole;
    damaged.truncate(pages / 2 * PAGE);
    place.file("half.db", "");
    std::fs::write(place.path("half.db"), &damaged).unwrap();
    place.tell(["reconcile", "--journal", "half.db"]).exits(2).says("runs rescue --to");
    served.audit();
}
