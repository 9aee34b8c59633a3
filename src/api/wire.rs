//! A request and a reply as they cross the wire, free of any HTTP library.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The HTTP methods the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates and executes.
    Post,
    /// Updates and publishes.
    Put,
    /// Cancels and removes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "DELETE" => Ok(Self::Delete),
            other => Err(format!("`{other}` is not GET, POST, PUT or DELETE")),
        }
    }
}

/// A request as a server sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded, starting with `/`.
    pub path: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The bearer token of the `Authorization` header, or the header's whole text when it is no bearer token.
    pub authorization: Option<Authorization>,
    /// The body, as sent.
    pub body: Vec<u8>,
}

/// What an `Authorization` header said.
#[derive(Clone, PartialEq)]
pub enum Authorization {
    /// `Bearer <token>`.
    Bearer(String),
    /// Anything else.
    Other,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer ***",
            Self::Other => "Other(***)",
        })
    }
}

/// A reply as a client reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, as sent.
    pub retry_after: Option<String>,
    /// The `Date` header: the server's time.
    pub date: Option<Timestamp>,
    /// The body, as received.
    pub body: Vec<u8>,
}
