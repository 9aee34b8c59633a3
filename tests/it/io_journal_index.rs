//! The index of runs: what it says of each, which key is whose, lists in pages, files of an older format, and
//! batches that are held as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::Place;
use dollr_flow::base::ids::RunId;
use dollr_flow::engine::ports::{Entry, Journal, JournalError, Order, Record, RunFilter, RunRow};
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

fn open(folder: &Path) -> SqliteJournal {
    let path = folder.join(".dollr-flow/journal.db");
    SqliteJournal::open(JournalPlace::parse(path.to_str().unwrap()).unwrap()).unwrap()
}

fn run(n: u32) -> RunId {
    format!("{n:08x}-0000-4000-8000-000000000000").parse().unwrap()
}

fn row(n: u32, key: Option<&str>, status: &str) -> RunRow {
    let start: Timestamp = "2026-02-03T08:15:00.123456789Z".parse().unwrap();
    RunRow {
        run: run(n),
        flow: "collect".into(),
        flow_digest: "d1".into(),
        key: key.map(str::to_owned),
        status: status.into(),
        exit_code: None,
        // several start at the same moment
        started_at: start + SignedDuration::from_secs(i64::from(n / 3)),
        updated_at: start + SignedDuration::from_secs(i64::from(n)),
        base_url: "http://127.0.0.1:1".into(),
        batch: None,
        inputs_digest: Some("aa".into()),
        reference_id: Some(run(n).0),
        amount: vec!["250.00 USD".parse().unwrap(), "900 RWF".parse().unwrap()],
        moved: false,
        pruned_at: None,
        error: (status == "failed").then(|| "the payer said no".to_owned()),
    }
}

fn first(row: RunRow) -> Entry {
    let record = Record { n: 1, at: row.started_at, kind: "k".into(), data: "{}".into() };
    Entry::durable(row.run, vec![record]).row(row)
}

#[tokio::test]
async fn a_row_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let bare = RunRow { amount: vec![], reference_id: None, moved: true, ..row(2, None, "paused") };
    for row in [row(1, Some("k"), "failed"), bare] {
        journal.append(first(row.clone())).await.unwrap();
        assert_eq!(journal.row(row.run).await.unwrap(), Some(row));
    }
}

#[tokio::test]
async fn a_run_takes_over_the_key_of_one_that_failed_and_moved_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let holders = [
        row(1, Some("failed"), "failed"),
        row(2, Some("cancelled"), "cancelled"),
        row(3, Some("paused"), "paused"),
        row(4, Some("succeeded"), "succeeded"),
        RunRow { moved: true, ..row(5, Some("moved"), "failed") },
        row(6, Some("running"), "running"),
        row(7, Some("unclear"), "unclear"),
    ];
    for holder in &holders {
        journal.append(first(holder.clone())).await.unwrap();
    }
    for (n, holder) in (11..).zip(&holders) {
        let key = holder.key.as_deref();
        let new = first(row(n, key, "running"));
        let taken = journal.append(new.clone()).await;
        assert_eq!(taken, Err(JournalError::KeyTaken(holder.run)), "{key:?}");
        let told = journal.append(new.supersedes(holder.run)).await;
        let found = journal.find_key("collect", key.unwrap()).await.unwrap().unwrap().run;
        match n {
            11 | 12 => {
                assert_eq!((told, found), (Ok(()), run(n)), "{key:?}");
                assert_eq!(journal.row(holder.run).await.unwrap().unwrap().key, None);
            }
            _ => {
                assert_eq!((told, found), (Err(JournalError::KeyKept(holder.run)), holder.run));
                assert_eq!(journal.load(run(n)).await.unwrap(), [], "it leaves no trace");
            }
        }
    }
    // the key has to be the older one's own
    let other = first(row(31, Some("other"), "running")).supersedes(run(1));
    assert_eq!(journal.append(other).await, Err(JournalError::KeyKept(run(1))));
    // twice is once: the key is with the newer run already
    let late = first(row(32, Some("failed"), "running")).supersedes(run(1));
    assert_eq!(journal.append(late).await, Err(JournalError::KeyKept(run(1))));
}

