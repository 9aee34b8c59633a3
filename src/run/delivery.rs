//! What became of one request: it never left, it may have arrived, or it was answered.
//!
//! Reading an answer is pure, so every transport reads alike: the network's and the sandbox's.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::api::asked::Asked;
use crate::api::words::SECRET_FIELDS;
use crate::base::scrub::Scrub;
use crate::base::secret::Secret;
use crate::base::value::Value;

/// The longest text kept of a body that is no JSON.
pub const MAX_PLAIN_BYTES: usize = 2 * 1024;

/// How much of an unreadable body a message shows.
const GLIMPSE_CHARS: usize = 80;

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
    ///
    /// What is cut off a text that is no JSON is cut after the secrets of `scrub` are masked in it, so that no half of one
    /// is left. Those in a JSON body are for [`Delivery::scrub`].
    pub fn read(raw: Raw, scrub: &Scrub) -> Self {
        match raw.status {
            300..=399 => Self::Maybe(redirected(&raw)),
            // by definition these two come without a body
            204 | 205 => Self::Answered(Answer::new(&raw, Value::Null)),
            200..=299 => match success(&raw, scrub) {
                Ok(body) => Self::Answered(Answer::new(&raw, body)),
                Err(cause) => Self::Maybe(cause),
            },
            400..=599 => {
                let text = || Value::Text(plain(&raw.body, scrub));
                Self::Answered(Answer::new(&raw, json(&raw.body).unwrap_or_else(text)))
            }
            other => Self::Maybe(Cause::new(
                CauseKind::Other,
                format!("the server answered with status {other}, which ends no request"),
            )),
        }
    }
}

impl Delivery {
    /// The same in the light of what was asked: an answer about anything else is none, and what the server did is as
    /// unknown as if nothing had come.
    pub fn to(&self, asked: &Asked) -> Self {
        match self {
            Self::Answered(answer) if answer.is_success() => match asked.stranger(&answer.body) {
                Some(message) => Self::Maybe(Cause::new(CauseKind::Other, message)),
                None => self.clone(),
            },
            other => other.clone(),
        }
    }

