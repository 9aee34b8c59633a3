//! The operations of the API as data: names, methods, paths. [`super::router`] says what carries each out.

use crate::api::wire::Method::{self, Delete, Get, Post, Put};

/// One operation of the API.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Its name here.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path, with the open parts in braces.
    pub path: &'static str,
    /// Whether it needs no token.
    pub open: bool,
    /// Whether the merchant has to be verified for it.
    pub gated: bool,
}

const fn op(name: &'static str, method: Method, path: &'static str) -> Operation {
    Operation { name, method, path, open: false, gated: false }
}

impl Operation {
    const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    const fn gated(self) -> Self {
        Self { gated: true, ..self }
    }
}

/// Every operation of the API.
#[rustfmt::skip]
pub const OPERATIONS: [Operation; 59] = [
    op("token", Post, "/v1/jwt/client/obtain/token").open(),
    op("create_party", Post, "/v1/parties/create"),
    op("list_parties", Get, "/v1/parties/list"),
    op("retrieve_party", Get, "/v1/parties/retrieve/{id}"),
    op("create_counterparty", Post, "/v1/counterparties/create"),
    op("list_counterparties", Get, "/v1/counterparties/list"),
    op("retrieve_counterparty", Get, "/v1/counterparties/retrieve/{id}"),
    op("update_counterparty", Put, "/v1/counterparties/update/{id}"),
    op("create_invoice", Post, "/v1/invoices/create"),
    op("list_invoices", Get, "/v1/invoices/list"),
    op("retrieve_invoice", Get, "/v1/invoices/retrieve/{id}"),
    op("retrieve_invoice_by_number", Get, "/v1/invoices/retrieve/number/{invoice_number}"),
    op("update_invoice", Put, "/v1/invoices/update/{id}"),
    op("add_invoice_item", Post, "/v1/invoices/{invoice_id}/items/add"),
    op("update_invoice_item", Put, "/v1/invoices/{invoice_id}/items/{id}/update"),
    op("remove_invoice_item", Delete, "/v1/invoices/{invoice_id}/items/{id}/remove"),
    op("publish_invoice", Put, "/v1/invoices/publish/{id}"),
    op("cancel_invoice", Delete, "/v1/invoices/cancel/{id}"),
    op("retrieve_invoice_receipt", Get, "/v1/invoices/receipt/{id}"),
    op("retrieve_invoice_receipt_by_number", Get, "/v1/invoices/receipt/number/{invoice_number}"),
    op("create_order", Post, "/v1/orders/create"),
    op("list_orders", Get, "/v1/orders/list"),
    op("retrieve_order", Get, "/v1/orders/retrieve/{id}"),
    op("retrieve_order_by_number", Get, "/v1/orders/retrieve/number/{order_number}"),
    op("update_order", Put, "/v1/orders/update/{id}"),
    op("add_order_item", Post, "/v1/orders/{order_id}/items/add"),
    op("update_order_item", Put, "/v1/orders/{order_id}/items/{id}/update"),
    op("remove_order_item", Delete, "/v1/orders/{order_id}/items/{id}/remove"),
    op("publish_order", Put, "/v1/orders/publish/{id}"),
    op("cancel_order", Delete, "/v1/orders/cancel/{id}"),
    op("retrieve_order_receipt", Get, "/v1/orders/receipt/{id}"),
    op("retrieve_order_receipt_by_number", Get, "/v1/orders/receipt/number/{order_number}"),
    op("create_checkout", Post, "/v1/checkouts/create"),
    op("pay_link", Get, "/v1/links/pay").gated(),
    op("receipt_link", Get, "/v1/links/receipt").gated(),
    op("create_payment_account", Post, "/v1/payment-accounts/create"),
    op("checkout_session", Post, "/v1/sessions/checkout"),
    op("payout_session", Post, "/v1/sessions/payout").gated(),
    op("transfer_session", Post, "/v1/sessions/transfer").gated(),
    op("refund_session", Post, "/v1/sessions/refund").gated(),
    op("execute_collection", Post, "/v1/executions/collection"),
    op("execute_payout", Post, "/v1/executions/payout").gated(),
    op("execute_transfer", Post, "/v1/executions/transfer").gated(),
    op("execute_refund", Post, "/v1/executions/refund").gated(),
    op("collection_status", Get, "/v1/status/collection/{reference_id}"),
    op("payout_status", Get, "/v1/status/payout/{reference_id}"),
    op("transfer_status", Get, "/v1/status/transfer/{reference_id}"),
    op("refund_status", Get, "/v1/status/refund/{reference_id}"),
    op("source_status", Get, "/v1/status/source"),
    op("predict_amount", Get, "/v1/predictions/amount-and-fees"),
    op("predict_source_amount", Get, "/v1/predictions/payment-source/amount-and-fees"),
    op("predict_mobile_provider", Get, "/v1/predictions/mmo-provider-info"),
    op("predict_card_provider", Get, "/v1/predictions/card-provider-info"),
    op("gateway_fee", Get, "/v1/fees/gateway"),
    op("platform_fee", Get, "/v1/fees/platform"),
    op("merchant_tier", Get, "/v1/fees/merchant-tier"),
    op("list_tiers", Get, "/v1/fees/tiers"),
    op("merchant_info", Get, "/v1/merchants/merchant-info"),
    op("create_realtime_key", Post, "/v1/realtime-keys/collection"),
];

/// The methods that a path of the API has.
pub fn methods(path: &str) -> Vec<Method> {
    let here = OPERATIONS.iter().filter(|operation| fits(operation.path, path));
    here.map(|operation| operation.method).collect()
}

/// The operation with a name.
pub(crate) fn named(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// Whether a pattern can be for requests with this path: the path itself, with its open parts or with
/// values in their place, or a beginning of it that ends with `*`.
pub(crate) fn may_fit(template: &str, pattern: &str) -> bool {
    let Some(start) = pattern.strip_suffix('*') else {
        return pattern == template || fits(template, pattern);
    };
    let mut wanted = template.split('/');
    let mut parts = start.split('/').peekable();
    while let Some(part) = parts.next() {
        let Some(wanted) = wanted.next() else { return false };
        let fits = match (parts.peek(), open_name(wanted)) {
            (None, None) => wanted.starts_with(part),
            (None, Some(_)) => true,
            (Some(_), None) => wanted == part,
            (Some(_), Some(_)) => !part.is_empty(),
        };
        if !fits {
            return false;
        }
    }
    true
}

/// The operation that a request is for, if there is one.
pub fn operation(method: Method, path: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.method == method && fits(operation.path, path))
}

pub(crate) fn open_name(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

pub(crate) fn fits(template: &str, path: &str) -> bool {
    let mut given = path.split('/');
    let same = |(wanted, part): (&str, Option<&str>)| match open_name(wanted) {
        Some(_) => part.is_some_and(|part| !part.is_empty()),
        None => part == Some(wanted),
    };
    let all_fit = template.split('/').all(|wanted| same((wanted, given.next())));
    all_fit && given.next().is_none()
}
