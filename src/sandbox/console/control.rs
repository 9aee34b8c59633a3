//! The control surface: what a tester does to the emulator, beside the API.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::api::wire::{Method, Request};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::ledger::Ledger;
use crate::sandbox::books::settlement::Ending;
use crate::sandbox::enums::ExecutionStatus;
use crate::sandbox::faults::fault::Fault;
use crate::sandbox::faults::mishap::{Conduct, Handled, detail_reply, json_reply};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::field_types::Reading;
use crate::sandbox::protocol::fields::Fields;
use crate::sandbox::protocol::rejection::{Complaint, Flaw, Rejection, complaints_json};
use crate::sandbox::protocol::sent::Sent;

const ROOT: &str = "/_sandbox/";

/// Every control call, and what it does.
pub(crate) const CALLS: [(&str, &str, &str); 15] = [
    ("GET", "/_sandbox/books", "merchants, wallets, bookings and payments"),
    ("GET", "/_sandbox/audit", "what was charged, and what is wrong with it"),
    ("GET", "/_sandbox/state", "everything"),
    ("POST", "/_sandbox/reset", "back to the start"),
    ("GET", "/_sandbox/clock", "the sandbox's time"),
    ("POST", "/_sandbox/clock/advance", "moves it: {\"ms\": 60000}"),
    (
        "POST",
        "/_sandbox/executions/{reference_id}/settle",
        "ends a payment: {\"status\": \"COMPLETED\"} or FAILED",
    ),
    ("POST", "/_sandbox/cards/{client_secret}/confirm", "the payer finishes 3-D Secure"),
    ("GET", "/_sandbox/hosted/{token}", "the payer opens a hosted page or a payment link"),
    ("POST", "/_sandbox/hosted/{token}/pay", "the payer pays on it"),
    ("POST", "/_sandbox/hosted/{token}/cancel", "the payer leaves it"),
    ("POST", "/_sandbox/accounts/{id}", "switches a payment account: {\"is_active\": false}"),
    ("GET", "/_sandbox/faults", "the faults to come"),
    ("POST", "/_sandbox/faults", "queues a fault, or a list of them"),
    ("DELETE", "/_sandbox/faults", "forgets them all"),
];