#[tokio::test]
async fn many_keys_are_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for n in 0..40 {
        journal.append(first(row(n, Some(&format!("row {n}")), "running"))).await.unwrap();
    }
    let keys = (20..60).map(|n| format!("row {n}")).collect();
    let found = journal.find_keys("collect", keys).await.unwrap();
    let runs: BTreeSet<RunId> = found.iter().map(|row| row.run).collect();
    assert_eq!((found.len(), runs), (20, (20..40).map(run).collect()));
    assert!(journal.find_keys("payout", vec!["row 1".into()]).await.unwrap().is_empty());
    assert!(journal.find_keys("collect", vec![]).await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_have_every_run_once_in_either_order() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for n in 0..50 {
        let status = ["paused", "succeeded", "failed"][n as usize % 3];
        let batch = (n % 2 == 0).then(|| "b".to_owned());
        journal.append(first(RunRow { batch, ..row(n, None, status) })).await.unwrap();
    }
    let wanted = |of: &dyn Fn(u32) -> bool| (0..50).filter(|n| of(*n)).map(run).collect::<Vec<_>>();
    let open = vec!["paused".to_owned(), "unclear".to_owned()];
    let batch = Some("b".to_owned());
    for (filter, oldest_first) in [
        (RunFilter::default(), wanted(&|_| true)),
        (RunFilter { statuses: open.clone(), ..RunFilter::default() }, wanted(&|n| n % 3 == 0)),
        (RunFilter { batch: batch.clone(), ..RunFilter::default() }, wanted(&|n| n % 2 == 0)),
        (RunFilter { batch, statuses: open, ..RunFilter::default() }, wanted(&|n| n % 6 == 0)),
    ] {
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let mut next = Some(RunFilter { limit: Some(7), order, ..filter.clone() });
            let mut seen = Vec::new();
            while let Some(filter) = next {
                let page = journal.rows(filter.clone()).await.unwrap();
                seen.extend(page.iter().map(|row| row.run));
                next = filter.next(&page);
            }
            if order == Order::NewestFirst {
                seen.reverse();
            }
            assert_eq!(seen, oldest_first, "{order:?} {filter:?}");
        }
    }
}

/// A folder with a journal that a program of format 1 wrote: one run succeeded, one is paused, one failed.
fn of_format_1() -> Place {
    let place = Place::new();
    fs::create_dir(place.path(".dollr-flow")).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals/file-format-1.sql");
    let conn = Connection::open(place.journal()).unwrap();
    conn.execute_batch(&fs::read_to_string(kept).unwrap()).unwrap();
    place
}

fn columns_and_indices(place: &Place) -> Vec<String> {
    let conn = Connection::open(place.journal()).unwrap();
    let sql = "SELECT m.name || ' ' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
               WHERE m.type IN ('table', 'view')
               UNION SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
               UNION SELECT name || value FROM meta";
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_file_of_format_1_becomes_one_of_format_2_by_itself() {
    let old = of_format_1();
    let listed = old.tell(["runs", "list", "--output", "json"]);
    let listed = listed.exits(0).json();
    let said: Vec<(&str, &str)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert_eq!(row["moved"], true, "what is not known may have moved money");
            (row["key"].as_str().unwrap(), row["status"].as_str().unwrap())
        })
        .collect();
    assert_eq!(said, [("K3", "failed"), ("K2", "paused"), ("K1", "succeeded")]);
    old.tell(["runs", "verify"]).exits(0).says("3 of 3 runs are whole");
    let new = Place::new();
    for place in [&old, &new] {
        place.file("collect.yaml", &crate::support::collect_with("timeout: 10m", "timeout: 1s"));
    }
    let again = ["run", "collect.yaml", "--sandbox", "-i", "phone=231770000001", "--key", "K1"];
    old.tell(again).exits(0).says("key K1 is run").says("COMPLETED");
    new.tell(again).exits(0);
    assert_eq!(columns_and_indices(&old), columns_and_indices(&new));
}

#[test]
fn programs_that_meet_at_a_file_of_format_1_change_it_once() {
    let old = of_format_1();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                old.tell(["runs", "verify"]).exits(0).says("3 of 3 runs are whole");
            });
        }
    });
}

/// Holds a batch, or one run, until its standard input ends.
#[test]
#[ignore = "the child of the next tests"]
fn child_holds_until_told() {
    let Ok(folder) = std::env::var("JOURNAL_FOLDER") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = open(Path::new(&folder));
        let held = match std::env::var("HOLD_RUN") {
            Ok(run) => journal.lock(run.parse().unwrap()).await,
            Err(_) => journal.lock_batch("may").await,
        };
        match held {
            Ok(lock) => {
                eprintln!("holding");
                std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
                drop(lock);
            }
            Err(error) => eprintln!("refused: {error}"),
        }
    });
}

