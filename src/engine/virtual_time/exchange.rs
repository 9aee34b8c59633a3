//! A call handed straight to the sandbox's books: no socket, and no wait but a virtual one.

use crate::api::wire::{Authorization, Reply, Request};
use crate::base::scrub::Scrub;
use crate::base::secret::Secret;
use crate::run::delivery::{Cause, CauseKind, Delivery, Raw, http_date};
use crate::sandbox::Conduct;
use crate::steps::step::Call;

/// The request as a server sees it; none if a secret of it is not known any more.
pub fn request(call: &Call, auth: Option<&Secret>) -> Option<Request> {
    let body = match &call.body {
        Some(body) => body.reveal()?.into_bytes(),
        None => Vec::new(),
    };
    let authorization = match auth {
        Some(token) => Some(Authorization::Bearer(token.expose()?.to_owned())),
        None => None,
    };
    Some(Request {
        method: call.method,
        path: call.path.clone(),
        query: call.query.clone(),
        authorization,
        body,
    })
}

/// What a client hears of an answer, and after how many milliseconds.
pub fn heard(reply: Reply, conduct: Conduct, timeout_ms: u64) -> (Delivery, u64) {
    let maybe = |kind, message: &str| Delivery::Maybe(Cause::new(kind, message));
    let after = match conduct {
        Conduct::Answer => 0,
        Conduct::Delay { ms } if ms >= timeout_ms => {
            return (maybe(CauseKind::Timeout, "no answer in time"), timeout_ms);
        }
        Conduct::Delay { ms } => ms,
        Conduct::Truncate { .. } => {
            return (maybe(CauseKind::BodyCutShort, "the answer ended early"), 0);
        }
        Conduct::Refuse => {
            return (Delivery::Never(Cause::new(CauseKind::Connect, "connection refused")), 0);
        }
        Conduct::CloseBefore | Conduct::CloseAfter => {
            return (maybe(CauseKind::Reset, "the connection was reset"), 0);
        }
    };
    let Reply { status, retry_after, date, body } = reply;
    let date = date.map(http_date);
    let raw = Raw { status, retry_after, date, body, ..Raw::default() };
    (Delivery::read(raw, &Scrub::default()), after)
}
