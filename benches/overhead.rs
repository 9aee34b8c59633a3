//! What a run costs beyond its HTTP calls: the collect recipe (without its waiting) through the engine with full
//! durability, beside a bare loop that makes the same calls to the same sandbox on loopback. Prints ratios.
//!
//! `cargo bench --bench overhead`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dollr_flow::api::wire::Method;
use dollr_flow::base::secret::Secret;
use dollr_flow::base::span::Source;
use dollr_flow::engine::gate::Gate;
use dollr_flow::engine::local::Engine;
use dollr_flow::engine::ports::Clock;
use dollr_flow::engine::stop::Stop;
use dollr_flow::engine::tokens::Tokens;
use dollr_flow::flow::plan::Plan;
use dollr_flow::flow::{check, resolve, with_examples};
use dollr_flow::io::base_url::BaseUrl;
use dollr_flow::io::books::Books;
use dollr_flow::io::host::{self, WallClock};
use dollr_flow::io::http::HttpTransport;
use dollr_flow::io::journal_place::JournalPlace;
use dollr_flow::io::journal_sqlite::SqliteJournal;
use dollr_flow::io::sandbox_door::SandboxDoor;
use dollr_flow::io::serve::Door;
use dollr_flow::run::action::Credentials;
use dollr_flow::run::event::{FORMAT, RunStarted};
use dollr_flow::run::outcome::Outcome;
use dollr_flow::run::state::{Outside, State};
use dollr_flow::sandbox::Settings;
use serde_json::{Value, json};

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

/// The same calls with the same client library, no templates, no journal.
async fn bare(client: &reqwest::Client, url: &str, token: &str) -> u32 {
    let mut calls = 0;
    let mut call = async |method: Method, path: String, body: Option<Value>| -> Value {
        calls += 1;
        let method = reqwest::Method::from_bytes(method.as_str().as_bytes()).unwrap();
        let mut request = client.request(method, format!("{url}{path}")).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let reply = request.send().await.unwrap();
        assert!(reply.status().is_success(), "{path}");
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
    };
    let post = Method::Post;
    let phone = "231771234567";
    let party = json!({"fullname": "Jane Doe", "phone": phone, "country_code": "LR"});
    let party = call(post, "/v1/parties/create".into(), Some(party)).await;
    let link = json!({"party_id": party["id"], "relationship_type": "CUSTOMER"});
    let link = call(post, "/v1/counterparties/create".into(), Some(link)).await;
    let invoice = json!({"counterparty_id": link["id"], "currency": "USD", "note": "Consulting services",
        "fee_bearer": "PAYER", "as_payment_link": true, "reference_id": "bare"});
    let invoice = call(post, "/v1/invoices/create".into(), Some(invoice)).await;
    let id = &invoice["id"];
    let item = json!({"name": "Strategy Session", "qty": 1, "amount": 250.00, "currency": "USD"});
    call(post, format!("/v1/invoices/{id}/items/add"), Some(item)).await;
    call(Method::Put, format!("/v1/invoices/publish/{id}"), None).await;
    let detect =
        format!("/v1/predictions/mmo-provider-info?phone={phone}&operation_type=COLLECTION");
    let wallet = call(Method::Get, detect, None).await;
    let session = json!({"source_type": "INVOICE", "source_id": id});
    let session = call(post, "/v1/sessions/checkout".into(), Some(session)).await;
    let account = json!({"account_name": "Jane Doe wallet", "party_id": party["id"], "country_code": "LR",
        "method": wallet["payment_method"], "provider": wallet["gateway_provider"],
        "insensitive_account_number": phone});
    let path = "/v1/payment-accounts/create?operation_type=COLLECTION".to_owned();
    let account = call(post, path, Some(account)).await;
    let execution = json!({"session_id": session["id"].to_string(), "currency": "USD",
        "payment_account_id": account["id"].to_string(), "reference_id": uuid::Uuid::new_v4()});
    call(post, "/v1/executions/collection".into(), Some(execution)).await;
    calls
}

type Runner = Engine<HttpTransport, WallClock, SqliteJournal>;

async fn flow(engine: &Runner, plan: &Arc<Plan>) {
    let inputs = resolve(&with_examples(&plan.inputs), &[], None, &|_| None).unwrap();
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

async fn token(client: &reqwest::Client, url: &str) -> String {
    let body = json!({"client_id": "sbx_client", "client_secret": "sbx_secret"}).to_string();
    let request = client.post(format!("{url}/v1/jwt/client/obtain/token"));
    let reply = request.header("content-type", "application/json").body(body).send().await.unwrap();
    let reply: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
    reply["access_token"].as_str().unwrap().to_owned()
}

fn engine(url: &str, journal: &str) -> Runner {
    Engine {
        transport: HttpTransport::new(BaseUrl::parse(url).unwrap()).unwrap(),
        clock: WallClock,
        journal: SqliteJournal::open(JournalPlace::parse(journal).unwrap()).unwrap(),
        tokens: Tokens::new(Some(credentials())),
        gate: Gate::default(),
        stop: Stop::default(),
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
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let token = token(&client, url).await;
    let (mut plain, mut durable, mut tmpfs, mut calls) = (vec![], vec![], vec![], 0);
    // in turn, so that a machine that slows down slows all of them
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..RUNS {
            calls = bare(&client, url, &token).await;
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
