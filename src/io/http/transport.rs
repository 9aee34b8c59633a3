//! The transport over the network: one HTTP client for the whole process.
//!
//! It sends a request once. The client's own second chances are off: it follows no redirect and repeats
//! no refused stream. One remains, a request that a pooled connection handed back before any byte of it
//! was written; that one goes out on a new connection, still for the first time.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, RequestBuilder, Response};

use super::base_url::BaseUrl;
use super::body::encode;
use crate::api::wire::Method;
use crate::base::scrub::Secrets;
use crate::base::secret::Secret;
use crate::engine::ports::Transport;
use crate::run::delivery::{Cause, CauseKind, Delivery, Raw};
use crate::steps::step::Call;

/// How long a whole request may take where nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection may take to be there, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest body that is read, counted after decompression.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// How long an idle connection is kept. Shorter than servers keep theirs, because a request that meets
/// a closing connection ends as "may have arrived".
const POOL_IDLE: Duration = Duration::from_secs(20);

/// Sends to one base URL.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: Client,
    base: BaseUrl,
    secrets: Secrets,
}

impl HttpTransport {
    /// A client for that base URL.
    pub fn new(base: BaseUrl) -> Result<Self, String> {
        // fails only where a provider is installed already, which serves as well
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("dollr-flow/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE);
        if base.is_loopback() {
            // what listens on this machine is not reached through a proxy
            builder = builder.no_proxy();
        }
        if !base.is_https() {
            // plain http needs no certificates, and a machine without any can still use the sandbox
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .build()
            .map_err(|error| format!("no HTTP client could be made: {}", root_cause(&error)))?;
        Ok(Self { client, base, secrets: Secrets::default() })
    }

    /// The same, hiding these secrets where an answer that can't be read is quoted.
    pub fn hiding(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// Where it sends to.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn request(
        &self,
        call: &Call,
        auth: Option<&Secret>,
        timeout: Duration,
    ) -> Result<RequestBuilder, String> {
        let url = self.base.join(&call.path, &call.query)?;
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = self
            .client
            .request(method, url)
            .timeout(timeout)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(token) = auth {
            request = request.header(AUTHORIZATION, bearer(token)?);
        }
        if let Some(body) = &call.body {
            let json = HeaderValue::from_static("application/json");
            request = request.header(CONTENT_TYPE, json).body(encode(body)?);
        }
        Ok(request)
    }
}

impl Transport for HttpTransport {
    async fn send(&self, call: &Call, auth: Option<&Secret>, timeout: Duration) -> Delivery {
        let request = match self.request(call, auth, timeout) {
            Ok(request) => request,
            Err(message) => return Delivery::Never(Cause::new(CauseKind::Refused, message)),
        };
        match request.send().await {
            Ok(response) => Delivery::read(receive(response).await, &self.secrets.scrub()),
            Err(error) => unanswered(&error, self.base.host()),
        }
    }
}

/// The bearer header of a token.
fn bearer(token: &Secret) -> Result<HeaderValue, String> {
    let text = token.expose().ok_or("the access token's value is not known any more")?;
    let mut value = HeaderValue::try_from(format!("Bearer {text}"))
        .map_err(|_| "the access token has characters that no header can hold")?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads a response as far as it comes and as far as it may go.
async fn receive(mut response: Response) -> Raw {
    let header = |name| {
        let value: Option<&HeaderValue> = response.headers().get(name);
        value.and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let mut raw = Raw {
        status: response.status().as_u16(),
        content_type: header(CONTENT_TYPE),
        location: header(LOCATION),
        retry_after: header(RETRY_AFTER),
        date: header(DATE),
        ..Raw::default()
    };
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if raw.body.len() + chunk.len() <= MAX_BODY_BYTES => {
                raw.body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => {
                raw.broken = Some(Cause::new(
                    CauseKind::BodyTooLarge,
                    format!("the answer is longer than {} MiB", MAX_BODY_BYTES >> 20),
                ));
                break;
            }
            Ok(None) => break,
            Err(error) => {
                raw.broken = Some(cut_short(&error));
                break;
            }
        }
    }
    raw
}

fn cut_short(error: &reqwest::Error) -> Cause {
    if error.is_timeout() {
        return Cause::new(CauseKind::Timeout, "the answer began, but did not end in time");
    }
    Cause::new(
        CauseKind::BodyCutShort,
        format!("the answer began, but broke off ({})", root_cause(error)),
    )
}

/// What an error before any response means. Only what failed before there was a connection, TLS
/// included, is known never to have left.
fn unanswered(error: &reqwest::Error, host: &str) -> Delivery {
    let reason = root_cause(error);
    if error.is_builder() {
        let message = format!("the request could not be put together ({reason})");
        return Delivery::Never(Cause::new(CauseKind::Refused, message));
    }
    if error.is_connect() {
        return Delivery::Never(unconnected(error, host, &reason));
    }
    Delivery::Maybe(if error.is_timeout() {
        Cause::new(CauseKind::Timeout, format!("{host} did not answer in time"))
    } else if chain(error).any(is_broken_connection) {
        Cause::new(
            CauseKind::Reset,
            format!("the connection to {host} broke before an answer came ({reason})"),
        )
    } else {
        Cause::new(CauseKind::Other, format!("no readable answer from {host} ({reason})"))
    })
}

fn unconnected(error: &reqwest::Error, host: &str, reason: &str) -> Cause {
    if error.is_dns() {
        return Cause::new(CauseKind::Dns, format!("{host} has no address ({reason})"));
    }
    if error.is_timeout() {
        let seconds = CONNECT_TIMEOUT.as_secs();
        return Cause::new(
            CauseKind::Connect,
            format!("no connection to {host} within {seconds} s"),
        );
    }
    if chain(error).any(is_tls) {
        return Cause::new(CauseKind::Tls, format!("no secure connection to {host} ({reason})"));
    }
    Cause::new(CauseKind::Connect, format!("no connection to {host} ({reason})"))
}

/// An I/O error hides what it wraps from the chain, so this looks inside, however deep.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    // a server that hangs up on the handshake leaves no error of rustls behind, only these words
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|inner| is_tls(inner))
        || (error.is::<io::Error>() && error.to_string() == "tls handshake eof")
}

fn is_broken_connection(error: &(dyn StdError + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return error.is_incomplete_message() || error.is_canceled() || error.is_closed();
    }
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, Some(BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

/// An error and all that caused it, outermost first.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The words of the innermost cause: the outer ones repeat the address, and with it the query.
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let said = chain(error).last().map(ToString::to_string).unwrap_or_default();
    // the number that the system gives it helps nobody who reads the words
    said.split(" (os error ").next().unwrap_or_default().to_owned()
}
