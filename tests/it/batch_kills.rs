//! A batch on a server where things go wrong is killed again and again until it is done: every row is charged exactly
//! once, the results are complete, and their total is the ledger's.
//!
//! `DOLLR_FLOW_BATCH_ROWS` says how many rows (150), `DOLLR_FLOW_KILLS_SEED` where chance begins.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::served::Served;
use crate::support::{Place, Told, collect_flow, ended, finish, signal, start};

/// No kill begins after this: a large table takes longer.
fn longest(rows: u64) -> Duration {
    Duration::from_secs(40 + rows / 20)
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

fn faults(seed: u64) -> String {
    let mut text = format!("seed: {seed}\nfaults:\n");
    for action in
        ["lost-after", "reset-before", "error-after", "error-before", "truncated", "malformed"]
    {
        let execute = "operation: execute_collection";
        text.push_str(&format!("  - {{ action: {action}, {execute}, probability: 0.06 }}\n"));
        text.push_str(&format!("  - {{ action: {action}, probability: 0.005 }}\n"));
    }
    text
}

/// Each row has an amount of its own, so that no two errors cancel out.
fn table(rows: u64) -> String {
    let line = |n: u64| {
        format!(
            "{n:05},Payer {n},231770{n:05}1,\"[{{\"\"name\"\":\"\"Fee\"\",\"\"qty\"\":1,\"\"amount\"\":{}.{:02}}}]\"\n",
            10 + n,
            n % 100
        )
    };
    format!("id,fullname,phone,items\n{}", (0..rows).map(line).collect::<String>())
}

fn cents(rows: u64) -> u64 {
    (0..rows).map(|n| (10 + n) * 100 + n % 100).sum()
}

#[test]
fn no_kill_charges_a_row_twice_or_loses_one() {
    let rows = number("DOLLR_FLOW_BATCH_ROWS", 150);
    let mut chance = number("DOLLR_FLOW_KILLS_SEED", 1);
    let served = Served::with(&faults(chance));
    let place = Place::at(&served.url);
    place.file("rows.csv", &table(rows));
    let mut command = || {
        let mut command =
            place.command(["batch", "--data", "rows.csv", "--key", "id", "--output", "json"]);
        command.args(["--results", "results.csv", "--retry-failed", "--concurrency", "32"]);
        command.arg(collect_flow());
        command
    };
    let (began, mut kills) = (Instant::now(), 0);
    while began.elapsed() < longest(rows) {
        let child = start(&mut command());
        chance =
            chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        thread::sleep(Duration::from_millis(300 + (chance >> 33) % 3_000));
        signal(child.id(), "KILL");
        match ended(child).code {
            Some(0) => break,
            Some(_) => {}
            None => kills += 1,
        }
    }
    let done = calm(&mut command);
    assert!(kills > 2, "nothing was killed");
    println!("{rows} rows, {kills} kills, {:.0} s", began.elapsed().as_secs_f64());
    let json = done.json();
    assert_eq!(json["counts"]["succeeded"], rows, "{json:#}");
    let books = served.books();
    let mut charged: BTreeMap<String, u64> = BTreeMap::new();
    for execution in books["executions"].as_array().unwrap() {
        if execution["status"] == "COMPLETED" {
            *charged.entry(execution["source_id"].to_string()).or_default() += 1;
        }
    }
    assert_eq!(charged.len() as u64, rows, "{kills} kills");
    assert!(charged.values().all(|count| *count == 1), "{kills} kills");
    served.audit();
    let total = format!("{}.{:02}", cents(rows) / 100, cents(rows) % 100);
    assert_eq!(json["moved"][0]["amount"], total.as_str());
    let results = fs::read_to_string(place.path("results.csv")).unwrap();
    let mut keys: Vec<&str> =
        results.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len() as u64, rows);
    assert_eq!(results.lines().count() as u64, rows + 1);
    assert!(results.lines().skip(1).all(|line| line.contains(",succeeded,")));
}

/// Started until all is final: what was unclear is asked about again.
fn calm(command: &mut impl FnMut() -> std::process::Command) -> Told {
    for _ in 0..20 {
        let told = finish(&mut command());
        if told.code == Some(0) {
            return told;
        }
    }
    let told = finish(&mut command());
    told.exits(0);
    told
}
