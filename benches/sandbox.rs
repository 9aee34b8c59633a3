//! Whether the sandbox stays as fast as it was when it fills up: clients that keep their connections collect
//! invoices, and every so often the rate is printed, with what a lookup costs then and how much memory is in use.
//!
//! `cargo bench --bench sandbox -- 100000 64` (invoices, clients)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../tests/it/support/alive.rs"]
mod alive;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use alive::Alive;
use dollr_flow::io::host::WallClock;
use dollr_flow::io::sandbox::books::Books;
use dollr_flow::io::sandbox::server::Door;
use dollr_flow::io::sandbox::service::SandboxDoor;
use dollr_flow::sandbox::Settings;

/// Requests of one collection.
const CALLS: f64 = 10.0;

fn resident_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|text| text.parse().ok()).collect();
    let total = numbers.first().copied().unwrap_or(20_000);
    let clients = numbers.get(1).copied().unwrap_or(64);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let door = runtime.block_on(Door::open("127.0.0.1:0")).unwrap();
    let url = door.url();
    let books = Arc::new(Books::in_memory(Settings::default()));
    let service = Arc::new(SandboxDoor::new(Arc::clone(&books), WallClock));
    runtime.spawn(door.serve(service, std::future::pending()));
    println!(
        "{:>9} {:>12} {:>16} {:>16} {:>8}",
        "invoices", "requests/s", "list by name ms", "list drafts ms", "MiB"
    );
    let next = AtomicU64::new(0);
    let step = (total / 10).max(1);
    for mark in 1..=total.div_ceil(step) {
        let end = (mark * step).min(total);
        let (began, from) = (Instant::now(), next.load(Ordering::Relaxed));
        std::thread::scope(|scope| {
            for _ in 0..clients {
                scope.spawn(|| {
                    let mut client = Alive::open(&url, "sbx_client");
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= end {
                            break;
                        }
                        client.collect(
                            &format!("Payer {n}"),
                            &format!("00000000-0000-4000-8000-{n:012}"),
                        );
                    }
                });
            }
        });
        next.store(end, Ordering::Relaxed);
        let rate = (end - from) as f64 * CALLS / began.elapsed().as_secs_f64();
        let mut client = Alive::open(&url, "sbx_client");
        let mut timed = |path: &str| {
            let began = Instant::now();
            client.get(path);
            began.elapsed().as_secs_f64() * 1000.0
        };
        let name = timed(&format!("/v1/parties/list?fullname=Payer%20{}", end - 1));
        let drafts = timed("/v1/invoices/list?currency=USD&status=IDLE");
        println!("{end:>9} {rate:>12.0} {name:>16.1} {drafts:>16.1} {:>8}", resident_mib());
    }
    let began = Instant::now();
    let audit = books.with(dollr_flow::sandbox::Ledger::audit);
    println!(
        "audit: {} violations in {:.1} s",
        audit.violations.len(),
        began.elapsed().as_secs_f64()
    );
}
