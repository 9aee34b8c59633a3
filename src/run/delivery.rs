//! What became of one request: it never left, it may have arrived, or it was answered.
//!
//! Reading an answer is pure, so every transport reads alike: the network's and the sandbox's.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::base::scrub::Scrub;
use crate::base::secret::Secret;
use crate::base::value::Value;

/// The longest text kept of a body that is no JSON.
pub const MAX_PLAIN_BYTES: usize = 2 * 1024;

/// How much of an unreadable body a message shows.
const GLIMPSE_CHARS: usize = 80;

/// The fields of a reply that are secrets wherever they stand, so that no record of it can show them.
const SECRET_FIELDS: [&str; 3] = ["access_token", "refresh_token", "client_secret"];

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// No byte of it left: the server can't have acted on it.
    Never(Cause),
    /// It may have arrived, and what the server made of it is not known.
    Maybe(Cause),
    /// The server answered.
    Answered(Answer),
}

/// Why there is no answer, for people. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What sort of trouble.
    pub kind: CauseKind,
    /// What happened, in one sentence without a full stop.
    pub message: String,
}

/// What sort of trouble kept an answer away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// No connection to the host.
    Connect,
    /// The host's name has no address.
    Dns,
    /// The host could not prove who it is, or speaks no TLS.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection broke.
    Reset,
    /// The answer is longer than this program reads.
    BodyTooLarge,
    /// The answer ended early.
    BodyCutShort,
    /// The answer is not JSON.
    NotJson,
    /// The answer points to another address; redirects are not followed.
    Redirect,
    /// This program refused to send it.
    Refused,
    /// There is no access token, and there will be none: the credentials are missing or wrong.
    Credentials,
    /// Anything else.
    Other,
}

/// An answer, read exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// The JSON body; of an error that is no JSON, the start of its text.
    pub body: Value,
    /// The `Date` header: the server's own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_date: Option<Timestamp>,
}

/// A reply as its bytes came in, before it is read.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The `Date` header.
    pub date: Option<String>,
    /// As much of the body as came.
    pub body: Vec<u8>,
    /// Why the body is not whole, if it is not.
    pub broken: Option<Cause>,
}

impl Cause {
    /// A cause of a kind, in words.
    pub fn new(kind: CauseKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Delivery {
    /// Reads a reply. An error status decides even when its body can't be read; a success has to be whole
    /// and JSON, because anything less does not say what the server did.
    pub fn read(raw: Raw) -> Self {
        match raw.status {
            300..=399 => Self::Maybe(redirected(&raw)),
            // by definition these two come without a body
            204 | 205 => Self::Answered(Answer::new(&raw, Value::Null)),
            200..=299 => match success(&raw) {
                Ok(body) => Self::Answered(Answer::new(&raw, body)),
                Err(cause) => Self::Maybe(cause),
            },
            400..=599 => {
                let body = json(&raw.body).unwrap_or_else(|| Value::Text(plain(&raw.body)));
                Self::Answered(Answer::new(&raw, body))
            }
            other => Self::Maybe(Cause::new(
                CauseKind::Other,
                format!("the server answered with status {other}, which ends no request"),
            )),
        }
    }
}

impl Delivery {
    /// The same without the secrets that it repeats.
    pub fn scrubbed(self, scrub: &Scrub) -> Self {
        let clean = |cause: Cause| Cause { message: scrub.text(&cause.message), ..cause };
        match self {
            Self::Never(cause) => Self::Never(clean(cause)),
            Self::Maybe(cause) => Self::Maybe(clean(cause)),
            Self::Answered(answer) => {
                Self::Answered(Answer { body: scrub.value(answer.body), ..answer })
            }
        }
    }
}

impl Answer {
    fn new(raw: &Raw, body: Value) -> Self {
        Self {
            status: raw.status,
            retry_after: raw.retry_after.clone(),
            body,
            server_date: raw.date.as_deref().and_then(http_date),
        }
    }

    /// Whether the status says success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How long the server asks to wait, counted from its own clock or else from `now`. `None` if it
    /// does not say, or not readably.
    pub fn asks_to_wait(&self, now: Timestamp) -> Option<SignedDuration> {
        let text = self.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            return Some(SignedDuration::from_secs(seconds.into()));
        }
        let wait = http_date(text)?.duration_since(self.server_date.unwrap_or(now));
        Some(wait.max(SignedDuration::ZERO))
    }
}

fn redirected(raw: &Raw) -> Cause {
    let target = raw.location.as_deref().map_or("no address", authority);
    Cause::new(
        CauseKind::Redirect,
        format!(
            "the server answered {} and points to {target}; redirects are never followed, so that \
             credentials go to the base URL's host and nowhere else: check the base URL",
            raw.status
        ),
    )
}

/// Scheme and host of an address, without a path or query that could hold anything.
fn authority(location: &str) -> &str {
    let start = location.find("://").map_or(0, |at| at + 3);
    let host = &location[start..];
    let end = host.find(['/', '?', '#']).map_or(location.len(), |at| start + at);
    match location[start..end].rfind('@') {
        Some(at) => &location[start + at + 1..end],
        None if end == 0 => "another path of the same host",
        None => &location[..end],
    }
}

fn success(raw: &Raw) -> Result<Value, Cause> {
    if let Some(cause) = &raw.broken {
        return Err(cause.clone());
    }
    json(&raw.body).ok_or_else(|| {
        let sort = raw.content_type.as_deref().unwrap_or("no content type");
        let start = glimpse(&raw.body);
        let found = if start.is_empty() { "nothing".to_owned() } else { format!("`{start}`") };
        Cause::new(
            CauseKind::NotJson,
            format!("the answer {} is not JSON ({sort}): {found}", raw.status),
        )
    })
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice::<serde_json::Value>(body).ok().map(|json| hide(Value::from(json)))
}

/// Turns the fields that hold secrets into secrets.
fn hide(value: Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(hide).collect()),
        Value::Map(map) => Value::Map(
            map.into_iter()
                .map(|(name, value)| match value {
                    Value::Text(text) if SECRET_FIELDS.contains(&name.as_str()) => {
                        (name, Value::Secret(Secret::new(text)))
                    }
                    other => (name, hide(other)),
                })
                .collect(),
        ),
        plain => plain,
    }
}

fn plain(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_PLAIN_BYTES)]);
    text.trim().to_owned()
}

fn glimpse(body: &[u8]) -> String {
    let text = plain(body);
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(GLIMPSE_CHARS).collect();
    line.trim().to_owned()
}

fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}
