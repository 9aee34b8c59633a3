//! How fast the API is asked, whoever asks: a new process, many rows at once, a server that wants to be left alone, and
//! how long a limit lets all of that last.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::recorder::{Asked, Recorder, Reply, TOKEN};
use crate::support::{Place, Told, ended, finish, signal, start, until};
use serde_json::json;

const POLL: &str = "
version: 1
name: status
steps:
  - uses: token
  - uses: poll
    with: { reference_id: 3f0c1c4e-8f3b-4d6e-9a55-2f4d9a1b7c10, every: EVERY, timeout: LIMIT }
outputs: { status: \"{{ steps.poll.status }}\" }
";

const READS: &str = "
version: 1
name: wallet
inputs: { phone: { type: phone } }
defaults: { retry: { attempts: 3, interval: 1s } }
steps:
  - uses: detect
    with: { phone: \"{{ inputs.phone }}\", operation_type: COLLECTION }
";

fn poll(every: &str, limit: &str) -> String {
    POLL.replace("EVERY", every).replace("LIMIT", limit)
}

fn status(word: &str) -> Reply {
    let body = json!({ "reference_id": "3f0c1c4e-8f3b-4d6e-9a55-2f4d9a1b7c10", "status": word });
    Reply::ok(body.to_string())
}

/// A 429 with that `Retry-After`.
fn busy(wait: &str, more: &str) -> Reply {
    let head = format!("content-type: application/json\r\nretry-after: {wait}\r\n{more}");
    Reply::Plain(429, head, b"{\"detail\":\"too many requests\"}".to_vec())
}

type Times = Arc<Mutex<Vec<Instant>>>;

/// A server whose status questions are answered so, and when they came.
fn asked(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> (Recorder, Times) {
    let times = Times::default();
    let log = Arc::clone(&times);
    let recorder = Recorder::with_token(move |_: &Asked| {
        let mut times = log.lock().unwrap();
        times.push(Instant::now());
        reply(times.len())
    });
    (recorder, times)
}

/// Kills a run once so many questions were asked, resumes it at once, and tells how long the API was left alone.
fn killed_and_resumed(place: &Place, flow: &str, times: &Times, after: usize) -> (Told, Duration) {
    let flow = place.file("status.yaml", flow);
    let child = start(place.command(["run", "--output", "json"]).arg(flow));
    until("the questions", || times.lock().unwrap().len() >= after);
    // the last answer is written down in no time
    std::thread::sleep(Duration::from_millis(300));
    signal(child.id(), "KILL");
    ended(child);
    let last = *times.lock().unwrap().last().unwrap();
    let before = times.lock().unwrap().len();
    let told = place.tell(["resume", "--all", "--output", "json"]);
    let next = times.lock().unwrap().get(before).copied();
    (told, next.map_or(Duration::ZERO, |next| next.duration_since(last)))
}

#[test]
fn a_new_process_keeps_the_pace_of_a_poll() {
    let (server, times) = asked(|n| status(if n > 2 { "COMPLETED" } else { "PROCESSING" }));
    let place = Place::at(&server.url);
    let (told, gap) = killed_and_resumed(&place, &poll("4s", "10m"), &times, 1);
    told.exits(0);
    assert!(gap >= Duration::from_millis(3_800), "asked again after {gap:?}");
}

#[test]
fn a_new_process_heeds_what_an_earlier_one_was_told() {
    let (server, times) = asked(|n| if n == 1 { busy("5", "") } else { status("COMPLETED") });
    let place = Place::at(&server.url);
    let (told, gap) = killed_and_resumed(&place, &poll("1s", "10m"), &times, 1);
    told.exits(0);
    assert!(gap >= Duration::from_millis(4_800), "asked again after {gap:?}");
}

#[test]
fn a_wait_that_the_api_asks_for_is_no_longer_than_the_limit_of_a_poll() {
    let (server, _) = asked(|_| busy("3600", ""));
    let place = Place::at(&server.url);
    let flow = place.file("status.yaml", &poll("2s", "5s"));
    let told = finish(place.command(["run"]).arg(&flow));
    told.exits(3).says("asks to be left alone until 2").says("dollr-flow resume");
    assert!(told.took < Duration::from_secs(15), "{:?}", told.took);
    // whoever resumes too early is told so again, and the API hears nothing
    let before = server.bodies("/v1/status/").len();
    place.tell(["resume", "--all"]).exits(3).says("asks to be left alone until 2");
    assert_eq!(server.bodies("/v1/status/").len(), before);
}

#[test]
fn a_date_in_retry_after_is_by_the_servers_clock() {
    // the server's clock is two days behind this one
    let dates = "date: Tue, 03 Feb 2026 09:00:00 GMT\r\n";
    let (server, times) = asked(move |n| match n {
        1 => busy("Tue, 03 Feb 2026 09:00:03 GMT", dates),
        _ => status("COMPLETED"),
    });
    let place = Place::at(&server.url);
    let flow = place.file("status.yaml", &poll("1s", "1m"));
    finish(place.command(["run"]).arg(&flow)).exits(0);
    let times = times.lock().unwrap();
    let gap = times[1].duration_since(times[0]);
    assert!((2_800..9_000).contains(&gap.as_millis()), "{gap:?}");
}

/// A batch of so many rows over a flow, and what became of it.
fn batch(server: &Recorder, rows: usize) -> (Place, Told) {
    let place = Place::at(&server.url);
    let mut table = "phone\n".to_owned();
    (0..rows).for_each(|n| table.push_str(&format!("2317700001{n:02}\n")));
    place.file("rows.csv", &table);
    place.file("wallet.yaml", READS);
    let rows = rows.to_string();
    let told = place.tell([
        "batch",
        "wallet.yaml",
        "--data",
        "rows.csv",
        "--key",
        "phone",
        "--concurrency",
        &rows,
        "--output",
        "json",
    ]);
    (place, told)
}

#[test]
fn rows_share_the_back_off_of_a_token_that_cannot_be_had() {
    let trouble = Reply::Json(500, "{\"detail\":\"trouble\"}".to_owned());
    let server = Recorder::new(move |_| trouble.clone());
    let (_place, told) = batch(&server, 20);
    told.exits(1).says("no access token: the token call was answered 500");
    // three tries of twenty rows; a second between the first two, two before the third
    let calls = server.asked().len();
    assert!((2..=4).contains(&calls), "{calls} token calls");
    assert!(told.took > Duration::from_secs(3), "{:?}", told.took);
}

#[test]
fn wrong_credentials_are_tried_once_for_all_rows() {
    let refused = Reply::Json(401, "{\"detail\":\"invalid client\"}".to_owned());
    let server = Recorder::new(move |_| refused.clone());
    let (_place, told) = batch(&server, 20);
    told.exits(1).says("no access token: the token call was answered 401: invalid client");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_batch_that_the_api_wants_to_be_left_alone_by_pauses_and_goes_on_later() {
    let server = Recorder::with_token(|_| busy("3600", ""));
    let (place, told) = batch(&server, 20);
    told.exits(3).says("the API asks to be left alone until 2");
    assert!(told.took < Duration::from_secs(30), "{:?}", told.took);
    let rows = place.tell(["runs", "list", "--output", "json"]);
    assert!(!rows.stdout.contains("\"running\""), "{}", rows.stdout);
}

#[test]
fn an_interrupt_is_heard_while_the_api_wants_to_be_left_alone() {
    let server = Recorder::new(|asked| match asked.target.contains("token") {
        true => Reply::ok(TOKEN),
        false => busy("60", ""),
    });
    let place = Place::at(&server.url);
    let flow = place.file("status.yaml", &poll("1s", "10m"));
    let child = start(place.command(["run"]).arg(&flow));
    until("the question", || !server.bodies("/v1/status/").is_empty());
    std::thread::sleep(Duration::from_millis(300));
    signal(child.id(), "INT");
    let told = ended(child);
    told.exits(130);
    assert!(told.took < Duration::from_secs(10), "{:?}", told.took);
}
