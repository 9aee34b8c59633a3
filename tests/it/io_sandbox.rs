//! The sandbox behind its two doors, and the books that outlive it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dollr_flow::api::wire::Method;
use dollr_flow::base::secret::Secret;
use dollr_flow::base::value::{Map, Value};
use dollr_flow::engine::ports::{Clock, Transport};
use dollr_flow::io::host::WallClock;
use dollr_flow::io::http::base_url::BaseUrl;
use dollr_flow::io::http::transport::HttpTransport;
use dollr_flow::io::journal::location::JournalPlace;
use dollr_flow::io::sandbox::books::Books;
use dollr_flow::io::sandbox::embedded::Embedded;
use dollr_flow::io::sandbox::in_process::InProcess;
use dollr_flow::io::sandbox::server::{Door, MAX_REQUEST_BYTES};
use dollr_flow::io::sandbox::service::SandboxDoor;
use dollr_flow::run::delivery::{CauseKind, Delivery};
use dollr_flow::sandbox::{Fault, FaultAction, Settings};
use dollr_flow::steps::step::Call;
use jiff::Timestamp;
use tokio::sync::oneshot;

const TIMEOUT: Duration = Duration::from_millis(500);

/// Time that passes only when somebody sleeps.
#[derive(Clone)]
struct Jumps(Arc<Mutex<Timestamp>>);

impl Jumps {
    fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-02-03T08:15:00Z".parse().unwrap())))
    }
}

impl Clock for Jumps {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep_until(&self, until: Timestamp) {
        let mut now = self.0.lock().unwrap();
        *now = until.max(*now);
    }
}

/// A sandbox on TCP that ends when this is dropped.
struct Running {
    url: String,
    end: Option<oneshot::Sender<()>>,
    done: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start(books: Arc<Books>) -> Self {
        let door = Door::open("127.0.0.1:0").await.unwrap();
        let url = door.url();
        assert!(door.is_loopback());
        let (end, ended) = oneshot::channel();
        let service = Arc::new(SandboxDoor::new(books, WallClock));
        let done = tokio::spawn(async move {
            door.serve(service, async { drop(ended.await) }).await;
        });
        Self { url, end: Some(end), done }
    }

    fn transport(&self) -> HttpTransport {
        HttpTransport::new(BaseUrl::parse(&self.url).unwrap()).unwrap()
    }

    async fn stop(mut self) {
        drop(self.end.take());
        self.done.await.unwrap();
    }
}

fn post(path: &str, fields: &[(&str, Value)]) -> Call {
    let body: Map =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Call { method: Method::Post, path: path.into(), query: vec![], body: Some(Value::Map(body)) }
}

fn obtain_token() -> Call {
    let fields = [
        ("client_id", Value::text("sbx_client")),
        ("client_secret", Value::Secret(Secret::new("sbx_secret"))),
    ];
    post("/v1/jwt/client/obtain/token", &fields)
}

fn make_party() -> Call {
    let fields = [
        ("fullname", Value::text("Ada")),
        ("phone", Value::text("231770000000")),
        ("country_code", Value::text("LR")),
    ];
    post("/v1/parties/create", &fields)
}

