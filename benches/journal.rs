//! How many durable appends a second the journal takes, beside a connection for every writer, measured
//! in the same run on the same disk. Only the ratios mean anything on another machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dollr_flow::base::ids::RunId;
use dollr_flow::engine::ports::{Entry, Journal, Record};
use dollr_flow::io::host::new_run;
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use rusqlite::Connection;

const WRITERS: [usize; 3] = [1, 32, 512];
const MEASURED: Duration = Duration::from_secs(2);

/// About as long as the record of a reply.
fn record(n: u64) -> Record {
    Record {
        n,
        at: "2026-02-03T08:15:00.123456789Z".parse().unwrap(),
        kind: "ReplyObserved".into(),
        data: format!(r#"{{"step":"execute","filler":"{}"}}"#, "x".repeat(400)),
    }
}

fn main() {
    println!(
        "{:>8} {:>22} {:>22} {:>8}",
        "writers", "grouped appends/s", "own connections/s", "ratio"
    );
    for writers in WRITERS {
        let grouped = grouped(writers);
        let alone = own_connections(writers);
        println!("{writers:>8} {grouped:>22.0} {alone:>22.0} {:>7.1}x", grouped / alone);
    }
}

fn folder() -> tempfile::TempDir {
    // a temporary folder is often in memory, where a sync costs nothing
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The journal as it is: every writer waits until its own append is durable.
fn grouped(writers: usize) -> f64 {
    let folder = folder();
    let path = folder.path().join("journal.db");
    let journal =
        SqliteJournal::open(JournalPlace::parse(path.to_str().unwrap()).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let done = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..writers)
            .map(|_| {
                let (journal, done) = (journal.clone(), Arc::clone(&done));
                tokio::spawn(async move {
                    let run = new_run();
                    for n in 1.. {
                        if began.elapsed() >= MEASURED {
                            break;
                        }
                        journal.append(Entry::durable(run, vec![record(n)])).await.unwrap();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// The plain way: every writer commits on a connection of its own.
fn own_connections(writers: usize) -> f64 {
    let folder = folder();
    let path = folder.path().join("journal.db");
    connect(&path)
        .execute_batch("CREATE TABLE events (run_id TEXT, n INTEGER, at TEXT, kind TEXT, data TEXT, PRIMARY KEY (run_id, n))")
        .unwrap();
    let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..writers {
            scope.spawn(|| {
                let conn = connect(&path);
                let run = new_run();
                (1..).take_while(|_| !stop.load(Ordering::Relaxed)).for_each(|n| {
                    // a writer that was kept waiting for too long does not count, and tries again
                    if insert(&conn, run, &record(n)).is_ok() && !stop.load(Ordering::Relaxed) {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            });
        }
        thread::sleep(MEASURED);
        stop.store(true, Ordering::Relaxed);
    });
    done.load(Ordering::Relaxed) as f64 / MEASURED.as_secs_f64()
}

fn connect(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.busy_timeout(Duration::from_secs(5)).unwrap();
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    conn.pragma_update(None, "synchronous", "FULL").unwrap();
    conn
}

fn insert(conn: &Connection, run: RunId, record: &Record) -> rusqlite::Result<usize> {
    let sql = "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)";
    let at = record.at.to_string();
    conn.execute(sql, (run.to_string(), record.n.cast_signed(), at, &record.kind, &record.data))
}
