//! One line of the sandbox's books: a request and when it came, with no credential in it.
//!
//! Credentials and tokens are written as their place in the list of those the sandbox knows, which is
//! all a repetition needs: what it does not know, it refuses whatever it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::wire::{Authorization, Method, Reply, Request};
use crate::api::words::TOKEN_PATH;
use crate::base::secret::MASK;
use crate::sandbox::Settings;

/// Where a body may hold a credential.
const CREDENTIALS: [&str; 2] = ["/client_secret", "/passcode/token/code"];

/// A request as the books keep it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    /// When it came.
    pub at: Timestamp,
    method: Method,
    path: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    query: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authorization: Option<Kept>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    body: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kept {
    Bearer(String),
    Other,
}

/// The credentials and tokens the sandbox knows, in the order it came to know them.
#[derive(Debug)]
pub struct Veil(Vec<String>);

impl Veil {
    /// What a sandbox with these settings knows from the start.
    pub fn new(settings: &Settings) -> Self {
        let secrets = settings.credentials.iter().map(|pair| pair.client_secret.clone());
        Self(secrets.chain([settings.passcode.code.clone()]).collect())
    }

    /// Learns the token that a request was answered with.
    pub fn learn(&mut self, request: &Request, reply: &Reply) {
        if request.path != TOKEN_PATH {
            return;
        }
        let body = serde_json::from_slice::<serde_json::Value>(&reply.body);
        if let Ok(Some(token)) = body.as_ref().map(|body| body.get("access_token")?.as_str()) {
            self.0.push(token.to_owned());
        }
    }

    /// The line for a request.
    pub fn write(&self, request: &Request, at: Timestamp) -> Line {
        let authorization = request.authorization.as_ref().map(|given| match given {
            Authorization::Bearer(token) => Kept::Bearer(self.hide(token)),
            Authorization::Other => Kept::Other,
        });
        Line {
            at,
            method: request.method,
            path: request.path.clone(),
            query: request.query.clone(),
            authorization,
            body: rewrite(&request.body, |secret| self.hide(secret)),
        }
    }

    /// The request of a line, as good as the first one to the sandbox.
    pub fn read(&self, line: Line) -> Request {
        Request {
            method: line.method,
            path: line.path,
            query: line.query,
            authorization: line.authorization.map(|kept| match kept {
                Kept::Bearer(token) => Authorization::Bearer(self.show(&token)),
                Kept::Other => Authorization::Other,
            }),
            body: rewrite(line.body.as_bytes(), |hidden| self.show(hidden)).into_bytes(),
        }
    }

    fn hide(&self, secret: &str) -> String {
        // the latest token is the likeliest
        match self.0.iter().rposition(|known| known == secret) {
            Some(place) => format!("{MASK}{place}"),
            None => MASK.to_owned(),
        }
    }

    fn show(&self, hidden: &str) -> String {
        let place = hidden.strip_prefix(MASK).and_then(|place| place.parse::<usize>().ok());
        let known = place.and_then(|place| self.0.get(place));
        known.cloned().unwrap_or_else(|| hidden.to_owned())
    }
}

/// The body as text, with its credentials replaced. One that is no JSON stays as it is.
fn rewrite(body: &[u8], replace: impl Fn(&str) -> String) -> String {
    let as_is = || String::from_utf8_lossy(body).into_owned();
    let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(body) else { return as_is() };
    let mut replaced = false;
    for place in CREDENTIALS {
        if let Some(serde_json::Value::String(text)) = json.pointer_mut(place) {
            *text = replace(text);
            replaced = true;
        }
    }
    if replaced { json.to_string() } else { as_is() }
}
