//! The sandbox on TCP, down to how it misbehaves.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use hyper::header::{
    ALLOW, AUTHORIZATION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, DATE, HeaderMap,
    HeaderValue, RETRY_AFTER,
};
use percent_encoding::percent_decode_str;
use tokio::time::Sleep;

use super::books::Books;
use super::server::{HangUp, HttpRequest, HttpResponse, Service, whole};
use crate::api::wire::{Authorization, Method, Reply, Request};
use crate::engine::ports::Clock;
use crate::run::delivery::http_date;
use crate::sandbox::{Conduct, methods};

/// How long the start of a truncated body gets to go out before the connection closes.
const CUT_AFTER: Duration = Duration::from_millis(20);

/// A page of the sandbox holds its own style, and nothing else.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Serves a sandbox, by any clock.
#[derive(Debug)]
pub struct SandboxDoor<C> {
    books: Arc<Books>,
    clock: C,
}

impl<C: Clock> SandboxDoor<C> {
    /// A service of that sandbox.
    pub fn new(books: Arc<Books>, clock: C) -> Self {
        Self { books, clock }
    }
}

impl<C: Clock + 'static> Service for SandboxDoor<C> {
    async fn respond(&self, request: HttpRequest) -> Result<HttpResponse, HangUp> {
        let path = request.uri().path().to_owned();
        let Some(request) = read(request) else {
            return Ok(allowing(method_not_allowed(), &path));
        };
        let handled = self.books.handle(&request, self.clock.now());
        if handled.reply.status == 405 {
            return Ok(allowing(response(handled.reply), &path));
        }
        match handled.conduct {
            Conduct::Answer => Ok(response(handled.reply)),
            Conduct::Delay { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(response(handled.reply))
            }
            Conduct::Truncate { bytes } => Ok(truncated(handled.reply, bytes)),
            // the request is here already, so hanging up is the nearest thing to refusing it
            Conduct::Refuse | Conduct::CloseBefore | Conduct::CloseAfter => Err(HangUp),
        }
    }
}

/// What kind of content a reply's body is.
pub fn content_type(body: &[u8]) -> &'static str {
    match body.trim_ascii_start().first() {
        Some(b'<') => "text/html; charset=utf-8",
        Some(b'{' | b'[' | b'"') | None => "application/json",
        Some(_) => "text/plain; charset=utf-8",
    }
}

/// The request, if its method is one the API uses.
fn read(request: HttpRequest) -> Option<Request> {
    let (head, body) = request.into_parts();
    Some(Request {
        method: head.method.as_str().parse().ok()?,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(pairs).unwrap_or_default(),
        authorization: authorization(&head.headers),
        body: body.to_vec(),
    })
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn authorization(headers: &HeaderMap) -> Option<Authorization> {
    let text = headers.get(AUTHORIZATION)?.to_str().unwrap_or_default();
    Some(match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Authorization::Bearer(token.trim().to_owned())
        }
        _ => Authorization::Other,
    })
}

fn response(reply: Reply) -> HttpResponse {
    let content_type = content_type(&reply.body);
    let body = Bytes::from(reply.body);
    let mut response = hyper::Response::new(whole(body));
    // the sandbox makes no status that is none
    *response.status_mut() = hyper::StatusCode::from_u16(reply.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if content_type.starts_with("text/html") {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    }
    if let Some(date) = reply.date.and_then(|at| HeaderValue::try_from(http_date(at)).ok()) {
        headers.insert(DATE, date);
    }
    if let Some(wait) = reply.retry_after.and_then(|wait| HeaderValue::try_from(wait).ok()) {
        headers.insert(RETRY_AFTER, wait);
    }
    response
}

fn method_not_allowed() -> HttpResponse {
    response(Reply {
        status: 405,
        retry_after: None,
        date: None,
        body: br#"{"detail":"Method Not Allowed"}"#.to_vec(),
    })
}

/// The same with the methods that its path does have.
fn allowing(mut response: HttpResponse, path: &str) -> HttpResponse {
    let methods: Vec<&str> = methods(path).into_iter().map(Method::as_str).collect();
    if let Ok(allowed) = HeaderValue::try_from(methods.join(", ")) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// The reply with its whole length announced, and only its start in the body.
fn truncated(mut reply: Reply, bytes: usize) -> HttpResponse {
    let length = reply.body.len();
    let start = Bytes::copy_from_slice(&reply.body[..bytes.min(length)]);
    let content_type = content_type(&reply.body);
    reply.body.clear();
    let mut response = response(reply);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *response.body_mut() = Cut { start: Some(start), rest: None }.boxed();
    response
}

/// A body that begins and then breaks.
struct Cut {
    start: Option<Bytes>,
    rest: Option<Pin<Box<Sleep>>>,
}

impl Body for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(start) = self.start.take() {
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        let rest = self.rest.get_or_insert_with(|| Box::pin(tokio::time::sleep(CUT_AFTER)));
        ready!(rest.as_mut().poll(context));
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}
