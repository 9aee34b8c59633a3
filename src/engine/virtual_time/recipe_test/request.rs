//! A call that a test makes to the sandbox by itself.

use percent_encoding::percent_decode_str;

use super::world::Inner;
use crate::api::wire::{Authorization, Method, Request};
use crate::api::words::TOKEN_PATH;
use crate::base::value::Value;
use crate::run::action::Credentials;

/// Sends `METHOD /path?query` and gives the answer's body, unless it is an error.
pub(crate) fn send(
    inner: &mut Inner,
    request: &Value,
    body: Option<&Value>,
    client: &Credentials,
) -> Result<Value, String> {
    let text = request.as_str().unwrap_or_default();
    let (method, path) = text.split_once(' ').unwrap_or(("", text));
    let method: Method = method.parse()?;
    let path = path.trim();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let authorization = match path.starts_with("/v1/") && path != TOKEN_PATH {
        true => Some(token(inner, client)?),
        false => None,
    };
    let body = match body {
        Some(body) => body.reveal().ok_or("a secret is not known here")?.into_bytes(),
        None => Vec::new(),
    };
    exchange(
        inner,
        &Request { method, path: path.to_owned(), query: pairs(query), authorization, body },
    )
}

fn exchange(inner: &mut Inner, request: &Request) -> Result<Value, String> {
    let reply = inner.call(request).reply;
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    if reply.status >= 400 {
        let Request { method, path, .. } = request;
        return Err(format!("{method} {path} was answered {}: {text}", reply.status));
    }
    Ok(Value::from_json(&text).unwrap_or(Value::Text(text)))
}

fn token(inner: &mut Inner, client: &Credentials) -> Result<Authorization, String> {
    let text =
        |secret: &crate::base::secret::Secret| secret.expose().unwrap_or_default().to_owned();
    let body = serde_json::json!({
        "client_id": text(&client.client_id),
        "client_secret": text(&client.client_secret),
    });
    let request = Request {
        method: Method::Post,
        path: TOKEN_PATH.to_owned(),
        query: Vec::new(),
        authorization: None,
        body: body.to_string().into_bytes(),
    };
    let answer = exchange(inner, &request)?;
    let token = answer.get("access_token").and_then(Value::as_str).unwrap_or_default();
    Ok(Authorization::Bearer(token.to_owned()))
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
