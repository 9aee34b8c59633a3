//! Receipts of paid documents.

use serde_json::{Value, json};

use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::document::Document;
use crate::sandbox::books::rows::execution::Execution;
use crate::sandbox::enums::{ExecutionStatus, SourceStatus, SourceType, Word};
use crate::sandbox::figures::{number, number_or_null};
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::rejection::Rejection;

/// `GET /v1/{invoices,orders}/receipt/{id}`
pub(crate) fn retrieve(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let id = call.id("id")?;
    Ok(book.receipt(kind, id)?.into())
}

/// `GET /v1/{invoices,orders}/receipt/number/{number}`
pub(crate) fn retrieve_by_number(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let id = book.numbered(kind, call.param(kind.number_param()))?;
    Ok(book.receipt(kind, id)?.into())
}

impl Book {
    /// The receipt of a document, or 404 before it is paid.
    pub(crate) fn receipt(&self, kind: SourceType, id: u64) -> Result<Value, Rejection> {
        let none = || Rejection::Detail(404, "Receipt not available");
        let document = self.document(kind, id)?;
        let execution = document.execution.and_then(|id| self.executions.get(id));
        let paid = execution.filter(|execution| execution.status == ExecutionStatus::Completed);
        if document.status != SourceStatus::Paid {
            return Err(none());
        }
        Ok(receipt_json(document, paid.ok_or_else(none)?))
    }
}

fn receipt_json(document: &Document, execution: &Execution) -> Value {
    let converts = execution.price.fx_rate.is_some();
    let (payer, payee) = (execution.price.payer, execution.price.payee);
    let if_converted = |code: &str| if converts { json!(code) } else { Value::Null };
    let mut json = json!({ "id": document.id });
    json[document.kind.number_param()] = json!(document.number);
    json["status"] = json!(document.status.as_str());
    json["currency"] = json!(document.currency.code());
    json["total_amount"] = number(document.total_amount);
    json["fee_bearer"] = json!(document.fee_bearer.as_str());
    json["payer_amount"] = number(payer.amount);
    json["payer_currency"] = json!(payer.currency.code());
    json["payee_amount"] = number(payee.amount);
    json["payee_currency"] = json!(payee.currency.code());
    json["platform_fee"] = number(execution.price.platform_fee);
    json["gateway_fee"] = number(execution.price.gateway_fee);
    json["fx_fee"] = number_or_null(execution.price.fx_fee);
    json["fx_rate"] = number_or_null(execution.price.fx_rate);
    json["fx_currency_from"] = if_converted(document.currency.code());
    json["fx_currency_to"] = if_converted(payer.currency.code());
    json["provider"] = json!(execution.provider.as_str());
    json["method"] = json!(execution.method.as_str());
    json["provider_transaction_id"] = json!(execution.provider_transaction_id);
    json["paid_at"] = json!(document.paid_at);
    json[document.items_key()] = document.items_json();
    json
}
