//! The control surface: what a tester does to the emulator, beside the API.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::call::Sent;
use super::conduct::{Conduct, Handled, detail_reply, json_reply};
use super::faults::Fault;
use super::kinds;
use super::landing::Ending;
use super::ledger::Ledger;
use super::rejection::{Rejection, complaints_json};
use super::words::{ExecutionStatus, Word};
use crate::api::wire::{Method, Request};

const ROOT: &str = "/_sandbox/";

/// Whether a path is a control call's.
pub(super) fn is_control(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// Answers a control call. None of them needs a token.
pub(super) fn handle(ledger: &mut Ledger, request: &Request) -> Handled {
    let sent = Sent::read(&request.body);
    let body = sent.json().unwrap_or(&Value::Null);
    let path = request.path.strip_prefix(ROOT).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let result = match request.method {
        Method::Get => look(ledger, &parts),
        Method::Post => act(ledger, &parts, body),
        Method::Put | Method::Delete => Err(Rejection::Detail(405, "Method Not Allowed")),
    };
    let landed = result.is_ok() && request.method == Method::Post;
    let reply = match result {
        Ok(body) => json_reply(200, &body),
        Err(Rejection::Fields(complaints)) => json_reply(422, &complaints_json(&complaints)),
        Err(Rejection::Detail(status, detail)) => detail_reply(status, detail),
        Err(Rejection::Mishap(mishap)) => mishap.befall(detail_reply(500, "")).0,
    };
    Handled { reply, conduct: Conduct::Answer, landed }
}

fn look(ledger: &mut Ledger, parts: &[&str]) -> Result<Value, Rejection> {
    match parts {
        ["state"] => Ok(ledger.state_json()),
        ["books"] => Ok(ledger.books_json()),
        ["audit"] => Ok(json!(ledger.audit())),
        ["hosted", token] => ledger.visit_page(token),
        ["receipts", token] => ledger.linked_receipt(token),
        _ => Err(Rejection::Detail(404, "Not Found")),
    }
}

fn act(ledger: &mut Ledger, parts: &[&str], body: &Value) -> Result<Value, Rejection> {
    match parts {
        ["reset"] => {
            ledger.reset();
            Ok(json!({}))
        }
        ["clock", "advance"] => advance(ledger, body),
        ["executions", reference, "settle"] => settle(ledger, reference, body),
        ["cards", secret, "confirm"] => confirm(ledger, secret),
        ["hosted", token, "pay"] => ledger.pay_page(page(ledger, token)?),
        ["hosted", token, "cancel"] => ledger.leave_page(page(ledger, token)?),
        ["accounts", id] => {
            let on = body.get("is_active").and_then(Value::as_bool);
            let on = on.ok_or(Rejection::Detail(422, "is_active must be true or false"))?;
            let id = id.parse().map_err(|_| Rejection::not_found())?;
            ledger.switch_account(id, on)
        }
        ["faults"] => queue(ledger, body),
        _ => Err(Rejection::Detail(404, "Not Found")),
    }
}

fn advance(ledger: &mut Ledger, body: &Value) -> Result<Value, Rejection> {
    let ms = body.get("ms").and_then(Value::as_i64).filter(|ms| *ms >= 0);
    let ms = ms.ok_or(Rejection::Detail(422, "ms must be a whole number of at least 0"))?;
    ledger.clock.advance(SignedDuration::from_millis(ms));
    ledger.run_clock();
    Ok(json!({ "now": ledger.now() }))
}

fn settle(ledger: &mut Ledger, reference: &str, body: &Value) -> Result<Value, Rejection> {
    let status = body.get("status").and_then(Value::as_str).and_then(ExecutionStatus::read);
    let ending = match status {
        Some(ExecutionStatus::Completed) => Ending::Completed,
        Some(ExecutionStatus::Failed) => Ending::Declined("settled as failed"),
        _ => return Err(Rejection::Detail(422, "status must be COMPLETED or FAILED")),
    };
    let known =
        kinds::read_uuid(reference).and_then(|uuid| ledger.execution_by_reference.get(&uuid));
    let id = known.copied().ok_or_else(Rejection::not_found)?;
    end(ledger, id, |ledger| ledger.finish(id, ending, ledger.now()))
}

fn confirm(ledger: &mut Ledger, secret: &str) -> Result<Value, Rejection> {
    // the secret holds the intent it is for
    let intent =
        secret.strip_prefix("pi_sbx_").and_then(|rest| rest.split('_').next()?.parse().ok());
    let id = intent.and_then(|intent| ledger.execution_by_intent.get(intent)).copied();
    let id = id.ok_or_else(Rejection::not_found)?;
    let execution = ledger.executions.get(id);
    if execution.and_then(|row| row.client_secret.as_deref()) != Some(secret) {
        return Err(Rejection::not_found());
    }
    end(ledger, id, |ledger| ledger.settle_by_course(id, ledger.now()))
}

/// Ends an execution that is not final yet.
fn end(ledger: &mut Ledger, id: u64, how: impl FnOnce(&mut Ledger)) -> Result<Value, Rejection> {
    let execution = ledger.executions.get(id).ok_or_else(Rejection::not_found)?;
    if execution.status.is_final() {
        return Err(Rejection::Detail(409, "The execution is final"));
    }
    how(ledger);
    let execution = ledger.executions.get(id).ok_or_else(Rejection::not_found)?;
    Ok(execution.json())
}

fn page(ledger: &Ledger, token: &str) -> Result<u64, Rejection> {
    ledger.page_by_token.get(token).copied().ok_or_else(Rejection::not_found)
}

fn queue(ledger: &mut Ledger, body: &Value) -> Result<Value, Rejection> {
    let fault = serde_json::from_value::<Fault>(body.clone());
    let fault = fault.map_err(|_| Rejection::Detail(422, "not a fault"))?;
    let json = json!(fault);
    ledger.faults.push(fault);
    Ok(json)
}
