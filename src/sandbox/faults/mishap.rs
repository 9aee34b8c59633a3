//! How an answer reaches the client, if it does, and the ways it can go wrong.

use serde::Serialize;
use serde_json::{Value, json};

use crate::api::wire::Reply;

/// What the emulator made of a request, for whoever holds the connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Handled {
    /// The answer; where the conduct keeps it from the client, what the client misses.
    pub reply: Reply,
    /// What to do with the answer.
    pub conduct: Conduct,
    /// Whether the request changed the books, or was a repetition of one that did.
    pub landed: bool,
}

/// What to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Send it.
    Answer,
    /// Send it after a while.
    Delay {
        /// How long to wait first.
        ms: u64,
    },
    /// Announce the whole body, send its first bytes, and close the connection.
    Truncate {
        /// How many bytes to send.
        bytes: usize,
    },
    /// The connection is refused: the request was never received.
    Refuse,
    /// The connection closes without an answer, and nothing has landed.
    CloseBefore,
    /// The connection closes without an answer, and the request has landed.
    CloseAfter,
}

/// A way for a request to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mishap {
    /// No connection.
    Refused,
    /// The connection closes and nothing lands.
    ResetBefore,
    /// An error is answered and nothing lands.
    ErrorBefore(u16),
    /// Too many requests; nothing lands.
    RateLimited {
        /// The least number of seconds to wait.
        retry_after: u32,
    },
    /// The token stops being valid; nothing lands.
    ExpiredToken,
    /// It lands and the connection closes.
    LostAfter,
    /// It lands and an error is answered.
    ErrorAfter(u16),
    /// It lands and the answer takes long.
    Delay {
        /// How long.
        ms: u64,
    },
    /// It lands and half of the answer arrives.
    Truncated,
    /// It lands and the answer is a web page.
    Malformed,
}

impl Mishap {
    /// Whether the request is carried out all the same.
    pub(crate) fn lands(self) -> bool {
        match self {
            Self::LostAfter
            | Self::ErrorAfter(_)
            | Self::Delay { .. }
            | Self::Truncated
            | Self::Malformed => true,
            Self::Refused
            | Self::ResetBefore
            | Self::ErrorBefore(_)
            | Self::RateLimited { .. }
            | Self::ExpiredToken => false,
        }
    }

    /// What becomes of the reply to a request this befalls.
    pub(crate) fn befall(self, reply: Reply) -> (Reply, Conduct) {
        match self {
            Self::Refused => (error_reply(503), Conduct::Refuse),
            Self::ResetBefore => (error_reply(503), Conduct::CloseBefore),
            Self::ErrorBefore(status) | Self::ErrorAfter(status) => {
                (error_reply(status), Conduct::Answer)
            }
            Self::RateLimited { retry_after } => (too_many(retry_after), Conduct::Answer),
            Self::ExpiredToken => {
                (detail_reply(401, "Could not validate credentials"), Conduct::Answer)
            }
            Self::LostAfter => (reply, Conduct::CloseAfter),
            Self::Delay { ms } => (reply, Conduct::Delay { ms }),
            Self::Truncated => {
                let bytes = reply.body.len() / 2;
                (reply, Conduct::Truncate { bytes })
            }
            Self::Malformed => (page_reply(reply.status), Conduct::Answer),
        }
    }
}

/// A reply with a JSON body.
pub(crate) fn json_reply(status: u16, body: &Value) -> Reply {
    Reply { status, retry_after: None, date: None, body: body.to_string().into_bytes() }
}

/// A reply that only says what is the matter.
pub(crate) fn detail_reply(status: u16, detail: &str) -> Reply {
    json_reply(status, &json!({ "detail": detail }))
}

/// A failure of the server: JSON for 500, the plain text of a gateway for the others.
pub(crate) fn error_reply(status: u16) -> Reply {
    let text = match status {
        500 => return detail_reply(500, "Internal Server Error"),
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Server Error",
    };
    Reply { status, retry_after: None, date: None, body: text.as_bytes().to_vec() }
}

/// 429, with how long to wait.
pub(crate) fn too_many(retry_after: u32) -> Reply {
    Reply { retry_after: Some(retry_after.to_string()), ..detail_reply(429, "Too many requests") }
}

fn page_reply(status: u16) -> Reply {
    let page = "<html><head><title>Gateway</title></head><body>Please try again.</body></html>";
    Reply { status, retry_after: None, date: None, body: page.as_bytes().to_vec() }
}
