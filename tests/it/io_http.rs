//! The HTTP transport against servers that misbehave: what may be sent again must be told apart from
//! what may have arrived.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dollr_flow::api::wire::Method;
use dollr_flow::base::scrub::Secrets;
use dollr_flow::base::secret::Secret;
use dollr_flow::base::value::{Map, Number, Value};
use dollr_flow::engine::ports::Transport;
use dollr_flow::io::http::base_url::BaseUrl;
use dollr_flow::io::http::transport::{HttpTransport, MAX_BODY_BYTES};
use dollr_flow::run::delivery::{Answer, Cause, CauseKind, Delivery};
use dollr_flow::steps::step::Call;

const TIMEOUT: Duration = Duration::from_secs(5);

/// A server that hands each connection, with its number from 0, to `serve`, and keeps what it read.
struct Server {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(serve: impl Fn(usize, &mut Peer) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                serve(number, &mut Peer { stream: stream.unwrap(), heard: Arc::clone(&log) });
            }
        });
        Self { address, heard }
    }

    fn transport(&self) -> HttpTransport {
        transport(&format!("http://{}", self.address))
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

struct Peer {
    stream: TcpStream,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// Reads one request, head and body.
    fn read(&mut self) {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            if let Some(end) = text.find("\r\n\r\n") {
                let length = text
                    .split("content-length: ")
                    .nth(1)
                    .and_then(|rest| rest.split("\r\n").next()?.parse().ok())
                    .unwrap_or(0);
                if bytes.len() >= end + 4 + length {
                    break;
                }
            }
            match self.stream.read(&mut buffer) {
                Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
                _ => break,
            }
        }
        self.heard.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
    }

    fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    fn close(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn transport(base: &str) -> HttpTransport {
    HttpTransport::new(BaseUrl::parse(base).unwrap()).unwrap()
}

fn ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn post() -> Call {
    let body: Map = [
        ("amount".to_owned(), Value::Number(Number::parse("250.00").unwrap())),
        ("passcode".to_owned(), Value::Secret(Secret::new("4820-passcode"))),
    ]
    .into_iter()
    .collect();
    Call {
        method: Method::Post,
        path: "/v1/executions/collection".into(),
        query: vec![],
        body: Some(Value::Map(body)),
    }
}

async fn send(transport: &HttpTransport) -> Delivery {
    transport.send(&post(), Some(&Secret::new("the-token")), TIMEOUT).await
}

fn never(delivery: Delivery) -> Cause {
    match delivery {
        Delivery::Never(cause) => checked(cause),
        other => panic!("not Never: {other:?}"),
    }
}

fn maybe(delivery: Delivery) -> Cause {
    match delivery {
        Delivery::Maybe(cause) => checked(cause),
        other => panic!("not Maybe: {other:?}"),
    }
}

fn answered(delivery: Delivery) -> Answer {
    match delivery {
        Delivery::Answered(answer) => answer,
        other => panic!("not Answered: {other:?}"),
    }
}

/// No message may show a secret of the request.
fn checked(cause: Cause) -> Cause {
    assert!(!cause.message.contains("the-token"), "{cause}");
    assert!(!cause.message.contains("4820-passcode"), "{cause}");
    cause
}

#[tokio::test]
async fn an_answer_is_read_and_the_request_is_exact() {
    let server = Server::start(|_, peer| {
        peer.read();
        peer.write(b"HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ndate: Tue, 03 Feb 2026 08:15:00 GMT\r\ncontent-length: 16\r\n\r\n{\"fee\":1.10e-1 }");
    });
    let answer = answered(send(&server.transport()).await);
    assert_eq!(answer.status, 429);
    assert_eq!(answer.retry_after.as_deref(), Some("7"));
    assert_eq!(answer.server_date, Some("2026-02-03T08:15:00Z".parse().unwrap()));
    let request = &server.heard()[0];
    assert!(request.starts_with("POST /v1/executions/collection HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer the-token\r\n"), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
    assert!(request.contains("accept-encoding: gzip\r\n"), "{request}");
    let agent = format!("user-agent: dollr-flow/{}\r\n", env!("CARGO_PKG_VERSION"));
    assert!(request.contains(&agent), "{request}");
    assert!(
        request.ends_with("\r\n\r\n{\"amount\":250.00,\"passcode\":\"4820-passcode\"}"),
        "{request}"
    );
}

#[tokio::test]
async fn nobody_listens_never_left() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cause = never(send(&transport(&format!("http://{free}"))).await);
    assert_eq!(cause.kind, CauseKind::Connect);
    assert!(cause.message.contains(&free.to_string()), "{cause}");
}

#[tokio::test]
async fn a_host_without_an_address_never_left() {
    let cause = never(send(&transport("https://nowhere.invalid")).await);
    assert_eq!(cause.kind, CauseKind::Dns, "{cause}");
}

#[tokio::test]
async fn a_server_without_tls_never_left() {
    let server = Server::start(|_, peer| {
        let mut hello = [0; 64];
        let _ = peer.stream.read(&mut hello);
        peer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        peer.close();
    });
    let cause = never(send(&transport(&format!("https://{}", server.address))).await);
    assert_eq!(cause.kind, CauseKind::Tls, "{cause}");
}

#[tokio::test]
async fn a_path_that_climbs_is_refused_before_it_leaves() {
    let mut call = post();
    call.path = "/v1/invoices/%2E%2E/x".into();
    let server = Server::start(|_, peer| peer.read());
    let delivery = server.transport().send(&call, None, TIMEOUT).await;
    assert_eq!(never(delivery).kind, CauseKind::Refused);
    let withheld = server.transport().send(&post(), Some(&Secret::withheld()), TIMEOUT).await;
    assert_eq!(never(withheld).kind, CauseKind::Refused);
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn a_connection_closed_at_once_may_have_arrived() {
    let server = Server::start(|_, peer| peer.close());
    assert_eq!(maybe(send(&server.transport()).await).kind, CauseKind::Reset);
}

#[tokio::test]
async fn a_connection_closed_after_the_request_is_sent_once_only() {
    let server = Server::start(|_, peer| {
        peer.read();
        peer.close();
    });
    assert_eq!(maybe(send(&server.transport()).await).kind, CauseKind::Reset);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn a_success_cut_short_may_have_arrived_but_an_error_status_decides() {
    for (status, head) in [
        (200, "content-length: 500\r\n"),
        (422, "content-length: 500\r\n"),
        (200, "transfer-encoding: chunked\r\n"),
    ] {
        let chunked = head.starts_with("transfer");
        let server = Server::start(move |_, peer| {
            peer.read();
            let start = if chunked { "5\r\n{\"id\"\r\n" } else { "{\"id\"" };
            peer.write(format!("HTTP/1.1 {status} X\r\n{head}\r\n{start}").as_bytes());
            peer.close();
        });
        let delivery = send(&server.transport()).await;
        if status == 200 {
            assert_eq!(maybe(delivery).kind, CauseKind::BodyCutShort, "{head}");
        } else {
            assert_eq!(answered(delivery).body, Value::text("{\"id\""));
        }
    }
}

#[tokio::test]
async fn an_endless_body_is_not_read_to_its_end() {
    let server = Server::start(|_, peer| {
        peer.read();
        peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 52428800\r\n\r\n");
        let block = vec![b'7'; 1 << 20];
        (0..50).for_each(|_| peer.write(&block));
    });
    assert_eq!(maybe(send(&server.transport()).await).kind, CauseKind::BodyTooLarge);
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_much_is_not_unpacked() {
    let bomb = include_bytes!("../data/zeros-64mib.gz");
    assert!(bomb.len() < MAX_BODY_BYTES / 64);
    let server = Server::start(move |_, peer| {
        peer.read();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            bomb.len()
        );
        peer.write(head.as_bytes());
        peer.write(bomb);
    });
    assert_eq!(maybe(send(&server.transport()).await).kind, CauseKind::BodyTooLarge);
}

#[tokio::test]
async fn a_page_for_people_is_no_answer() {
    let server = Server::start(|_, peer| {
        peer.read();
        let page = "<html>the-token, please sign in</html>";
        peer.write(
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}",
                page.len()
            )
            .as_bytes(),
        );
    });
    let secrets = Secrets::default();
    secrets.learn([&Secret::new("the-token")]);
    let cause = maybe(send(&server.transport().hiding(secrets)).await);
    assert_eq!(cause.kind, CauseKind::NotJson);
    assert!(cause.message.contains("text/html"), "{cause}");
    assert!(cause.message.contains("<html>***, please sign in"), "{cause}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_credentials_stay() {
    let other = Server::start(|_, peer| {
        peer.read();
        peer.write(&ok("{}"));
    });
    let target = other.address;
    let server = Server::start(move |_, peer| {
        peer.read();
        peer.write(
            format!(
                "HTTP/1.1 307 Moved\r\nlocation: http://{target}/v1/x\r\ncontent-length: 0\r\n\r\n"
            )
            .as_bytes(),
        );
    });
    let cause = maybe(send(&server.transport()).await);
    assert_eq!(cause.kind, CauseKind::Redirect);
    assert!(cause.message.contains(&target.to_string()), "{cause}");
    thread::sleep(Duration::from_millis(100));
    assert!(other.heard().is_empty(), "the credentials travelled: {:?}", other.heard());
}

#[tokio::test]
async fn an_answer_too_late_may_have_arrived() {
    for start in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let server = Server::start(move |_, peer| {
            peer.read();
            peer.write(start.as_bytes());
            thread::sleep(Duration::from_secs(2));
        });
        let began = Instant::now();
        let delivery = server.transport().send(&post(), None, Duration::from_millis(200)).await;
        assert_eq!(maybe(delivery).kind, CauseKind::Timeout, "{start:?}");
        assert!(began.elapsed() < Duration::from_secs(2));
    }
}

/// The pooled connection is closed while the next request is on its way: either the request is known
/// not to have been written and goes out on a new connection, or it may have arrived. The server must
/// never hear one request twice.
#[tokio::test]
async fn a_request_that_meets_a_closing_connection_is_heard_at_most_once() {
    for pause_us in [0, 50, 200, 1000, 5000] {
        let server = Server::start(move |number, peer| {
            peer.read();
            peer.write(&ok("{\"id\":1}"));
            if number == 0 {
                thread::sleep(Duration::from_micros(pause_us));
                peer.close();
            }
        });
        let transport = server.transport();
        answered(send(&transport).await);
        let delivery = send(&transport).await;
        match &delivery {
            Delivery::Answered(answer) => assert_eq!(answer.status, 200),
            Delivery::Maybe(cause) => assert_eq!(cause.kind, CauseKind::Reset, "{cause}"),
            Delivery::Never(cause) => panic!("{cause}"),
        }
        let heard = server.heard().iter().filter(|request| !request.is_empty()).count();
        assert!(heard <= 2, "{heard} requests heard of 2 sent");
    }
}

/// The second request of a kept connection is read, and then the server goes away: it was heard, so it
/// must not be repeated behind the caller's back.
#[tokio::test]
async fn a_request_heard_on_a_kept_connection_is_not_repeated() {
    let server = Server::start(|_, peer| {
        peer.read();
        peer.write(&ok("{\"id\":1}"));
        peer.read();
        peer.close();
    });
    let transport = server.transport();
    answered(send(&transport).await);
    assert_eq!(maybe(send(&transport).await).kind, CauseKind::Reset);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(server.heard().len(), 2);
}