/// A process that holds something, and what it says of it.
fn holder(folder: &Path, run: Option<RunId>) -> (Child, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "io_journal_index::child_holds_until_told",
        "--nocapture",
    ]);
    command.env("JOURNAL_FOLDER", folder).env_remove("HOLD_RUN");
    if let Some(run) = run {
        command.env("HOLD_RUN", run.to_string());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let said = |line: &String| line.starts_with("holding") || line.starts_with("refused");
    let line = lines.map_while(Result::ok).find(said).unwrap();
    (child, line)
}

fn let_go(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_and_a_run_of_it_are_never_carried_out_by_two() {
    let place = Place::new();
    let folder = place.folder.path();
    let journal = open(folder);
    for n in [1, 2] {
        let of_batch = RunRow { batch: Some("may".into()), ..row(n, None, "paused") };
        journal.append(first(of_batch)).await.unwrap();
    }
    journal.append(first(row(3, None, "paused"))).await.unwrap();

    let (batch, said) = holder(folder, None);
    assert_eq!(said, "holding");
    let pid = format!("process {} on", batch.id());
    let told = place.tell(["resume", &run(1).to_string()]);
    told.exits(3).says("is being carried out by").says(&pid).says("with all of batch may");
    let (second, said) = holder(folder, None);
    assert!(said.starts_with("refused: batch may") && said.contains(&pid), "{said}");
    let_go(second);
    // a run of no batch is free
    drop(journal.lock(run(3)).await.unwrap());
    let_go(batch);

    let (one, said) = holder(folder, Some(run(1)));
    assert_eq!(said, "holding");
    let (other, said) = holder(folder, Some(run(2)));
    assert_eq!(said, "holding", "two runs of a batch may be resumed at the same time");
    let_go(other);
    let (late, said) = holder(folder, None);
    assert!(said.contains(&format!("process {} on", one.id())), "{said}");
    assert!(said.contains(&format!("with run {} of it", run(1))), "{said}");
    let_go(late);
    place.tell(["resume", &run(1).to_string()]).exits(3).says("is being carried out by");
    let_go(one);
    drop(journal.lock_batch("may").await.unwrap());
    let left: Vec<_> = fs::read_dir(place.path(".dollr-flow/journal.db.locks")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_batch_lets_its_runs_go() {
    let place = Place::new();
    let journal = open(place.folder.path());
    let of_batch = RunRow { batch: Some("may".into()), ..row(1, None, "paused") };
    journal.append(first(of_batch)).await.unwrap();
    let (mut batch, _) = holder(place.folder.path(), None);
    assert!(matches!(journal.lock(run(1)).await, Err(JournalError::Held { .. })));
    batch.kill().unwrap();
    batch.wait().unwrap();
    drop(journal.lock(run(1)).await.unwrap());
    drop(journal.lock_batch("may").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_as_long_as_they_are_asked_to_be() {
    let place = Place::new();
    let journal = open(place.folder.path());
    for n in 0..2_500 {
        let batch = (n % 5 == 0).then(|| "may".to_owned());
        let entry = first(RunRow { batch, ..row(n, None, "paused") });
        journal.append(Entry { durable: false, ..entry }).await.unwrap();
    }
    drop(journal);
    let count = |args: &[&str]| {
        let all = ["runs", "list", "--output", "json"].iter().chain(args).copied();
        let listed = place.tell(all).exits(0).json();
        let runs: BTreeSet<String> =
            listed.as_array().unwrap().iter().map(|row| row["run_id"].to_string()).collect();
        assert_eq!(runs.len(), listed.as_array().unwrap().len());
        runs.len()
    };
    assert_eq!(count(&[]), 50);
    assert_eq!(count(&["--limit", "0"]), 2_500);
    assert_eq!(count(&["--limit", "1001"]), 1_001);
    assert_eq!(count(&["--limit", "2000"]), 2_000);
    assert_eq!(count(&["--batch", "may", "--limit", "0"]), 500);
    assert_eq!(count(&["--batch", "june"]), 0);
    let table = place.tell(["runs", "list", "--limit", "0"]);
    assert_eq!(table.exits(0).stdout.lines().count(), 2_501);
}
