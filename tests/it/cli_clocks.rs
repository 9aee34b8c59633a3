//! Clocks that are wrong: this machine's beside the API's, and this machine's yesterday beside today's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::recorder::{Asked, Recorder, Reply};
use crate::support::served::Served;
use crate::support::{CLIENT_SECRET, Place, finish, http};
use dollr_flow::base::ids::{RunId, Seed};
use dollr_flow::base::scrub::Secrets;
use dollr_flow::base::secret::Secret;
use dollr_flow::base::span::Source;
use dollr_flow::base::value::Map;
use dollr_flow::engine::engine::Engine;
use dollr_flow::engine::gate::Gate;
use dollr_flow::engine::patience::Patience;
use dollr_flow::engine::ports::Clock;
use dollr_flow::engine::stop::Stop;
use dollr_flow::engine::tokens::Tokens;
use dollr_flow::flow::check;
use dollr_flow::io::flow_files::FlowFiles;
use dollr_flow::io::host::WallClock;
use dollr_flow::io::http::base_url::BaseUrl;
use dollr_flow::io::http::transport::HttpTransport;
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::journal::sqlite::SqliteJournal;
use dollr_flow::run::action::Credentials;
use dollr_flow::run::event::{FORMAT, RunStarted};
use dollr_flow::run::history::{Outside, Recorded};
use dollr_flow::run::reporter::Watch;
use dollr_flow::run::state::State;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

/// This machine's clock, set wrong.
struct Ahead(SignedDuration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        WallClock.now() + self.0
    }

    async fn sleep_until(&self, until: Timestamp) {
        WallClock.sleep_until(until - self.0).await;
    }
}

/// Tells the engine to stop once it was told to wait for the second time.
struct Leaves(Stop, usize);

impl Watch for Leaves {
    fn event(&mut self, _state: &State, _recorded: &Recorded) {}

    fn waiting(&mut self, _state: &State, _until: Timestamp, _why: &str) {
        self.1 += 1;
        if self.1 > 1 {
            self.0.ask();
        }
    }
}

const POLL: &str = "
version: 1
name: status
steps:
  - uses: token
  - uses: poll
    with: { reference_id: 3f0c1c4e-8f3b-4d6e-9a55-2f4d9a1b7c10, every: 1s, timeout: 10m }
";

/// Begins a run under a clock that is wrong, and leaves it in the middle of its poll.
fn begun_under(place: &Place, url: &str, ahead: SignedDuration) {
    let file = place.file("status.yaml", POLL);
    let source = Source::new(file.to_str().unwrap(), POLL.to_owned());
    let (plan, _) = check(&source, &FlowFiles::around(&source).unwrap()).unwrap();
    let plan = Arc::new(plan);
    let started = RunStarted {
        format: FORMAT,
        flow: plan.name.clone(),
        flow_digest: plan.digest.clone(),
        file: source.name().to_owned(),
        key: None,
        seed: Seed(Uuid::from_u128(11)),
        inputs: Map::new(),
        base_url: url.to_owned(),
        sandbox: false,
        max_total: None,
        batch: None,
    };
    std::fs::create_dir_all(place.journal().parent().unwrap()).unwrap();
    let journal = JournalPlace::parse(place.journal().to_str().unwrap()).unwrap();
    let client = |text: &str| Secret::new(text);
    let credentials =
        Credentials { client_id: client("sbx_client"), client_secret: client(CLIENT_SECRET) };
    let stop = Stop::default();
    let engine = Engine {
        transport: HttpTransport::new(BaseUrl::parse(url).unwrap()).unwrap(),
        clock: Ahead(ahead),
        journal: SqliteJournal::open(journal).unwrap(),
        tokens: Tokens::new(Some(credentials)),
        gate: Gate::default(),
        secrets: Secrets::default(),
        stop: stop.clone(),
        patience: Patience::ENDLESS,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let run = RunId(Uuid::new_v4());
        let mut state = State::begin(run, plan, started, engine.clock.now(), Outside::default());
        let mut watch = Leaves(stop, 0);
        engine.start(&state, &mut watch).await.unwrap();
        engine.drive(&mut state, &mut watch).await.unwrap();
    });
}

#[test]
fn a_run_begun_under_a_clock_thirty_days_ahead_waits_no_longer_for_that() {
    let questions = AtomicUsize::new(0);
    let server = Recorder::with_token(move |_: &Asked| {
        let open = questions.fetch_add(1, Ordering::SeqCst) < 3;
        let word = if open { "PROCESSING" } else { "COMPLETED" };
        let body =
            json!({ "reference_id": "3f0c1c4e-8f3b-4d6e-9a55-2f4d9a1b7c10", "status": word });
        Reply::ok(body.to_string())
    });
    let place = Place::at(&server.url);
    begun_under(&place, &server.url, SignedDuration::from_hours(30 * 24));
    let told = place.tell(["resume", "--all"]);
    told.exits(0).says("this machine's clock was set back by");
    assert!(told.took < Duration::from_secs(20), "{:?}", told.took);
}

