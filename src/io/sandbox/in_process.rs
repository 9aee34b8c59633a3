//! The transport to a sandbox in the same process: no socket, no wait but the clock's.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::books::Books;
use super::service::content_type;
use crate::api::wire::{Authorization, Reply, Request};
use crate::base::scrub::Scrub;
use crate::base::secret::Secret;
use crate::engine::ports::{Clock, Transport};
use crate::io::http::body::encode;
use crate::run::delivery::{Cause, CauseKind, Delivery, Raw, http_date};
use crate::sandbox::Conduct;
use crate::steps::step::Call;

/// Hands calls to a sandbox, by any clock.
#[derive(Debug)]
pub struct InProcess<C> {
    books: Arc<Books>,
    clock: C,
}

impl<C: Clock> InProcess<C> {
    /// A transport to that sandbox.
    pub fn new(books: Arc<Books>, clock: C) -> Self {
        Self { books, clock }
    }

    async fn pass(&self, span: Duration) {
        let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
        let until = self.clock.now().saturating_add(span);
        self.clock.sleep_until(until.unwrap_or(jiff::Timestamp::MAX)).await;
    }

    fn raw(reply: Reply) -> Raw {
        Raw {
            status: reply.status,
            content_type: Some(content_type(&reply.body).to_owned()),
            retry_after: reply.retry_after,
            date: reply.date.map(http_date),
            body: reply.body,
            ..Raw::default()
        }
    }
}

impl<C: Clock> Transport for InProcess<C> {
    async fn send(&self, call: &Call, auth: Option<&Secret>, timeout: Duration) -> Delivery {
        let request = match request(call, auth) {
            Ok(request) => request,
            Err(message) => return Delivery::Never(Cause::new(CauseKind::Refused, message)),
        };
        let handled = self.books.handle(&request, self.clock.now());
        let none = Scrub::default();
        match handled.conduct {
            Conduct::Answer => Delivery::read(Self::raw(handled.reply), &none),
            Conduct::Delay { ms } if Duration::from_millis(ms) < timeout => {
                self.pass(Duration::from_millis(ms)).await;
                Delivery::read(Self::raw(handled.reply), &none)
            }
            Conduct::Delay { .. } => {
                self.pass(timeout).await;
                let message = "the sandbox did not answer in time";
                Delivery::Maybe(Cause::new(CauseKind::Timeout, message))
            }
            Conduct::Truncate { bytes } => {
                let message = "the answer began, but broke off";
                let mut raw = Self::raw(handled.reply);
                raw.body.truncate(bytes);
                raw.broken = Some(Cause::new(CauseKind::BodyCutShort, message));
                Delivery::read(raw, &none)
            }
            Conduct::Refuse => {
                let message = "no connection to the sandbox: connection refused";
                Delivery::Never(Cause::new(CauseKind::Connect, message))
            }
            Conduct::CloseBefore | Conduct::CloseAfter => {
                let message = "the connection to the sandbox broke before an answer came";
                Delivery::Maybe(Cause::new(CauseKind::Reset, message))
            }
        }
    }
}

/// The request as the sandbox would see it come in.
fn request(call: &Call, auth: Option<&Secret>) -> Result<Request, String> {
    let authorization = match auth.map(Secret::expose) {
        Some(Some(token)) => Some(Authorization::Bearer(token.to_owned())),
        Some(None) => return Err("the access token's value is not known any more".to_owned()),
        None => None,
    };
    Ok(Request {
        method: call.method,
        path: call.path.clone(),
        query: call.query.clone(),
        authorization,
        body: call.body.as_ref().map(encode).transpose()?.unwrap_or_default(),
    })
}
