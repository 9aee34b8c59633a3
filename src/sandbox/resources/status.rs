//! How executions and documents stand. Where reads make time pass, every read is a step.

use serde_json::json;

use crate::sandbox::books::book::Book;
use crate::sandbox::enums::{OperationType, SourceType, Word};
use crate::sandbox::figures::number;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::Rejection;

/// `GET /v1/status/{operation}/{reference_id}`
pub(crate) fn execution(book: &mut Book, call: &Call<'_>, kind: OperationType) -> Outcome {
    let reference = call.uuid("reference_id")?;
    let id = book.execution_by_reference.get(&reference).copied();
    let execution = id.and_then(|id| book.executions.get_mut(id));
    let execution = execution.filter(|execution| execution.operation == kind);
    let execution = execution.ok_or_else(Rejection::not_found)?;
    if execution.hidden_reads > 0 {
        execution.hidden_reads -= 1;
        return Err(Rejection::not_found());
    }
    if execution.broken_reads > 0 {
        execution.broken_reads -= 1;
        return Err(Rejection::Detail(500, "Internal Server Error"));
    }
    let id = execution.id;
    if let Some(untrue) = book.untrue_read(id) {
        return Ok(untrue.into());
    }
    book.tick_by_read(id);
    let execution = book.executions.get(id).ok_or_else(Rejection::not_found)?;
    Ok(execution.json().into())
}

/// `GET /v1/status/source`
pub(crate) fn source(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let kind = query.need("source_type", field_types::word::<SourceType>);
    let id = query.need("source_id", field_types::integer);
    query.done()?;
    let (kind, id) = (kind?, id?);
    book.let_payer_act(kind, id);
    book.tick_source(kind, id);
    let document = book.document(kind, id)?;
    Ok(json!({
        "source_id": document.id,
        "source_type": document.kind.as_str(),
        "source_number": document.number,
        "status": document.status.as_str(),
        "currency": document.currency.code(),
        "total_amount": number(document.total_amount),
        "paid_at": document.paid_at,
    })
    .into())
}
