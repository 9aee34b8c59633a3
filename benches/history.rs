//! A journal with a long history: how much a run takes on disk, and whether its commands stay quick. Carries out one row of a
//! batch of the collect recipe, writes its events down again and again for runs of other names, and then times the
//! program on that journal beside one with a thousandth of it.
//!
//! `cargo bench --bench history -- 1000000` (runs; takes 15 KB of disk for each)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dollr_flow::base::ids::RunId;
use dollr_flow::engine::ports::{Entry, Journal, Record, RunFilter, RunRow};
use dollr_flow::io::host::new_run;
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use jiff::SignedDuration;

/// How many rows a table has that is started again.
const TABLE: u32 = 1_000;
const PAYER: &str = "Jane Doe";
const BATCHES_OF: u32 = 10_000;

fn main() {
    let args: Vec<u32> = std::env::args().filter_map(|text| text.parse().ok()).collect();
    let runs = args.first().copied().unwrap_or(100_000);
    let folder = tempfile::tempdir_in("target").unwrap();
    fs::copy("flows/collect.yaml", folder.path().join("collect.yaml")).unwrap();
    let small = History::make(folder.path(), "small", (runs / 1_000).max(TABLE));
    let large = History::make(folder.path(), "large", runs);
    println!("{:<34} {:>10} {:>10}", "", small.runs, large.runs);
    println!("{:<34} {:>10.1} {:>10.1}", "KB per run", small.kb_per_run(), large.kb_per_run());
    println!("{:<34} {:>10.0} {:>10.0}", "runs written per second", small.rate, large.rate);
    for (name, arguments) in small.commands() {
        let arguments = |history: &History| match &arguments {
            Some(arguments) => arguments.clone(),
            None => vec!["runs".into(), "show".into(), history.one.to_string()],
        };
        let (one, other) = (small.time(&arguments(&small)), large.time(&arguments(&large)));
        let shown = |took: Duration| took.as_secs_f64() * 1e3;
        println!("{name:<34} {:>7.1} ms {:>7.1} ms", shown(one), shown(other));
    }
}

/// A journal of so many runs.
struct History {
    folder: PathBuf,
    journal: PathBuf,
    runs: u32,
    rate: f64,
    /// One of its runs.
    one: RunId,
}

impl History {
    fn make(folder: &Path, name: &str, runs: u32) -> Self {
        let journal = folder.join(format!("{name}.db"));
        let table = folder.join("table.csv");
        fs::write(&table, format!("id,fullname\n{},{PAYER}\n", key(0))).unwrap();
        let mut history =
            Self { folder: folder.to_owned(), journal, runs, rate: 0.0, one: new_run() };
        history.run(&history.start_again());
        let mut rows = "id,fullname\n".to_owned();
        // those that were written down last
        (runs.saturating_sub(TABLE)..runs)
            .for_each(|n| writeln!(rows, "{},{PAYER}", key(n)).unwrap());
        fs::write(table, rows).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(history.fill());
        history
    }

    async fn fill(&mut self) {
        let place = JournalPlace::parse(self.journal.to_str().unwrap()).unwrap();
        let journal = SqliteJournal::open(place).unwrap();
        let row = journal.rows(RunFilter::default()).await.unwrap().remove(0);
        let records = journal.load(row.run).await.unwrap();
        let began = Instant::now();
        for n in 1..self.runs {
            let (run, entry) = copy(&row, &records, n);
            self.one = run;
            // everything before it is written by then too
            journal
                .append(Entry { durable: n % 200 == 0 || n + 1 == self.runs, ..entry })
                .await
                .unwrap();
        }
        self.rate = f64::from(self.runs) / began.elapsed().as_secs_f64();
    }

    fn kb_per_run(&self) -> f64 {
        fs::metadata(&self.journal).unwrap().len() as f64 / 1e3 / f64::from(self.runs)
    }

    fn start_again(&self) -> Vec<String> {
        let words = "batch collect.yaml --data table.csv --key id --sandbox --quiet";
        words.split(' ').map(str::to_owned).collect()
    }

    /// What is timed: by name, with its arguments; none where they depend on the history.
    fn commands(&self) -> Vec<(String, Option<Vec<String>>)> {
        let plain =
            |words: &str| (words.to_owned(), Some(words.split(' ').map(str::to_owned).collect()));
        vec![
            plain("--version"),
            plain("runs list"),
            plain("runs list --status failed"),
            plain("runs list --batch b0 --limit 1000"),
            plain("runs list --flow collect --since 2026-11-20T00:00:00Z"),
            ("runs show RUN".to_owned(), None),
            plain("resume --all --sandbox"),
            (format!("batch, {TABLE} rows that are over"), Some(self.start_again())),
        ]
    }

    fn run(&self, arguments: &[String]) -> Duration {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dollr-flow"));
        command.args(arguments).env("DOLLR_FLOW_JOURNAL", &self.journal).current_dir(&self.folder);
        let began = Instant::now();
        let ended =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let took = began.elapsed();
        assert!(ended.unwrap().success(), "{arguments:?}");
        took
    }

    /// The median of seven, after one that warms up.
    fn time(&self, arguments: &[String]) -> Duration {
        self.run(arguments);
        let mut times: Vec<Duration> = (0..7).map(|_| self.run(arguments)).collect();
        times.sort_unstable();
        times[3]
    }
}

fn key(n: u32) -> String {
    format!("INV-{n:07}")
}

/// The same run under another name and key, a second later than the one before.
fn copy(row: &RunRow, records: &[Record], n: u32) -> (RunId, Entry) {
    let (run, later) = (new_run(), SignedDuration::from_secs(n.into()));
    let row = RunRow {
        run,
        key: Some(key(n)),
        batch: Some(format!("b{}", n / BATCHES_OF)),
        started_at: row.started_at - later,
        updated_at: row.updated_at - later,
        ..row.clone()
    };
    let records = records.iter().map(|record| {
        let data =
            if record.n == 1 { record.data.replace(&key(0), &key(n)) } else { record.data.clone() };
        Record { at: record.at - later, data, ..record.clone() }
    });
    (run, Entry::ordered(run, records.collect()).row(row))
}
