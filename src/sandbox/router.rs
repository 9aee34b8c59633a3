//! The table of operations, and how a request finds its own.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::books::book::Book;
use super::enums::OperationType::{Collection, Payout, Refund, Transfer};
use super::enums::SourceType::{Invoice, Order};
use super::protocol::call::{Call, Outcome};
use super::resources::{
    accounts, checkouts, counterparties, documents, executions, fees, items, links, merchants,
    parties, predictions, realtime, receipts, sessions, status, tokens,
};
use crate::api::wire::Method::{self, Delete, Get, Post, Put};

type Handler = fn(&mut Book, &Call<'_>) -> Outcome;

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
    pub(super) run: Handler,
}

const fn op(name: &'static str, method: Method, path: &'static str, run: Handler) -> Operation {
    Operation { name, method, path, open: false, gated: false, run }
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
    op("token", Post, "/v1/jwt/client/obtain/token", tokens::obtain).open(),
    op("create_party", Post, "/v1/parties/create", parties::create),
    op("list_parties", Get, "/v1/parties/list", parties::list),
    op("retrieve_party", Get, "/v1/parties/retrieve/{id}", parties::retrieve),
    op("create_counterparty", Post, "/v1/counterparties/create", counterparties::create),
    op("list_counterparties", Get, "/v1/counterparties/list", counterparties::list),
    op("retrieve_counterparty", Get, "/v1/counterparties/retrieve/{id}", counterparties::retrieve),
    op("update_counterparty", Put, "/v1/counterparties/update/{id}", counterparties::update),
    op("create_invoice", Post, "/v1/invoices/create", |l, c| documents::create(l, c, Invoice)),
    op("list_invoices", Get, "/v1/invoices/list", |l, c| documents::list(l, c, Invoice)),
    op("retrieve_invoice", Get, "/v1/invoices/retrieve/{id}", |l, c| documents::retrieve(l, c, Invoice)),
    op("retrieve_invoice_by_number", Get, "/v1/invoices/retrieve/number/{invoice_number}", |l, c| documents::retrieve_by_number(l, c, Invoice)),
    op("update_invoice", Put, "/v1/invoices/update/{id}", |l, c| documents::update(l, c, Invoice)),
    op("add_invoice_item", Post, "/v1/invoices/{invoice_id}/items/add", |l, c| items::add(l, c, Invoice)),
    op("update_invoice_item", Put, "/v1/invoices/{invoice_id}/items/{id}/update", |l, c| items::update(l, c, Invoice)),
    op("remove_invoice_item", Delete, "/v1/invoices/{invoice_id}/items/{id}/remove", |l, c| items::remove(l, c, Invoice)),
    op("publish_invoice", Put, "/v1/invoices/publish/{id}", |l, c| documents::publish(l, c, Invoice)),
    op("cancel_invoice", Delete, "/v1/invoices/cancel/{id}", |l, c| documents::cancel(l, c, Invoice)),
    op("retrieve_invoice_receipt", Get, "/v1/invoices/receipt/{id}", |l, c| receipts::retrieve(l, c, Invoice)),
    op("retrieve_invoice_receipt_by_number", Get, "/v1/invoices/receipt/number/{invoice_number}", |l, c| receipts::retrieve_by_number(l, c, Invoice)),
    op("create_order", Post, "/v1/orders/create", |l, c| documents::create(l, c, Order)),
    op("list_orders", Get, "/v1/orders/list", |l, c| documents::list(l, c, Order)),
    op("retrieve_order", Get, "/v1/orders/retrieve/{id}", |l, c| documents::retrieve(l, c, Order)),
    op("retrieve_order_by_number", Get, "/v1/orders/retrieve/number/{order_number}", |l, c| documents::retrieve_by_number(l, c, Order)),
    op("update_order", Put, "/v1/orders/update/{id}", |l, c| documents::update(l, c, Order)),
    op("add_order_item", Post, "/v1/orders/{order_id}/items/add", |l, c| items::add(l, c, Order)),
    op("update_order_item", Put, "/v1/orders/{order_id}/items/{id}/update", |l, c| items::update(l, c, Order)),
    op("remove_order_item", Delete, "/v1/orders/{order_id}/items/{id}/remove", |l, c| items::remove(l, c, Order)),
    op("publish_order", Put, "/v1/orders/publish/{id}", |l, c| documents::publish(l, c, Order)),
    op("cancel_order", Delete, "/v1/orders/cancel/{id}", |l, c| documents::cancel(l, c, Order)),
    op("retrieve_order_receipt", Get, "/v1/orders/receipt/{id}", |l, c| receipts::retrieve(l, c, Order)),
    op("retrieve_order_receipt_by_number", Get, "/v1/orders/receipt/number/{order_number}", |l, c| receipts::retrieve_by_number(l, c, Order)),
    op("create_checkout", Post, "/v1/checkouts/create", checkouts::create),
    op("pay_link", Get, "/v1/links/pay", links::pay).gated(),
    op("receipt_link", Get, "/v1/links/receipt", links::receipt).gated(),
    op("create_payment_account", Post, "/v1/payment-accounts/create", accounts::create),
    op("checkout_session", Post, "/v1/sessions/checkout", sessions::checkout),
    op("payout_session", Post, "/v1/sessions/payout", sessions::payout).gated(),
    op("transfer_session", Post, "/v1/sessions/transfer", sessions::transfer).gated(),
    op("refund_session", Post, "/v1/sessions/refund", sessions::refund).gated(),
    op("execute_collection", Post, "/v1/executions/collection", executions::collection),
    op("execute_payout", Post, "/v1/executions/payout", executions::payout).gated(),
    op("execute_transfer", Post, "/v1/executions/transfer", executions::transfer).gated(),
    op("execute_refund", Post, "/v1/executions/refund", executions::refund).gated(),
    op("collection_status", Get, "/v1/status/collection/{reference_id}", |l, c| status::execution(l, c, Collection)),
    op("payout_status", Get, "/v1/status/payout/{reference_id}", |l, c| status::execution(l, c, Payout)),
    op("transfer_status", Get, "/v1/status/transfer/{reference_id}", |l, c| status::execution(l, c, Transfer)),
    op("refund_status", Get, "/v1/status/refund/{reference_id}", |l, c| status::execution(l, c, Refund)),
    op("source_status", Get, "/v1/status/source", status::source),
    op("predict_amount", Get, "/v1/predictions/amount-and-fees", predictions::amount),
    op("predict_source_amount", Get, "/v1/predictions/payment-source/amount-and-fees", predictions::source_amount),
    op("predict_mobile_provider", Get, "/v1/predictions/mmo-provider-info", predictions::mobile),
    op("predict_card_provider", Get, "/v1/predictions/card-provider-info", predictions::card),
    op("gateway_fee", Get, "/v1/fees/gateway", fees::gateway),
    op("platform_fee", Get, "/v1/fees/platform", fees::platform),
    op("merchant_tier", Get, "/v1/fees/merchant-tier", fees::merchant_tier),
    op("list_tiers", Get, "/v1/fees/tiers", fees::tiers),
    op("merchant_info", Get, "/v1/merchants/merchant-info", merchants::info),
    op("create_realtime_key", Post, "/v1/realtime-keys/collection", realtime::create),
];

