//! The SQLite journal: what was promised durable is there, what was changed is noticed, and one run has
//! one runner.

use std::path::Path;
use std::process::{Command, Stdio};

use dollr_flow::api::wire::Method;
use dollr_flow::base::ids::RunId;
use dollr_flow::base::value::Map;
use dollr_flow::engine::ports::{
    Entry, FlowText, Journal, JournalError, Record, RunFilter, RunRow,
};
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use dollr_flow::run::delivery::{Cause, CauseKind, Delivery, Raw};
use dollr_flow::run::event::{ClassWord, Event, Purpose, RequestIntended};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

const START: &str = "2026-02-03T08:15:00.123456789Z";

fn place(folder: &Path) -> JournalPlace {
    JournalPlace::parse(folder.join(".dollr-flow/journal.db").to_str().unwrap()).unwrap()
}

fn open(folder: &Path) -> SqliteJournal {
    SqliteJournal::open(place(folder)).unwrap()
}

fn run(n: u8) -> RunId {
    format!("4f2c00{n:02x}-0000-4000-8000-000000000000").parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn records(from: u64, to: u64) -> Vec<Record> {
    (from..=to)
        .map(|n| Record {
            n,
            at: at(n.cast_signed()),
            kind: "step_done".into(),
            data: format!(r#"{{"n":{n}}}"#),
        })
        .collect()
}

fn row(run: RunId, key: Option<&str>, status: &str, started: i64) -> RunRow {
    RunRow {
        run,
        flow: "collect".into(),
        flow_digest: "d1".into(),
        key: key.map(str::to_owned),
        status: status.into(),
        exit_code: None,
        started_at: at(started),
        updated_at: at(started + 1),
        base_url: "http://127.0.0.1:1".into(),
        batch: None,
        inputs_digest: Some("aa".into()),
        reference_id: Some(run.0),
        amount: vec!["250.00 USD".parse().unwrap(), "900 RWF".parse().unwrap()],
        moved: false,
        pruned_at: None,
        error: None,
    }
}

#[tokio::test]
async fn what_was_appended_is_loaded_again_by_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let flow = FlowText { digest: "d1".into(), name: "collect".into(), text: "version: 1".into() };
    let journal = open(folder.path());
    let first = Entry::durable(run(1), records(1, 2));
    journal.append(first.row(row(run(1), None, "running", 0)).flow(flow.clone())).await.unwrap();
    journal.append(Entry::ordered(run(1), records(3, 3))).await.unwrap();
    assert_eq!(journal.load(run(1)).await.unwrap(), records(1, 3));
    journal.append(Entry::ordered(run(1), records(4, 4))).await.unwrap();
    drop(journal);

    let journal = SqliteJournal::open_existing(place(folder.path())).unwrap().unwrap();
    assert_eq!(journal.load(run(1)).await.unwrap(), records(1, 4));
    assert_eq!(journal.row(run(1)).await.unwrap(), Some(row(run(1), None, "running", 0)));
    assert_eq!(journal.flow("d1").await.unwrap(), Some(flow));
    assert_eq!(journal.load(run(2)).await.unwrap(), vec![]);
}

#[tokio::test]
async fn reading_where_there_is_no_journal_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(SqliteJournal::open_existing(place(folder.path())).unwrap().is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_this_user_alone_and_out_of_git() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.append(Entry::durable(run(1), records(1, 1))).await.unwrap();
    let own = folder.path().join(".dollr-flow");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&own), 0o700);
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        assert_eq!(mode(&own.join(name)), 0o600, "{name}");
    }
    assert_eq!(std::fs::read_to_string(own.join(".gitignore")).unwrap(), "*\n");
}