/// The API's time, so far from this machine's, as header and as text.
fn api_time(ahead: SignedDuration) -> (String, String) {
    let now = Timestamp::now() + ahead;
    (now.strftime("date: %a, %d %b %Y %H:%M:%S GMT\r\n").to_string(), now.to_string())
}

/// A server with a clock of its own, where the first party lands and its answer is cut short.
fn parties(ahead: SignedDuration) -> Recorder {
    let made = std::sync::Mutex::new(Vec::new());
    Recorder::new(move |asked| {
        let (date, now) = api_time(ahead);
        let head = format!("content-type: application/json\r\n{date}");
        let reply = |body: String| Reply::Plain(200, head.clone(), body.into_bytes());
        let mut made = made.lock().unwrap();
        match asked.target.as_str() {
            "/v1/parties/create" => {
                let id = made.len() + 1;
                let party = json!({ "id": id, "fullname": "Jane Doe", "phone": "231771234567", "created_at": now });
                made.push(party.clone());
                if id == 1 { Reply::Cut("{".to_owned()) } else { reply(party.to_string()) }
            }
            target if target.starts_with("/v1/parties/list") => reply(json!(*made).to_string()),
            _ => reply("{\"access_token\":\"tok-3f9a1c77d2e84b06\",\"expires_in\":60}".to_owned()),
        }
    })
}

const PARTY: &str = "
version: 1
name: party
steps:
  - uses: party
    with: { fullname: Jane Doe, phone: \"231771234567\" }
";

#[test]
fn a_lost_create_is_found_again_however_far_the_clocks_are_apart() {
    for minutes in [-43_200, -15, 15, 120] {
        let server = parties(SignedDuration::from_mins(minutes));
        let place = Place::at(&server.url);
        let flow = place.file("party.yaml", PARTY);
        let told = finish(place.command(["run"]).arg(flow));
        let side = if minutes < 0 { "ahead of" } else { "behind" };
        told.exits(0).says(&format!(
            "warning: this machine's clock is {} minutes {side} the API's",
            minutes.abs()
        ));
        assert_eq!(server.bodies("/v1/parties/create").len(), 1, "{minutes} minutes apart");
    }
}

#[test]
fn a_thing_that_is_older_than_the_run_by_the_apis_clock_is_not_taken_for_its_own() {
    // twenty minutes before the run by the API's clock, and after it by this machine's
    let old = Timestamp::now() + SignedDuration::from_mins(40);
    let old =
        json!({ "id": 1, "fullname": "Jane Doe", "phone": "231771234567", "created_at": old });
    let created = AtomicUsize::new(0);
    let server = Recorder::new(move |asked| {
        let (date, now) = api_time(SignedDuration::from_mins(60));
        let head = format!("content-type: application/json\r\n{date}");
        let reply = |body: String| Reply::Plain(200, head.clone(), body.into_bytes());
        match asked.target.as_str() {
            "/v1/parties/create" if created.fetch_add(1, Ordering::SeqCst) == 0 => {
                Reply::Plain(500, head, b"{}".to_vec())
            }
            "/v1/parties/create" => reply(json!({ "id": 2, "created_at": now }).to_string()),
            target if target.starts_with("/v1/parties/list") => reply(json!([old]).to_string()),
            _ => reply("{\"access_token\":\"tok-3f9a1c77d2e84b06\",\"expires_in\":60}".to_owned()),
        }
    });
    let place = Place::at(&server.url);
    let flow = place.file("party.yaml", PARTY);
    let told = finish(place.command(["run"]).arg(flow));
    told.exits(0);
    assert_eq!(server.bodies("/v1/parties/create").len(), 2);
}

const TRANSFER: &str = "
version: 1
name: move
steps:
  - uses: token
  - uses: party
    with: { fullname: Jane Doe, phone: \"231771234567\" }
  - uses: counterparty
    with: { party_id: \"{{ steps.party.id }}\", relationship_type: CUSTOMER }
  - uses: transfer
    with: { from_wallet_id: 3, to_counterparty_id: \"{{ steps.counterparty.id }}\", amount: 5.00, currency: USDEND }
";

/// A sandbox whose clock is two hours ahead: this machine's is behind.
fn two_hours_ahead() -> Served {
    let served = Served::new();
    http::post(&served.url, "/_sandbox/clock/advance", &json!({ "ms": 7_200_000 }));
    served
}

#[test]
fn a_date_that_the_runner_makes_is_by_the_apis_clock() {
    let served = two_hours_ahead();
    let place = Place::at(&served.url);
    let flow = place.file("move.yaml", &TRANSFER.replace("END", ""));
    let told = finish(place.command(["run", "--yes"]).arg(flow));
    told.exits(0).says("this machine's clock is 120 minutes behind the API's");
}

#[test]
fn a_refused_date_is_told_with_how_far_the_clocks_are_apart() {
    let served = two_hours_ahead();
    let place = Place::at(&served.url);
    let end = (Timestamp::now() + SignedDuration::from_mins(60)).to_string();
    let flow =
        place.file("move.yaml", &TRANSFER.replace("END", &format!(", expires_at: \"{end}\"")));
    let told = finish(place.command(["run", "--yes"]).arg(flow));
    told.exits(1).says("422").says("; this machine's clock is 120 minutes behind the API's");
}
