//! What a run costs beyond its HTTP calls: the collect recipe (without its waiting) through the engine with full
//! durability, beside a bare loop that makes the same calls to the same sandbox on loopback. Prints ratios.
//!
//! `cargo bench --bench overhead`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "shared/bare.rs"]
mod bare;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dollr_flow::base::scrub::Secrets;
use dollr_flow::base::secret::Secret;
use dollr_flow::base::span::Source;
use dollr_flow::engine::engine::Engine;
use dollr_flow::engine::gate::Gate;
use dollr_flow::engine::patience::Patience;
use dollr_flow::engine::ports::Clock;
use dollr_flow::engine::stop::Stop;
use dollr_flow::engine::tokens::Tokens;
use dollr_flow::flow::plan::Plan;
use dollr_flow::flow::{check, resolve, with_examples};
use dollr_flow::io::host::{self, WallClock};
use dollr_flow::io::http::base_url::BaseUrl;
use dollr_flow::io::http::transport::HttpTransport;
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use dollr_flow::io::sandbox::books::Books;
use dollr_flow::io::sandbox::server::Door;
use dollr_flow::io::sandbox::service::SandboxDoor;
use dollr_flow::run::action::Credentials;
use dollr_flow::run::event::{FORMAT, RunStarted};
use dollr_flow::run::history::Outside;
use dollr_flow::run::outcome::Outcome;
use dollr_flow::run::state::State;
use dollr_flow::sandbox::Settings;

const RUNS: u32 = 300;
const ROUNDS: u32 = 5;

fn plan() -> Arc<Plan> {
    let text = fs::read_to_string("flows/collect.yaml").unwrap();
    let (steps, _) = text.split_once("  - uses: poll").unwrap();
    Arc::new(check(&Source::new("collect.yaml", steps), &()).unwrap().0)
}

fn credentials() -> Credentials {
    Credentials { client_id: Secret::new("sbx_client"), client_secret: Secret::new("sbx_secret") }
}

async fn server() -> String {
    let door = Door::open("127.0.0.1:0").await.unwrap();
    let url = door.url();
    let books = Books::in_memory(Settings { log_limit: 0, ..Settings::default() });
    tokio::spawn(
        door.serve(Arc::new(SandboxDoor::new(Arc::new(books), WallClock)), std::future::pending()),
    );
    url
}

type Runner = Engine<HttpTransport, WallClock, SqliteJournal>;

async fn flow(engine: &Runner, plan: &Arc<Plan>) {
    let inputs = resolve(&with_examples(&plan.inputs), &[], None, &|_| Ok(None)).unwrap();
    let started = RunStarted {
        format: FORMAT,
        flow: plan.name.clone(),
        flow_digest: plan.digest.clone(),
        file: "collect.yaml".to_owned(),
        key: None,
        seed: host::new_seed(),
        inputs,
        base_url: "sandbox".to_owned(),
        sandbox: true,
        max_total: None,
        batch: None,
    };
    let now = engine.clock.now();
    let mut state = State::begin(host::new_run(), plan.clone(), started, now, Outside::default());
    engine.start(&state, &mut ()).await.unwrap();
    let finished = engine.drive(&mut state, &mut ()).await.unwrap();
    assert_eq!(finished.outcome, Outcome::Succeeded, "{:?}", finished.failure);
}

fn engine(url: &str, journal: &str) -> Runner {
    Engine {
        transport: HttpTransport::new(BaseUrl::parse(url).unwrap()).unwrap(),
        clock: WallClock,
        journal: SqliteJournal::open(JournalPlace::parse(journal).unwrap()).unwrap(),
        tokens: Tokens::new(Some(credentials())),
        gate: Gate::default(),
        secrets: Secrets::default(),
        stop: Stop::default(),
        patience: Patience::ENDLESS,
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6 / f64::from(RUNS)
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir_in("target").unwrap();
    let plan = plan();
    let url = server().await;
    let url = url.trim_end_matches('/');
    let disk = engine(url, folder.path().join("journal.db").to_str().unwrap());
    let memory = tempfile::tempdir_in("/dev/shm").ok();
    let shm = memory
        .as_ref()
        .map(|folder| engine(url, folder.path().join("journal.db").to_str().unwrap()));
    let client = bare::client();
    let token = bare::token(&client, url).await;
    let (mut plain, mut durable, mut tmpfs, mut calls) = (vec![], vec![], vec![], 0);
    // in turn, so that a machine that slows down slows all of them
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..RUNS {
            calls = bare::collect(&client, url, &token, "Jane Doe", "231771234567").await;
        }
        plain.push(start.elapsed());
        let start = Instant::now();
        for _ in 0..RUNS {
            flow(&disk, &plan).await;
        }
        durable.push(start.elapsed());
        if let Some(engine) = &shm {
            let start = Instant::now();
            for _ in 0..RUNS {
                flow(engine, &plan).await;
            }
            tmpfs.push(start.elapsed());
        }
    }
    let plain = median(plain);
    println!("{RUNS} runs of {calls} calls, one after the other, median of {ROUNDS} rounds");
    println!("  bare loop           {plain:>8.0} us per run");
    for (name, times) in [("dollr-flow, on disk", durable), ("dollr-flow, tmpfs", tmpfs)] {
        if !times.is_empty() {
            let time = median(times);
            println!(
                "  {name:<19} {time:>8.0} us per run, {:.2} x, {:.0} us more",
                time / plain,
                time - plain
            );
        }
    }
}