#[tokio::test]
async fn a_gap_is_refused_and_a_lost_append_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.append(Entry::durable(run(1), records(1, 1))).await.unwrap();
    let gap = journal.append(Entry::durable(run(1), records(3, 3))).await;
    assert_eq!(gap, Err(JournalError::OutOfOrder { run: run(1), expected: 2, got: 3 }));

    // nobody waits for this one, so the next append has to say why it is not there
    journal
        .append(Entry::durable(run(2), records(1, 1)).row(row(run(2), Some("k"), "running", 0)))
        .await
        .unwrap();
    let taken = Entry::ordered(run(3), records(1, 1)).row(row(run(3), Some("k"), "running", 0));
    journal.append(taken).await.unwrap();
    let next = journal.append(Entry::durable(run(3), records(2, 2))).await;
    assert_eq!(next, Err(JournalError::KeyTaken(run(2))));
    // starting over from what is there is fine
    journal.append(Entry::durable(run(3), records(1, 2))).await.unwrap();
    assert_eq!(journal.load(run(1)).await.unwrap(), records(1, 1));
}

#[tokio::test]
async fn a_key_belongs_to_one_run_of_a_flow() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let mine = Entry::durable(run(1), records(1, 1)).row(row(run(1), Some("may"), "running", 0));
    journal.append(mine).await.unwrap();
    let yours = Entry::durable(run(2), records(1, 1)).row(row(run(2), Some("may"), "running", 0));
    assert_eq!(journal.append(yours).await, Err(JournalError::KeyTaken(run(1))));
    assert_eq!(journal.load(run(2)).await.unwrap(), vec![], "a refused append leaves no trace");

    let mut other = row(run(3), Some("may"), "running", 0);
    other.flow = "payout".into();
    journal.append(Entry::durable(run(3), records(1, 1)).row(other)).await.unwrap();
    for n in [4, 5] {
        let keyless = Entry::durable(run(n), records(1, 1)).row(row(run(n), None, "running", 0));
        journal.append(keyless).await.unwrap();
    }
    let again = Entry::durable(run(1), records(2, 2)).row(row(run(1), Some("may"), "paused", 0));
    journal.append(again).await.unwrap();
    let found = journal.find_key("collect", "may").await.unwrap().unwrap();
    assert_eq!((found.run, found.status.as_str()), (run(1), "paused"));
    assert_eq!(journal.find_key("collect", "june").await.unwrap(), None);
}