async fn token(transport: &impl Transport) -> Secret {
    match transport.send(&obtain_token(), None, TIMEOUT).await {
        Delivery::Answered(answer) => match answer.body.get("access_token") {
            Some(Value::Secret(token)) => token.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

async fn party(transport: &impl Transport) -> Delivery {
    let token = token(transport).await;
    transport.send(&make_party(), Some(&token), TIMEOUT).await
}

/// What became of it, in a word.
fn word(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Never(cause) => format!("never {:?}", cause.kind),
        Delivery::Maybe(cause) => format!("maybe {:?}", cause.kind),
        Delivery::Answered(answer) => {
            format!("{} {}", answer.status, answer.retry_after.as_deref().unwrap_or("-"))
        }
    }
}

fn with_fault(action: FaultAction) -> Settings {
    let path = Some("/v1/parties/create".to_owned());
    Settings { faults: vec![Fault { path, ..Fault::next(action) }], ..Settings::default() }
}

#[tokio::test]
async fn both_doors_let_the_same_thing_go_wrong() {
    for (action, on_tcp, in_process) in [
        (FaultAction::LostAfter, "maybe Reset", "maybe Reset"),
        (FaultAction::ResetBefore, "maybe Reset", "maybe Reset"),
        // a connection that was accepted can't be refused any more
        (FaultAction::Refused, "maybe Reset", "never Connect"),
        (FaultAction::Truncated, "maybe BodyCutShort", "maybe BodyCutShort"),
        (FaultAction::Malformed, "maybe NotJson", "maybe NotJson"),
        (FaultAction::Delay, "maybe Timeout", "maybe Timeout"),
        (FaultAction::RateLimited, "429 2", "429 2"),
        (FaultAction::ErrorAfter, "500 -", "500 -"),
    ] {
        let books = Arc::new(Books::in_memory(with_fault(action)));
        let running = Running::start(Arc::clone(&books)).await;
        let transport = running.transport();
        assert_eq!(word(&party(&transport).await), on_tcp, "{action:?}");
        assert_eq!(word(&party(&transport).await), "200 -", "{action:?}");
        running.stop().await;

        let inside = InProcess::new(Arc::new(Books::in_memory(with_fault(action))), Jumps::new());
        assert_eq!(word(&party(&inside).await), in_process, "{action:?}");
        assert_eq!(word(&party(&inside).await), "200 -", "{action:?}");
    }
}

#[tokio::test]
async fn a_short_delay_is_waited_for_by_the_clock_at_hand() {
    let mut settings = with_fault(FaultAction::Delay);
    settings.delay_ms = 400;
    let clock = Jumps::new();
    let before = clock.now();
    let inside = InProcess::new(Arc::new(Books::in_memory(settings)), clock.clone());
    let began = Instant::now();
    assert_eq!(word(&party(&inside).await), "200 -");
    assert_eq!(clock.now().duration_since(before).as_millis(), 400);
    assert!(began.elapsed() < Duration::from_millis(300));
}

/// Sends bytes as they are and returns all that comes back.
fn raw(url: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // a server that has heard enough may close before all of it is written
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_speaks_plain_http() {
    let running = Running::start(Arc::new(Books::in_memory(Settings::default()))).await;
    let url = running.url.clone();
    let ask = async |bytes: Vec<u8>| {
        let url = url.clone();
        tokio::task::spawn_blocking(move || raw(&url, &bytes)).await.unwrap()
    };
    let twice = "GET /v1/parties/list?a=b%20c+d HTTP/1.1\r\nhost: x\r\n\r\n\
                 GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answers = ask(twice.into()).await;
    assert!(answers.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answers}");
    assert!(answers.contains("content-type: application/json\r\n"), "{answers}");
    assert!(
        answers.contains("{\"detail\":\"Not authenticated\"}HTTP/1.1 404 Not Found"),
        "{answers}"
    );

    let patch =
        ask(b"PATCH /v1/parties/list HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".into())
            .await;
    assert!(patch.starts_with("HTTP/1.1 405 "), "{patch}");
    assert!(patch.contains("allow: GET\r\n"), "{patch}");

    let length = MAX_REQUEST_BYTES + 1;
    let mut long =
        format!("POST /v1/parties/create HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n")
            .into_bytes();
    long.resize(long.len() + length, b'x');
    let refused = ask(long).await;
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");

    let taken = Door::open(running.url.strip_prefix("http://").unwrap()).await.unwrap_err();
    assert!(taken.contains("is in use"), "{taken}");
    running.stop().await;
}

#[tokio::test]
async fn an_end_lets_answers_go_out_but_waits_for_no_sleeper() {
    let mut settings = with_fault(FaultAction::Delay);
    settings.delay_ms = 60_000;
    let running = Running::start(Arc::new(Books::in_memory(settings))).await;
    let transport = running.transport();
    let token = token(&transport).await;
    let sleeper = tokio::spawn(async move {
        transport.send(&make_party(), Some(&token), Duration::from_secs(30)).await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(word(&sleeper.await.unwrap()), "maybe Reset");
}

fn open(path: &Path) -> Result<Books, String> {
    Books::open(path, Settings::default())
}

/// A day at the sandbox, with a secret in it and a guess at one.
async fn a_day(books: &Arc<Books>) {
    let transport = InProcess::new(Arc::clone(books), Jumps::new());
    let token = token(&transport).await;
    assert_eq!(word(&transport.send(&make_party(), Some(&token), TIMEOUT).await), "200 -");
    let guess = Secret::new("guessed-token");
    assert_eq!(word(&transport.send(&make_party(), Some(&guess), TIMEOUT).await), "401 -");
    let mut wrong = obtain_token();
    wrong.body = Some(Value::Map(
        [("client_id", "sbx_client"), ("client_secret", "a-live-secret")]
            .map(|(name, text)| (name.to_owned(), Value::text(text)))
            .into(),
    ));
    assert_eq!(word(&transport.send(&wrong, None, TIMEOUT).await), "401 -");
}

#[tokio::test]
async fn the_books_outlive_the_process_and_hold_no_credential() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sandbox");
    let books = Arc::new(open(&path).unwrap());
    a_day(&books).await;
    let before = books.with(Clone::clone);
    drop(books);

    let text = fs::read_to_string(&path).unwrap();
    for secret in ["sbx_secret", "a-live-secret", "guessed-token"] {
        assert!(!text.contains(secret), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let books = Arc::new(open(&path).unwrap());
    assert!(books.with(|after| *after == before), "the books read differently");
    a_day(&books).await;
    drop(books);
    assert!(open(&path).unwrap().with(|after| *after != before));
}

#[tokio::test]
async fn an_embedded_sandbox_goes_on_where_the_last_one_ended() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join(".dollr-flow/journal.db");
    let place = JournalPlace::parse(journal.to_str().unwrap()).unwrap();
    let mut parties = Vec::new();
    for _ in 0..2 {
        let embedded = Embedded::open(&place).await.unwrap();
        let transport = HttpTransport::new(BaseUrl::parse(embedded.url()).unwrap()).unwrap();
        let token = token(&transport).await;
        let mut call = make_party();
        if let Some(Value::Map(body)) = &mut call.body {
            body.insert("phone".into(), Value::text(format!("23177000000{}", parties.len())));
        }
        match transport.send(&call, Some(&token), TIMEOUT).await {
            Delivery::Answered(answer) => {
                parties.push(answer.body.get("id").and_then(Value::as_i64))
            }
            other => panic!("{other:?}"),
        }
        embedded.close().await;
    }
    assert_eq!(parties, [Some(42), Some(43)]);
}

#[tokio::test]
async fn a_torn_line_goes_and_a_changed_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sandbox");
    let books = Arc::new(open(&path).unwrap());
    a_day(&books).await;
    let before = books.with(Clone::clone);
    drop(books);
    let whole = fs::read_to_string(&path).unwrap();

    fs::write(&path, format!("{whole}{{\"at\":\"2026-0")).unwrap();
    assert!(open(&path).unwrap().with(|after| *after == before));
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);

    fs::write(&path, whole.replacen("\"POST\"", "\"POKE\"", 1)).unwrap();
    let error = open(&path).unwrap_err();
    assert!(error.starts_with("line 2 of the books"), "{error}");

    fs::write(&path, &whole).unwrap();
    let other = Settings { seed: 7, ..Settings::default() };
    let error = Books::open(&path, other).unwrap_err();
    assert!(error.contains("were kept with other settings"), "{error}");
    let elsewhere = Settings { public_url: "http://127.0.0.1:1".into(), ..Settings::default() };
    assert!(Books::open(&path, elsewhere).is_ok());

    fs::write(&path, "my notes\n").unwrap();
    assert!(open(&path).unwrap_err().contains("holds no sandbox's books"));
}

#[tokio::test]
async fn a_request_the_client_would_not_send_is_not_handed_over() {
    let inside = InProcess::new(Arc::new(Books::in_memory(Settings::default())), Jumps::new());
    match inside.send(&make_party(), Some(&Secret::withheld()), TIMEOUT).await {
        Delivery::Never(cause) => assert_eq!(cause.kind, CauseKind::Refused),
        other => panic!("{other:?}"),
    }
}
