//! A small HTTP server: connections that are kept alive, requests of a bounded length, and an end that
//! lets answers under way go out. What it serves is up to a [`Service`].

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// The longest request body.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// How many connections are served at a time; the next one waits to be accepted.
const MAX_CONNECTIONS: usize = 1024;

/// How long a client may take over the head of its request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the end waits for answers that are under way.
const GRACE: Duration = Duration::from_secs(2);

/// How long accepting rests after it failed, as when the process has too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A request with its whole body.
pub type HttpRequest = hyper::Request<Bytes>;

/// A response, whole or in pieces. A body that ends in an error closes the connection.
pub type HttpResponse = hyper::Response<BoxBody<Bytes, io::Error>>;

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub struct HangUp;

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection closes without an answer")
    }
}

impl std::error::Error for HangUp {}

/// Answers requests.
pub trait Service: Send + Sync + 'static {
    /// Answers one, or hangs up.
    fn respond(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, HangUp>> + Send;
}

/// A port that is listened on.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    /// Listens on an address such as `127.0.0.1:8787`; port 0 takes a free one.
    pub async fn open(address: &str) -> Result<Self, String> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("{address} is in use: stop what listens there, or choose another port")
            }
            io::ErrorKind::InvalidInput => {
                format!("`{address}` is no address to listen on, such as 127.0.0.1:8787")
            }
            _ => format!("can't listen on {address}: {error}"),
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of what it serves.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// Serves until `end` comes.
    pub async fn serve<S: Service>(self, service: Arc<S>, end: impl Future<Output = ()> + Send) {
        let (ending, ended) = watch::channel(false);
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut connections = JoinSet::new();
        let mut end = pin!(end);
        loop {
            let accepted = async {
                let room = Arc::clone(&room).acquire_owned().await;
                (room, self.listener.accept().await)
            };
            let (room, accepted) = tokio::select! {
                () = &mut end => break,
                accepted = accepted => accepted,
                Some(_) = connections.join_next() => continue,
            };
            match accepted {
                Ok((stream, _)) => {
                    let connection = converse(stream, Arc::clone(&service), ended.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(room);
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
        drop(self.listener);
        ending.send_replace(true);
        let all = async { while connections.join_next().await.is_some() {} };
        // those that take longer are cut off when the set is dropped
        let _ = tokio::time::timeout(GRACE, all).await;
    }
}

async fn converse<S: Service>(
    stream: TcpStream,
    service: Arc<S>,
    mut ended: watch::Receiver<bool>,
) {
    let respond = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { answer(service.as_ref(), request).await }
    });
    // small answers go out at once
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), respond);
    let mut connection = pin!(connection);
    // how a conversation ends is the client's business: an error here is a client that went away
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.wait_for(|ended| *ended) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answer<S: Service>(
    service: &S,
    request: hyper::Request<Incoming>,
) -> Result<HttpResponse, HangUp> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_REQUEST_BYTES).collect().await else {
        return Ok(too_large());
    };
    let request = hyper::Request::from_parts(head, body.to_bytes());
    service.respond(request).await
}

fn too_large() -> HttpResponse {
    let mut response = hyper::Response::new(whole(Bytes::from_static(
        br#"{"detail":"the request is longer than 1 MiB"}"#,
    )));
    *response.status_mut() = hyper::StatusCode::PAYLOAD_TOO_LARGE;
    // the rest of the request is not going to be read
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A body that is there in full.
pub fn whole(body: Bytes) -> BoxBody<Bytes, io::Error> {
    Full::new(body).map_err(|never: Infallible| match never {}).boxed()
}