#[tokio::test]
async fn a_changed_or_missing_event_is_named() {
    let events = "UPDATE entries SET events = replace(events,";
    let changes = [
        (
            format!("{events} '{{\"n\":2}}', '{{\"n\":9}}')"),
            "the events 1 to 3 of run",
            "was changed",
        ),
        (format!("{events} '08:15:01', '08:15:00')"), "the events 1 to 3 of run", "was changed"),
        (format!("{events} 'step_done', 'x') WHERE n = 4"), "event 4 of run", "was changed"),
        (format!("{events} '\"n\":3,', '\"n\":4,') WHERE n = 3"), "event 3 of run", "is missing"),
        ("UPDATE entries SET events = '' WHERE n = 4".to_owned(), "event 4 of run", "was changed"),
        ("DELETE FROM entries WHERE n = 3".to_owned(), "event 1 of run", "is missing"),
        ("DELETE FROM entries WHERE n = 4".to_owned(), "event 4 of run", "is missing"),
        ("DELETE FROM entries".to_owned(), "event 1 of run", "is missing"),
    ];
    for (change, what, how) in changes {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        journal.append(Entry::durable(run(1), records(1, 3))).await.unwrap();
        journal.append(Entry::durable(run(1), records(4, 4))).await.unwrap();
        let conn = Connection::open(place(folder.path()).path()).unwrap();
        assert_eq!(
            conn.execute(&change, []).unwrap(),
            if change.contains("WHERE") { 1 } else { 2 }
        );
        match journal.load(run(1)).await {
            Err(JournalError::Corrupt { what: told, .. }) => {
                assert!(told.contains(what) && told.contains(how), "{change}: {told}");
            }
            other => panic!("{change}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn runs_are_listed_and_found_by_the_start_of_their_id() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let rows = [
        row(run(1), None, "succeeded", 0),
        row(run(2), None, "paused", 10),
        RunRow { batch: Some("b1".into()), ..row(run(3), None, "unclear", 20) },
    ];
    for row in &rows {
        journal.append(Entry::durable(row.run, records(1, 1)).row(row.clone())).await.unwrap();
    }
    let list = async |filter: RunFilter| -> Vec<RunId> {
        journal.rows(filter).await.unwrap().iter().map(|row| row.run).collect()
    };
    assert_eq!(list(RunFilter::default()).await, [run(3), run(2), run(1)]);
    let open =
        RunFilter { statuses: vec!["paused".into(), "unclear".into()], ..Default::default() };
    assert_eq!(list(open).await, [run(3), run(2)]);
    let since = RunFilter { since: Some(rows[1].started_at), limit: Some(1), ..Default::default() };
    assert_eq!(list(since).await, [run(3)]);
    let batch = RunFilter { batch: Some("b1".into()), ..Default::default() };
    assert_eq!(list(batch).await, [run(3)]);
    let other = RunFilter { flow: Some("payout".into()), ..Default::default() };
    assert!(list(other).await.is_empty());

    assert_eq!(journal.find_run("4F2C0002").await, Ok(run(2)));
    assert_eq!(journal.find_run(&run(2).to_string()).await, Ok(run(2)));
    match journal.find_run("4f2c").await {
        Err(JournalError::Ambiguous { candidates, .. }) => assert_eq!(candidates.len(), 3),
        other => panic!("{other:?}"),
    }
    for unknown in ["4f2d", "", "*", "%"] {
        let found = journal.find_run(unknown).await;
        assert!(matches!(found, Err(JournalError::NoSuchRun(_))), "{unknown}: {found:?}");
    }
}

/// A payment whose answer was lost, asked about and then done; a step that was not needed; one in flight.
fn a_day() -> Vec<Event> {
    let reference: uuid::Uuid = "7d7f0b5e-6a43-4c53-9b43-0a0f3f3f6c11".parse().unwrap();
    let intended = |step: &str, class, purpose| {
        Event::RequestIntended(RequestIntended {
            step: step.into(),
            purpose,
            class,
            method: Method::Post,
            path: "/v1/executions/collection".into(),
            query: vec![],
            body: None,
            reference_id: Some(reference),
            moves: Some("250.00 USD".into()),
            api_at: None,
        })
    };
    let observed = |step: &str, purpose, delivery| Event::ReplyObserved {
        step: step.into(),
        purpose,
        delivery,
    };
    let answered = |status, body: &str| {
        let raw = Raw { status, body: body.as_bytes().to_vec(), ..Raw::default() };
        Delivery::read(raw, &dollr_flow::base::scrub::Scrub::default())
    };
    let done = format!(r#"{{"reference_id":"{reference}","status":"COMPLETED"}}"#);
    vec![
        Event::StepSkipped { step: "order".into(), reason: "inputs.order".into() },
        intended("execute", ClassWord::Money, Purpose::Main),
        observed("execute", Purpose::Main, Delivery::Maybe(Cause::new(CauseKind::Reset, "broke"))),
        intended("execute", ClassWord::Read, Purpose::Lookup),
        observed("execute", Purpose::Lookup, answered(503, "try later")),
        intended("execute", ClassWord::Money, Purpose::Main),
        observed("execute", Purpose::Main, answered(200, &done)),
        Event::StepSucceeded { step: "execute".into(), outputs: Map::new() },
        intended("receipt", ClassWord::Read, Purpose::Main),
    ]
}

#[tokio::test]
async fn people_read_runs_steps_and_executions_in_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let records: Vec<Record> = (1..)
        .zip(a_day())
        .map(|(n, event)| {
            let (kind, data) = event.encode().unwrap();
            Record { n, at: at(n.cast_signed()), kind, data }
        })
        .collect();
    let entry = Entry::durable(run(1), records).row(row(run(1), Some("k"), "running", 0));
    journal.append(entry).await.unwrap();
    let conn = Connection::open(place(folder.path()).path()).unwrap();
    let shown = |sql: &str| -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(
        shown("SELECT flow || ' ' || status || ' ' || events FROM runs"),
        ["collect running 9"]
    );
    assert_eq!(
        shown(
            "SELECT step || ' ' || status || ' ' || requests || ' ' || coalesce(message, '-') FROM steps"
        ),
        ["order skipped 0 inputs.order", "execute succeeded 2 -", "receipt pending 1 -"]
    );
    assert_eq!(
        shown(
            "SELECT step || ' ' || moves || ' ' || requests || ' ' || api_status || ' ' || asked_at FROM executions"
        ),
        ["execute 250.00 USD 2 COMPLETED 2026-02-03T08:15:07.123456789Z"]
    );
}

#[tokio::test]
async fn a_run_is_held_by_one_and_let_go_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, yours) = (open(folder.path()), open(folder.path()));
    let lock = mine.lock(run(1)).await.unwrap();
    match yours.lock(run(1)).await {
        Err(JournalError::Held { holder, .. }) => {
            assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
        }
        other => panic!("{other:?}"),
    }
    yours.lock(run(2)).await.unwrap();
    drop(lock);
    yours.lock(run(1)).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_journal_and_a_newer_journal_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "just some notes of mine, long enough to be no empty database".repeat(20),
    )
    .unwrap();
    let place_of = |path: &Path| JournalPlace::parse(path.to_str().unwrap()).unwrap();
    let refused = SqliteJournal::open(place_of(&path)).unwrap_err();
    assert!(matches!(refused, JournalError::Foreign { .. }), "{refused}");

    drop(open(folder.path()));
    let newer = place(folder.path());
    let conn = Connection::open(newer.path()).unwrap();
    conn.execute("UPDATE meta SET value = '3' WHERE name = 'format'", []).unwrap();
    let refused = SqliteJournal::open(newer).unwrap_err().to_string();
    assert!(refused.contains("format 3"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_and_several_handles_keep_every_run_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let journals = [open(folder.path()), open(folder.path())];
    let tasks: Vec<_> = (0..64u8)
        .map(|n| {
            let journal = journals[usize::from(n) % 2].clone();
            tokio::spawn(async move {
                for at in 1..=10 {
                    let entry =
                        Entry { durable: at % 3 == 0, ..Entry::durable(run(n), records(at, at)) };
                    journal.append(entry).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for n in 0..64 {
        assert_eq!(journals[usize::from(n) % 2].load(run(n)).await.unwrap(), records(1, 10));
    }
}

#[test]
fn many_processes_may_open_a_new_journal_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| drop(open(folder.path())));
        }
    });
}

/// Appends until it is killed, saying each number once it is promised durable.
#[test]
#[ignore = "the child of the next test"]
fn child_appends_until_killed() {
    let Ok(folder) = std::env::var("JOURNAL_FOLDER") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = open(Path::new(&folder));
        let _lock = journal.lock(run(1)).await.unwrap();
        for n in 1.. {
            journal
                .append(Entry { durable: n % 2 == 0, ..Entry::durable(run(1), records(n, n)) })
                .await
                .unwrap();
            if n % 2 == 0 {
                eprintln!("durable {n}");
            }
        }
    });
}

#[test]
fn a_killed_process_leaves_all_it_promised_and_no_lock() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "io_journal::child_appends_until_killed", "--nocapture"])
        .env("JOURNAL_FOLDER", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let promised = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("durable ")?.parse::<usize>().ok())
        .nth(20)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = open(folder.path());
        let _lock = journal.lock(run(1)).await.unwrap();
        let kept = journal.load(run(1)).await.unwrap();
        assert!(kept.len() >= promised, "{} kept, {promised} promised", kept.len());
        let next = kept.len() as u64 + 1;
        journal.append(Entry::durable(run(1), records(next, next))).await.unwrap();
    });
}
