//! The program is killed at random instants, on a server where things go wrong, and goes on each time:
//! whatever happened, no invoice is charged twice, and what the run says is what the books say.
//!
//! `DOLLR_FLOW_KILLS` says how many kills (40), `DOLLR_FLOW_KILLS_SEED` where chance begins.

use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::served::Served;
use crate::support::{Place, Told, ended, start};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

/// How many runs are killed side by side: most of their time is waiting.
const LANES: u64 = 8;

/// No kill begins after this.
const LONGEST: Duration = Duration::from_secs(60);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// A small generator, the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Faults by chance: many where the money is, some everywhere.
fn settings(seed: u64) -> String {
    let mut text =
        format!("seed: {seed}\ndedup: {}\nfaults:\n", ["replay", "refuse"][seed as usize % 2]);
    for (action, everywhere, at_execute) in [
        ("lost-after", 0.01, 0.15),
        ("reset-before", 0.01, 0.10),
        ("500-after", 0.01, 0.10),
        ("500-before", 0.01, 0.05),
        ("truncated", 0.01, 0.10),
        ("malformed", 0.01, 0.05),
        ("401", 0.01, 0.05),
    ] {
        let execute = "operation: execute_collection";
        text.push_str(&format!(
            "  - {{ action: {action}, {execute}, probability: {at_execute} }}\n"
        ));
        text.push_str(&format!("  - {{ action: {action}, probability: {everywhere} }}\n"));
    }
    // answers that take a while make room for kills between sending and hearing
    text.push_str("  - { action: delay, ms: 60, probability: 0.5 }\n");
    text
}

/// Lets a process live for that long, then kills it. Returns what it said if it was done before.
fn kill_after(mut child: Child, ms: u64) -> Option<Told> {
    let deadline = Instant::now() + Duration::from_millis(ms);
    while Instant::now() < deadline {
        if child.try_wait().unwrap().is_some() {
            return Some(ended(child));
        }
        thread::sleep(Duration::from_millis(1));
    }
    let late = child.try_wait().unwrap().is_some();
    if !late {
        child.kill().unwrap();
    }
    let told = ended(child);
    told.code.is_some().then_some(told)
}

/// The run that the journal has, if one was begun.
fn begun(place: &Place) -> Option<(String, String)> {
    let db = Connection::open_with_flags(place.journal(), OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    // a journal that was being made when the kill came has no views yet
    db.query_row("SELECT run_id, status FROM runs", [], pair).ok()
}

/// An instant to die at: mostly early, where requests follow each other; sometimes during the waits.
fn instant(chance: &mut Chance) -> u64 {
    match chance.below(4) {
        0 => chance.below(60),
        1 | 2 => chance.below(700),
        _ => chance.below(4_000),
    }
}

/// One invoice from its first start to a final end, with kills on the way.
fn one_invoice(chance: &mut Chance, kills: &AtomicU64, wanted: u64, began: Instant) {
    let seed = chance.below(1 << 40);
    let served = Served::with(&settings(seed));
    let place = Place::at(&served.url);
    let mut unclear = 0;
    let told = loop {
        let child = match begun(&place) {
            Some((run, _)) => start(&mut place.command(["resume", &run, "--output", "json"])),
            None => start(&mut place.collecting("231771234567", &[])),
        };
        let more = kills.load(Ordering::SeqCst) < wanted && began.elapsed() < LONGEST;
        let told = match more {
            true => kill_after(child, instant(chance)),
            false => Some(ended(child)),
        };
        let Some(told) = told else {
            kills.fetch_add(1, Ordering::SeqCst);
            continue;
        };
        assert!(!told.stderr.contains("panicked"), "seed {seed}: {told:#?}");
        match told.code {
            // not final: it goes on as long as it says so
            Some(3) => {}
            // what the API could not tell, it may tell the next time
            Some(4) if unclear < 5 => unclear += 1,
            Some(0 | 1 | 4) => break told,
            _ => panic!("seed {seed}: {told:#?}"),
        }
    };
    agree(&served, &told, &place, seed);
}

/// The run's claim and the books say the same.
fn agree(served: &Served, told: &Told, place: &Place, seed: u64) {
    let run = told.json();
    let all = || format!("seed {seed}\n{run:#}\n{:#}", served.books());
    let audit = served.audit();
    let charges = audit["charges"].as_array().unwrap();
    let completed: u64 = charges.iter().map(|row| row["completed"].as_u64().unwrap()).sum();
    assert!(charges.iter().all(|row| row["completed"].as_u64() <= Some(1)), "{}", all());
    assert!(completed <= 1, "one run, more than one charge: {}", all());
    let executions = served.executions();
    match told.code {
        Some(0) => {
            assert_eq!(completed, 1, "{}", all());
            let paid: Vec<&Value> =
                executions.iter().filter(|row| row["status"] == "COMPLETED").collect();
            assert_eq!(paid[0]["reference_id"], run["outputs"]["reference_id"], "{}", all());
            assert_eq!(run["outputs"]["status"], "COMPLETED");
        }
        Some(1) => assert_eq!(executions, Vec::<Value>::new(), "{}", all()),
        // unclear is honest only where the journal holds a doubt
        _ => assert_eq!(run["status"], json!("unclear"), "{}", all()),
    }
    place.tell(["runs", "verify"]).exits(0);
    // an end is an end: nothing moves any more
    if told.code != Some(4) {
        let again = place.tell(["resume", &told.run_id(), "--output", "json"]);
        assert_eq!(again.code, told.code, "{again:#?}");
        assert_eq!(served.executions().len(), executions.len(), "{}", all());
        served.audit();
    }
}

#[test]
fn no_kill_makes_a_second_charge() {
    let wanted = number("DOLLR_FLOW_KILLS", 40);
    let seed = number("DOLLR_FLOW_KILLS_SEED", 1);
    let (kills, invoices) = (AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    thread::scope(|scope| {
        for lane in 0..LANES {
            let (kills, invoices) = (&kills, &invoices);
            scope.spawn(move || {
                let mut chance = Chance(seed.wrapping_mul(1_000_003).wrapping_add(lane));
                while kills.load(Ordering::SeqCst) < wanted && began.elapsed() < LONGEST {
                    one_invoice(&mut chance, kills, wanted, began);
                    invoices.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let kills = kills.into_inner();
    assert!(kills >= wanted.min(10), "only {kills} kills hit");
    assert!(invoices.into_inner() > 0);
}
