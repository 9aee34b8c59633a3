//! One request, from its arrival to what the client sees of the answer.

use std::sync::Arc;

use jiff::Timestamp;

use super::books::book::Book;
use super::books::ledger::Ledger;
use super::books::request_log::LogLine;
use super::console::control;
use super::console::page;
use super::faults::mishap::{
    Conduct, Handled, Mishap, detail_reply, error_reply, json_reply, too_many,
};
use super::operations::Operation;
use super::protocol::call::{Answer, Call, Outcome};
use super::protocol::field_types;
use super::protocol::rejection::{Rejection, complaints_json};
use super::protocol::sent::Sent;
use super::resources::markers;
use super::router::{self, Handler, Route};
use crate::api::wire::{Method, Reply, Request};

/// Answers a request at a time, and changes the books accordingly.
pub fn handle(ledger: &mut Ledger, request: &Request, now: Timestamp) -> Handled {
    ledger.hear(now);
    let mut handled = answer(ledger, request);
    // by the clock that expiries and `created_at` go by
    handled.reply.date = Some(ledger.now());
    handled
}

fn answer(ledger: &mut Ledger, request: &Request) -> Handled {
    if page::is_wanted(request) {
        return page::handle(ledger);
    }
    if control::is_control(&request.path) {
        return control::handle(ledger, request);
    }
    let (name, handled) = match router::find(request.method, &request.path) {
        Route::Found { operation, run, params } => {
            (operation.name, serve(ledger, request, (operation, run), params))
        }
        Route::WrongMethod => ("unknown", turned_away(405, "Method Not Allowed")),
        Route::Nowhere => ("unknown", turned_away(404, "Not Found")),
    };
    let line = LogLine {
        at: ledger.now(),
        method: request.method,
        path: request.path.clone(),
        status: handled.reply.status,
        landed: handled.landed,
    };
    ledger.log.note(name, line);
    handled
}

fn turned_away(status: u16, detail: &str) -> Handled {
    let reply = detail_reply(status, detail);
    Handled { reply, conduct: Conduct::Answer, landed: false }
}

fn serve(
    ledger: &mut Ledger,
    request: &Request,
    (operation, run): (&'static Operation, Handler),
    params: Vec<(&'static str, String)>,
) -> Handled {
    let settings = Arc::clone(&ledger.settings);
    let sent = Sent::read(&request.body);
    let client_id = sent.json().and_then(|body| body.get("client_id")?.as_str());
    let place = ledger.place_of(request, client_id);
    let Ledger { faults, prng, books, .. } = ledger;
    let fault = faults.pick(operation, &request.path, prng, settings.delay_ms);
    let Some(book) = books.get_mut(place) else { return turned_away(404, "Not Found") };
    book.note_attempt(operation, &sent);
    if let Some(fault) = fault.filter(|fault| !fault.lands()) {
        return book.stop(request, fault);
    }
    let mut call = Call {
        operation,
        params,
        query: &request.query,
        sent: &sent,
        settings: &settings,
        verified: true,
    };
    let outcome = match admit(book, request, &mut call) {
        Ok(()) => carry_out(book, &call, run),
        Err(Turned::Away(rejection)) => Err(rejection),
        Err(Turned::TooMany(seconds)) => {
            let reply = too_many(seconds);
            return Handled { reply, conduct: Conduct::Answer, landed: false };
        }
    };
    let landed = outcome.is_ok() && request.method != Method::Get;
    let (reply, mishap) = match outcome {
        Ok(Answer { body, mishap }) => (json_reply(200, &body), fault.or(mishap)),
        Err(Rejection::Mishap(mishap)) => return book.stop(request, mishap),
        Err(rejection) => (rejection_reply(&rejection), fault),
    };
    let (reply, conduct) = match mishap {
        Some(mishap) => mishap.befall(reply),
        None => (reply, Conduct::Answer),
    };
    Handled { reply, conduct, landed }
}

/// Why a request does not get as far as its operation.
enum Turned {
    /// For a reason of its own.
    Away(Rejection),
    /// There were too many; a number of seconds from now there will be room.
    TooMany(u32),
}

/// The checks before any operation: rate limit, token, gate.
fn admit(book: &mut Book, request: &Request, call: &mut Call<'_>) -> Result<(), Turned> {
    if let Some(limit) = call.settings.rate_limit {
        let now = book.now();
        book.bucket.take(limit, now).map_err(Turned::TooMany)?;
    }
    if call.operation.open {
        return Ok(());
    }
    let verified = book.authenticate(request.authorization.as_ref());
    call.verified = verified.map_err(Turned::Away)?;
    if call.operation.gated && !call.verified {
        return Err(Turned::Away(Rejection::unverified()));
    }
    Ok(())
}

/// Runs the operation, unless a text marker in the request keeps it from landing.
fn carry_out(book: &mut Book, call: &Call<'_>, run: Handler) -> Outcome {
    let operation = call.operation;
    let executes = operation.path.starts_with(EXECUTIONS);
    let marked = if executes { None } else { markers::find(call) };
    if let Some(mishap) = book.trip(marked.as_ref(), operation.name, false) {
        return Err(Rejection::Mishap(mishap));
    }
    let mut answer = run(book, call)?;
    answer.mishap = answer.mishap.or(book.trip(marked.as_ref(), operation.name, true));
    Ok(answer)
}

const EXECUTIONS: &str = "/v1/executions/";

fn rejection_reply(rejection: &Rejection) -> Reply {
    match rejection {
        Rejection::Fields(complaints) => json_reply(422, &complaints_json(complaints)),
        Rejection::Detail(status, detail) => detail_reply(*status, detail),
        Rejection::Mishap(_) => error_reply(500),
    }
}

impl Book {
    /// Stops a request short of landing.
    fn stop(&mut self, request: &Request, mishap: Mishap) -> Handled {
        if mishap == Mishap::ExpiredToken {
            self.revoke(request.authorization.as_ref());
        }
        let (reply, conduct) = mishap.befall(error_reply(500));
        Handled { reply, conduct, landed: false }
    }

    /// Counts an execute request for its reference, whatever comes of it.
    fn note_attempt(&mut self, operation: &Operation, sent: &Sent) {
        if !operation.path.starts_with(EXECUTIONS) {
            return;
        }
        let reference = sent.json().and_then(|body| body.get("reference_id")?.as_str());
        if let Some(reference) = reference.and_then(field_types::read_uuid) {
            self.attempts.entry(reference).or_default().requests += 1;
        }
    }
}