/// Whether a path is a control call's.
pub(crate) fn is_control(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// Answers a control call. None of them needs a token.
pub(crate) fn handle(ledger: &mut Ledger, request: &Request) -> Handled {
    let sent = Sent::read(&request.body);
    let path = request.path.strip_prefix(ROOT).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let result = match request.method {
        Method::Get => look(ledger, &parts),
        Method::Post => act(ledger, &parts, &sent),
        Method::Delete => clear(ledger, &parts),
        Method::Put => Err(unknown()),
    };
    let result = result.map_err(|rejection| match rejection {
        Rejection::Detail(404, _) if other_methods(&parts, request.method) => {
            Rejection::Detail(405, "Method Not Allowed")
        }
        other => other,
    });
    let landed = result.is_ok() && request.method != Method::Get;
    let reply = match result {
        Ok(body) => json_reply(200, &body),
        Err(Rejection::Fields(complaints)) => json_reply(422, &complaints_json(&complaints)),
        Err(Rejection::Detail(status, detail)) => detail_reply(status, detail),
        Err(Rejection::Mishap(mishap)) => mishap.befall(detail_reply(500, "")).0,
    };
    Handled { reply, conduct: Conduct::Answer, landed }
}

/// There is no such call.
fn unknown() -> Rejection {
    Rejection::Detail(404, "There is no such control call")
}

/// Whether there is such a call, by other methods only.
fn other_methods(parts: &[&str], method: Method) -> bool {
    let methods: &[Method] = match parts {
        ["state" | "books" | "audit" | "clock"] | ["receipts", _] | ["hosted", _] => &[Method::Get],
        ["faults"] => &[Method::Get, Method::Post, Method::Delete],
        ["reset"] | ["clock", "advance"] | ["accounts", _] => &[Method::Post],
        ["executions", _, "settle"] | ["cards", _, "confirm"] => &[Method::Post],
        ["hosted", _, "pay" | "cancel"] => &[Method::Post],
        _ => return false,
    };
    !methods.contains(&method)
}

fn look(ledger: &mut Ledger, parts: &[&str]) -> Result<Value, Rejection> {
    match parts {
        ["state"] => Ok(ledger.state_json()),
        ["books"] => Ok(ledger.books_json()),
        ["audit"] => Ok(json!(ledger.audit())),
        ["clock"] => Ok(json!({ "now": ledger.now() })),
        ["faults"] => Ok(ledger.faults.json()),
        ["hosted", token] => ledger.paged(token)?.visit_page(token),
        ["receipts", token] => ledger
            .books
            .iter()
            .find_map(|book| book.linked_receipt(token).ok())
            .ok_or_else(Rejection::not_found),
        _ => Err(unknown()),
    }
}

fn act(ledger: &mut Ledger, parts: &[&str], sent: &Sent) -> Result<Value, Rejection> {
    match parts {
        ["reset"] => {
            ledger.reset();
            Ok(json!({}))
        }
        ["clock", "advance"] => advance(ledger, sent),
        ["executions", reference, "settle"] => settle(ledger, reference, sent),
        ["cards", secret, "confirm"] => confirm(ledger, secret),
        ["hosted", token, "pay"] => {
            let book = ledger.paged(token)?;
            book.pay_page(book.page_with(token)?)
        }
        ["hosted", token, "cancel"] => {
            let book = ledger.paged(token)?;
            book.leave_page(book.page_with(token)?)
        }
        ["accounts", id] => switch(ledger, id, sent),
        ["faults"] => queue(ledger, sent),
        _ => Err(unknown()),
    }
}

fn clear(ledger: &mut Ledger, parts: &[&str]) -> Result<Value, Rejection> {
    match parts {
        ["faults"] => {
            ledger.faults.clear();
            Ok(ledger.faults.json())
        }
        _ => Err(unknown()),
    }
}

fn milliseconds(value: &Value, _: &Reading<'_>) -> Result<i64, Flaw> {
    let number = value.as_i64().ok_or_else(|| Flaw::wrong_type("integer"))?;
    if number < 0 {
        return Err(Flaw::new("less than minimum", "value_error.number.not_ge"));
    }
    Ok(number)
}

fn advance(ledger: &mut Ledger, sent: &Sent) -> Result<Value, Rejection> {
    let mut fields = Fields::of_sent(sent, &ledger.settings)?;
    let ms = fields.need("ms", milliseconds);
    fields.done()?;
    let ms = ms?;
    ledger.advance(SignedDuration::from_millis(ms));
    Ok(json!({ "now": ledger.now() }))
}

fn settle(ledger: &mut Ledger, reference: &str, sent: &Sent) -> Result<Value, Rejection> {
    let mut fields = Fields::of_sent(sent, &ledger.settings)?;
    let status = fields.need("status", field_types::word::<ExecutionStatus>);
    if status.is_ok_and(|status| !status.is_final()) {
        fields.refuse("status", Flaw::new("must be COMPLETED or FAILED", "type_error.enum"));
    }
    fields.done()?;
    let ending = match status? {
        ExecutionStatus::Completed => Ending::Completed,
        _ => Ending::Declined("settled as failed"),
    };
    let uuid = field_types::read_uuid(reference).ok_or_else(Rejection::not_found)?;
    let id_in = |book: &Book| book.execution_by_reference.get(&uuid).copied();
    // two merchants may have used the same reference: whose payment is open is meant
    let is_open = |book: &Book| {
        let execution = id_in(book).and_then(|id| book.executions.get(id));
        execution.is_some_and(|execution| !execution.status.is_final())
    };
    let place = ledger.books.iter().position(is_open);
    let place = place.or(ledger.books.iter().position(|book| id_in(book).is_some()));
    let book = place.and_then(|place| ledger.books.get_mut(place));
    let book = book.ok_or_else(Rejection::not_found)?;
    let id = id_in(book).ok_or_else(Rejection::not_found)?;
    end(book, id, |book| book.finish(id, ending, book.now()))
}

fn confirm(ledger: &mut Ledger, secret: &str) -> Result<Value, Rejection> {
    // the secret holds the intent it is for
    let intent =
        secret.strip_prefix("pi_sbx_").and_then(|rest| rest.split('_').next()?.parse().ok());
    let id_in = |book: &Book| {
        let id = book.execution_by_intent.get(intent?).copied()?;
        let own = book.executions.get(id)?.client_secret.as_deref();
        (own == Some(secret)).then_some(id)
    };
    let book = ledger.books.iter_mut().find(|book| id_in(book).is_some());
    let book = book.ok_or_else(Rejection::not_found)?;
    let id = id_in(book).ok_or_else(Rejection::not_found)?;
    end(book, id, |book| book.settle_by_course(id, book.now()))
}

/// Ends an execution that is not final yet.
fn end(book: &mut Book, id: u64, how: impl FnOnce(&mut Book)) -> Result<Value, Rejection> {
    let execution = book.executions.get(id).ok_or_else(Rejection::not_found)?;
    if execution.status.is_final() {
        return Err(Rejection::Detail(409, "The execution is final"));
    }
    how(book);
    let execution = book.executions.get(id).ok_or_else(Rejection::not_found)?;
    Ok(execution.json())
}

fn switch(ledger: &mut Ledger, id: &str, sent: &Sent) -> Result<Value, Rejection> {
    let mut fields = Fields::of_sent(sent, &ledger.settings)?;
    let on = fields.need("is_active", field_types::boolean);
    fields.done()?;
    let (on, id) = (on?, id.parse().map_err(|_| Rejection::not_found())?);
    let book = ledger.books.iter_mut().find(|book| book.accounts.get(id).is_some());
    book.ok_or_else(Rejection::not_found)?.switch_account(id, on)
}

/// Queues a fault, or a list of them.
fn queue(ledger: &mut Ledger, sent: &Sent) -> Result<Value, Rejection> {
    let body = sent.whole()?;
    let rows = match body {
        Value::Array(rows) => rows.iter().collect(),
        one => vec![one],
    };
    let (mut faults, mut complaints) = (Vec::new(), Vec::new());
    for (at, row) in rows.into_iter().enumerate() {
        let mut complain = |field: Option<&str>, message: String| {
            let mut place = vec![json!("body")];
            place.extend(body.is_array().then(|| json!(at)));
            place.extend(field.map(|field| json!(field)));
            complaints.push(Complaint { place, flaw: Flaw::new(message, "value_error.fault") });
        };
        match serde_json::from_value::<Fault>(row.clone()) {
            Ok(fault) => {
                fault.flaws().into_iter().for_each(|flaw| complain(Some(flaw.field), flaw.message));
                faults.push(fault);
            }
            Err(error) => complain(None, error.to_string()),
        }
    }
    if !complaints.is_empty() {
        return Err(Rejection::Fields(complaints));
    }
    let json = match (body, faults.as_slice()) {
        (Value::Object(_), [one]) => json!(one),
        (_, all) => json!(all),
    };
    faults.into_iter().for_each(|fault| ledger.faults.push(fault));
    Ok(json)
}

impl Ledger {
    /// The book that a hosted page is in.
    fn paged(&mut self, token: &str) -> Result<&mut Book, Rejection> {
        let book = self.books.iter_mut().find(|book| book.page_by_token.contains_key(token));
        book.ok_or_else(Rejection::not_found)
    }
}

impl Book {
    fn page_with(&self, token: &str) -> Result<u64, Rejection> {
        self.page_by_token.get(token).copied().ok_or_else(Rejection::not_found)
    }
}
