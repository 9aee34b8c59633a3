//! Batches beside a bare loop: the collect recipe without its waiting, once per row with 64 rows at once, against a
//! sandbox in a process of its own. (a) a bare reqwest loop that makes the same calls, (b) `dollr-flow batch` with its
//! journal on disk, (c) the same with the journal on tmpfs. Each is a process, so that its processor time and its
//! memory are its own. Prints medians and ratios, and how often the disk was synced, if `strace` is there.
//!
//! `cargo bench --bench batch -- 3000 5` (rows, rounds)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "shared/bare.rs"]
mod bare;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const CONCURRENCY: u32 = 64;

/// How long a process may be asked about before the next look.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What one process took.
#[derive(Debug, Clone, Copy)]
struct Took {
    seconds: f64,
    processor: f64,
    peak_kib: f64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|arg| arg == "bare") {
        return loop_alone(&args[1], args[2].parse().unwrap());
    }
    let numbers: Vec<u32> = args.iter().filter_map(|text| text.parse().ok()).collect();
    let rows = numbers.first().copied().unwrap_or(3_000);
    let rounds = numbers.get(1).copied().unwrap_or(5);
    let folder = tempfile::tempdir_in("target").unwrap();
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    prepare(folder.path(), rows);
    let mut took: [Vec<Took>; 3] = Default::default();
    for round in 0..rounds {
        // in turn, so that a machine that slows down slows all of them; a sandbox each, because a full one may be slower
        took[0].push(on_a_sandbox(|url| bare_command(url, rows)));
        for (n, place) in [(1, folder.path()), (2, memory.path())] {
            let journal = place.join(format!("journal-{round}-{n}.db"));
            took[n].push(on_a_sandbox(|url| batch_command(folder.path(), &journal, url)));
        }
    }
    println!("{rows} rows, {CONCURRENCY} at once, median of {rounds} rounds");
    let medians = took.map(|all| median(&all));
    let names = ["bare loop", "batch, on disk", "batch, tmpfs"];
    println!(
        "{:<16} {:>9} {:>7} {:>12} {:>7} {:>10}",
        "", "flows/s", "ratio", "CPU us/flow", "ratio", "peak MiB"
    );
    for (name, one) in names.iter().zip(medians) {
        let speed = |took: Took| f64::from(rows) / took.seconds;
        println!(
            "{name:<16} {:>9.0} {:>7.2} {:>12.0} {:>7.2} {:>10.1}",
            speed(one),
            speed(one) / speed(medians[0]),
            one.processor * 1e6 / f64::from(rows),
            one.processor / medians[0].processor,
            one.peak_kib / 1024.0
        );
    }
    match syncs(folder.path()) {
        Some(syncs) => println!("{:.2} syncs of the disk per flow", syncs / f64::from(rows)),
        None => println!("no strace here, so syncs are not counted"),
    }
}

/// The recipe and its rows.
fn prepare(folder: &Path, rows: u32) {
    let text = fs::read_to_string("flows/collect.yaml").unwrap();
    let (steps, _) = text.split_once("  - uses: poll").unwrap();
    fs::write(folder.join("collect.yaml"), steps).unwrap();
    let mut table = "id,fullname,phone\n".to_owned();
    for n in 0..rows {
        writeln!(table, "INV-{n},{},{}", name(n), phone(n)).unwrap();
    }
    fs::write(folder.join("rows.csv"), table).unwrap();
}

fn name(n: u32) -> String {
    format!("Payer {n}")
}

fn phone(n: u32) -> String {
    format!("23177{:07}", 1_000_000 + n)
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dollr-flow"));
    command.env("DOLLR_CLIENT_ID", "sbx_client").env("DOLLR_CLIENT_SECRET", "sbx_secret");
    command.stdin(Stdio::null());
    command
}

fn bare_command(url: &str, rows: u32) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["bare", url, &rows.to_string()]);
    command
}

fn batch_command(folder: &Path, journal: &Path, url: &str) -> Command {
    let mut command = program();
    command
        .arg("batch")
        .arg(folder.join("collect.yaml"))
        .arg("--data")
        .arg(folder.join("rows.csv"));
    command.args(["--key", "id", "--concurrency", &CONCURRENCY.to_string()]);
    command.args(["--quiet", "--output", "json", "--base-url", url]);
    command.arg("--journal").arg(journal).stdout(Stdio::null());
    command
}

/// Runs a command against a sandbox of its own.
fn on_a_sandbox(command: impl Fn(&str) -> Command) -> Took {
    let (mut sandbox, url) = sandbox();
    let took = measured(&mut command(&url));
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    took
}

fn sandbox() -> (Child, String) {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.yaml");
    fs::write(&settings, "log_limit: 0\ntriggers: false\n").unwrap();
    let mut command = program();
    command.args(["sandbox", "--listen", "127.0.0.1:0", "--settings"]).arg(&settings);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().rsplit(' ').next().unwrap().trim_end_matches('/').to_owned();
    (child, url)
}

/// Runs a command to its end, and watches what it takes.
fn measured(command: &mut Command) -> Took {
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut peak_kib, about) = (0.0, format!("/proc/{}", child.id()));
    // a process that has ended still says what it took, until somebody waits for it
    let processor = loop {
        let stat = fs::read_to_string(format!("{about}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        if fields[0] == "Z" {
            let ticks: f64 =
                fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
            break ticks / 100.0;
        }
        let status = fs::read_to_string(format!("{about}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak_kib =
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(peak_kib);
        thread::sleep(LOOK_EVERY);
    };
    let seconds = began.elapsed().as_secs_f64();
    let status = child.wait().unwrap();
    assert!(status.success(), "{command:?}: {status}");
    Took { seconds, processor, peak_kib }
}

/// How often one more batch syncs the disk.
fn syncs(folder: &Path) -> Option<f64> {
    let (mut sandbox, url) = sandbox();
    let counts = folder.join("counts");
    let batch = batch_command(folder, &folder.join("counted.db"), &url);
    let mut traced = Command::new("strace");
    traced.args(["-f", "-c", "-e", "trace=fsync,fdatasync", "-o"]).arg(&counts);
    traced.arg(batch.get_program()).args(batch.get_args());
    traced.envs(batch.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = traced.stdin(Stdio::null()).stdout(Stdio::null()).status();
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    assert!(ended.ok()?.success(), "the traced batch failed");
    let counts = fs::read_to_string(counts).unwrap();
    let calls = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let sync = fields.last().is_some_and(|name| name.ends_with("sync"));
        sync.then(|| fields[3].parse::<f64>().unwrap())
    };
    Some(counts.lines().filter_map(calls).sum())
}

/// The median of each, by itself.
fn median(all: &[Took]) -> Took {
    let middle = |of: fn(&Took) -> f64| {
        let mut numbers: Vec<f64> = all.iter().map(of).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    Took {
        seconds: middle(|took| took.seconds),
        processor: middle(|took| took.processor),
        peak_kib: middle(|took| took.peak_kib),
    }
}

/// The bare loop, in the process that is measured.
fn loop_alone(url: &str, rows: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = bare::client();
        let token: Arc<str> = bare::token(&client, url).await.into();
        let (next, url): (_, Arc<str>) = (Arc::new(AtomicU32::new(0)), url.into());
        let workers: Vec<_> = (0..CONCURRENCY)
            .map(|_| {
                let (client, token) = (client.clone(), Arc::clone(&token));
                let (next, url) = (Arc::clone(&next), Arc::clone(&url));
                tokio::spawn(async move {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= rows {
                            break;
                        }
                        bare::collect(&client, &url, &token, &name(n), &phone(n)).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
    });
}