/// Where a request leads.
pub(super) enum Route {
    /// To an operation, with the open parts of its path.
    Found(&'static Operation, Vec<(&'static str, String)>),
    /// To a path that has other methods.
    WrongMethod,
    /// Nowhere.
    Nowhere,
}

/// Finds the operation of a request.
pub(super) fn find(method: Method, path: &str) -> Route {
    let mut known_path = false;
    for operation in &OPERATIONS {
        // the open parts are only worth reading once the method fits
        if !fits(operation.path, path) {
            continue;
        }
        known_path = true;
        if operation.method == method {
            return Route::Found(operation, open_parts(operation.path, path));
        }
    }
    if known_path { Route::WrongMethod } else { Route::Nowhere }
}

/// The methods that a path of the API has.
pub fn methods(path: &str) -> Vec<Method> {
    let here = OPERATIONS.iter().filter(|operation| fits(operation.path, path));
    here.map(|operation| operation.method).collect()
}

/// The operation with a name.
pub(super) fn named(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// Whether a pattern can be for requests with this path: the path itself, with its open parts or with
/// values in their place, or a beginning of it that ends with `*`.
pub(super) fn may_fit(template: &str, pattern: &str) -> bool {
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

fn open_name(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn fits(template: &str, path: &str) -> bool {
    let mut given = path.split('/');
    let same = |(wanted, part): (&str, Option<&str>)| match open_name(wanted) {
        Some(_) => part.is_some_and(|part| !part.is_empty()),
        None => part == Some(wanted),
    };
    let all_fit = template.split('/').all(|wanted| same((wanted, given.next())));
    all_fit && given.next().is_none()
}

fn open_parts(template: &'static str, path: &str) -> Vec<(&'static str, String)> {
    let parts = template.split('/').zip(path.split('/'));
    let decoded = |part| Cow::into_owned(percent_decode_str(part).decode_utf8_lossy());
    parts.filter_map(|(wanted, part)| Some((open_name(wanted)?, decoded(part)))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn names_and_places_are_unique() {
        for (index, one) in OPERATIONS.iter().enumerate() {
            for other in &OPERATIONS[..index] {
                assert_ne!(one.name, other.name);
                assert!(one.method != other.method || one.path != other.path, "{}", one.path);
            }
        }
    }

    #[test]
    fn a_path_finds_its_operation() {
        let Route::Found(operation, parts) = find(Put, "/v1/invoices/101/items/7/update") else {
            panic!("not found");
        };
        assert_eq!(operation.name, "update_invoice_item");
        assert_eq!(parts, [("invoice_id", "101".to_owned()), ("id", "7".to_owned())]);
        let Route::Found(operation, parts) = find(Get, "/v1/invoices/retrieve/number/INV%2D1")
        else {
            panic!("not found");
        };
        assert_eq!(operation.name, "retrieve_invoice_by_number");
        assert_eq!(parts, [("invoice_number", "INV-1".to_owned())]);
        assert!(matches!(find(Get, "/v1/parties/create"), Route::WrongMethod));
        assert!(matches!(find(Get, "/v1/parties"), Route::Nowhere));
        assert!(matches!(find(Get, "/v1/parties/retrieve/"), Route::Nowhere));
    }
}