    /// Hides the secrets that it repeats.
    pub fn scrub(&mut self, scrub: &Scrub) {
        match self {
            Self::Never(cause) | Self::Maybe(cause) => {
                cause.message = scrub.foreign_text(&cause.message);
            }
            Self::Answered(answer) => {
                scrub.value(&mut answer.body);
                answer.retry_after = answer.retry_after.take().map(|text| scrub.text(&text));
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
            server_date: raw.date.as_deref().and_then(read_http_date),
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
        let wait = read_http_date(text)?.duration_since(self.server_date.unwrap_or(now));
        Some(wait.max(SignedDuration::ZERO))
    }
}

fn redirected(raw: &Raw) -> Cause {
    let target = raw.location.as_deref().map_or("no address", destination);
    Cause::new(
        CauseKind::Redirect,
        format!(
            "the server answered {} and points to {target}; redirects are never followed, so that \
             credentials go to the base URL's host and nowhere else: check the base URL",
            raw.status
        ),
    )
}

/// The host an address names, without user, path or query: those could hold anything.
fn destination(location: &str) -> &str {
    let Some((_, rest)) = location.split_once("//") else { return "another path" };
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

fn success(raw: &Raw, scrub: &Scrub) -> Result<Value, Cause> {
    if let Some(cause) = &raw.broken {
        return Err(cause.clone());
    }
    json(&raw.body).ok_or_else(|| {
        let sort = raw.content_type.as_deref().unwrap_or("no content type");
        let start = glimpse(&raw.body, scrub);
        let found = if start.is_empty() { "nothing".to_owned() } else { format!("`{start}`") };
        Cause::new(
            CauseKind::NotJson,
            format!("the answer {} is not JSON ({sort}): {found}", raw.status),
        )
    })
}

fn json(body: &[u8]) -> Option<Value> {
    // some servers put a byte order mark before everything else
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut value = Value::from(serde_json::from_slice::<serde_json::Value>(body).ok()?);
    hide("", &mut value);
    Some(value)
}

/// Makes secrets of the texts that are, by the name of their field.
fn hide(name: &str, value: &mut Value) {
    match value {
        Value::Text(text) => {
            if SECRET_FIELDS.contains(&name) {
                *value = Value::Secret(Secret::new(std::mem::take(text)));
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| hide(name, item)),
        Value::Map(map) => map.iter_mut().for_each(|(name, value)| hide(name, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Secret(_) => {}
    }
}

fn plain(body: &[u8], scrub: &Scrub) -> String {
    let masked = scrub.foreign_text(&String::from_utf8_lossy(body));
    let end = masked.floor_char_boundary(MAX_PLAIN_BYTES);
    masked[..end].trim().to_owned()
}

fn glimpse(body: &[u8], scrub: &Scrub) -> String {
    let text = plain(body, scrub);
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(GLIMPSE_CHARS).collect();
    line.trim().to_owned()
}

fn read_http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

/// A time as headers have it: whole seconds.
pub fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn raw(status: u16, body: &str) -> Raw {
        Raw { status, body: body.as_bytes().to_vec(), ..Raw::default() }
    }

    fn maybe(delivery: Delivery) -> Cause {
        match delivery {
            Delivery::Maybe(cause) => cause,
            other => panic!("{other:?}"),
        }
    }

    fn answer(delivery: Delivery) -> Answer {
        match delivery {
            Delivery::Answered(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_success_is_read_digit_for_digit() {
        let read =
            answer(Delivery::read(raw(200, r#"{"amount":250.00,"id":42}"#), &Scrub::default()));
        assert_eq!(serde_json::to_string(&read.body).unwrap(), r#"{"amount":250.00,"id":42}"#);
        let marked = answer(Delivery::read(raw(200, "\u{feff}{\"id\":42}"), &Scrub::default()));
        assert_eq!(marked.body.get("id"), Some(&Value::int(42)), "a byte order mark means nothing");
    }

    #[test]
    fn a_success_that_is_no_json_is_no_answer() {
        let mut html = raw(200, "<html>\nSign in</html>");
        html.content_type = Some("text/html".into());
        let cause = maybe(Delivery::read(html, &Scrub::default()));
        assert_eq!(cause.kind, CauseKind::NotJson);
        assert_eq!(
            cause.message,
            "the answer 200 is not JSON (text/html): `<html> Sign in</html>`"
        );
        assert_eq!(maybe(Delivery::read(raw(200, ""), &Scrub::default())).kind, CauseKind::NotJson);
        assert_eq!(answer(Delivery::read(raw(204, ""), &Scrub::default())).body, Value::Null);
    }

    #[test]
    fn an_error_status_decides_whatever_its_body() {
        let mut cut = raw(422, r#"{"detail":"#);
        cut.broken = Some(Cause::new(CauseKind::BodyCutShort, "cut"));
        assert_eq!(
            answer(Delivery::read(cut, &Scrub::default())).body,
            Value::text(r#"{"detail":"#)
        );
        let long = answer(Delivery::read(raw(502, &"é".repeat(5000)), &Scrub::default()));
        assert!(long.body.as_str().unwrap().len() <= MAX_PLAIN_BYTES);
    }

    #[test]
    fn a_redirect_names_the_host_and_nothing_more() {
        let mut moved = raw(307, "");
        moved.location = Some("https://user:pw@evil.example/path?token=abc".into());
        let cause = maybe(Delivery::read(moved, &Scrub::default()));
        assert_eq!(cause.kind, CauseKind::Redirect);
        assert!(cause.message.contains("points to evil.example;"), "{}", cause.message);
        assert!(!cause.message.contains("pw") && !cause.message.contains("abc"));
    }

    #[test]
    fn tokens_and_repeated_secrets_are_secrets() {
        let body = r#"{"access_token":"eyJ","msg":"bad secret hunter22","list":["hunter22"]}"#;
        let scrub = Scrub::of(&[Secret::new("hunter22")]);
        let mut read = Delivery::read(raw(200, body), &scrub);
        read.scrub(&scrub);
        let read = answer(read);
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"status":200,"body":{"access_token":"***","msg":"***","list":["***"]}}"#
        );
        let text = answer(Delivery::read(raw(500, "boom hunter22"), &scrub));
        assert_eq!(text.body, Value::text("boom ***"));
        // no half of a secret is left where the text is cut
        let long = format!("{}hunter22", " ".repeat(MAX_PLAIN_BYTES - 4));
        assert_eq!(answer(Delivery::read(raw(500, &long), &scrub)).body, Value::text("***"));
        let long = format!("<{}hunter22", ".".repeat(GLIMPSE_CHARS - 4));
        let cause = maybe(Delivery::read(raw(200, &long), &scrub));
        assert!(cause.message.ends_with("..***`"), "{}", cause.message);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
        let now: Timestamp = "2026-02-03T08:15:00Z".parse().unwrap();
        let mut busy = raw(429, "{}");
        busy.retry_after = Some("2".into());
        let seconds = answer(Delivery::read(busy.clone(), &Scrub::default())).asks_to_wait(now);
        assert_eq!(seconds, Some(SignedDuration::from_secs(2)));
        busy.retry_after = Some("Tue, 03 Feb 2026 09:00:30 GMT".into());
        busy.date = Some("Tue, 03 Feb 2026 09:00:00 GMT".into());
        let dated = answer(Delivery::read(busy.clone(), &Scrub::default())).asks_to_wait(now);
        assert_eq!(dated, Some(SignedDuration::from_secs(30)));
        busy.retry_after = Some("soon".into());
        assert_eq!(answer(Delivery::read(busy, &Scrub::default())).asks_to_wait(now), None);
    }
}
