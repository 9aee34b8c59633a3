//! How a request finds its operation, and what carries it out.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::books::book::Book;
use super::enums::OperationType::{Collection, Payout, Refund, Transfer};
use super::enums::SourceType::{Invoice, Order};
use super::operations::{OPERATIONS, Operation, fits, open_name};
use super::protocol::call::{Call, Outcome};
use super::resources::{
    accounts, checkouts, counterparties, documents, executions, fees, items, links, merchants,
    parties, predictions, realtime, receipts, sessions, status, tokens,
};
use crate::api::wire::Method;

/// What carries an operation out.
pub(super) type Handler = fn(&mut Book, &Call<'_>) -> Outcome;

/// What carries each operation out, in the order of [`OPERATIONS`].
#[rustfmt::skip]
const HANDLERS: [(&str, Handler); 59] = [
    ("token", tokens::obtain),
    ("create_party", parties::create),
    ("list_parties", parties::list),
    ("retrieve_party", parties::retrieve),
    ("create_counterparty", counterparties::create),
    ("list_counterparties", counterparties::list),
    ("retrieve_counterparty", counterparties::retrieve),
    ("update_counterparty", counterparties::update),
    ("create_invoice", |l, c| documents::create(l, c, Invoice)),
    ("list_invoices", |l, c| documents::list(l, c, Invoice)),
    ("retrieve_invoice", |l, c| documents::retrieve(l, c, Invoice)),
    ("retrieve_invoice_by_number", |l, c| documents::retrieve_by_number(l, c, Invoice)),
    ("update_invoice", |l, c| documents::update(l, c, Invoice)),
    ("add_invoice_item", |l, c| items::add(l, c, Invoice)),
    ("update_invoice_item", |l, c| items::update(l, c, Invoice)),
    ("remove_invoice_item", |l, c| items::remove(l, c, Invoice)),
    ("publish_invoice", |l, c| documents::publish(l, c, Invoice)),
    ("cancel_invoice", |l, c| documents::cancel(l, c, Invoice)),
    ("retrieve_invoice_receipt", |l, c| receipts::retrieve(l, c, Invoice)),
    ("retrieve_invoice_receipt_by_number", |l, c| receipts::retrieve_by_number(l, c, Invoice)),
    ("create_order", |l, c| documents::create(l, c, Order)),
    ("list_orders", |l, c| documents::list(l, c, Order)),
    ("retrieve_order", |l, c| documents::retrieve(l, c, Order)),
    ("retrieve_order_by_number", |l, c| documents::retrieve_by_number(l, c, Order)),
    ("update_order", |l, c| documents::update(l, c, Order)),
    ("add_order_item", |l, c| items::add(l, c, Order)),
    ("update_order_item", |l, c| items::update(l, c, Order)),
    ("remove_order_item", |l, c| items::remove(l, c, Order)),
    ("publish_order", |l, c| documents::publish(l, c, Order)),
    ("cancel_order", |l, c| documents::cancel(l, c, Order)),
    ("retrieve_order_receipt", |l, c| receipts::retrieve(l, c, Order)),
    ("retrieve_order_receipt_by_number", |l, c| receipts::retrieve_by_number(l, c, Order)),
    ("create_checkout", checkouts::create),
    ("pay_link", links::pay),
    ("receipt_link", links::receipt),
    ("create_payment_account", accounts::create),
    ("checkout_session", sessions::checkout),
    ("payout_session", sessions::payout),
    ("transfer_session", sessions::transfer),
    ("refund_session", sessions::refund),
    ("execute_collection", executions::collection),
    ("execute_payout", executions::payout),
    ("execute_transfer", executions::transfer),
    ("execute_refund", executions::refund),
    ("collection_status", |l, c| status::execution(l, c, Collection)),
    ("payout_status", |l, c| status::execution(l, c, Payout)),
    ("transfer_status", |l, c| status::execution(l, c, Transfer)),
    ("refund_status", |l, c| status::execution(l, c, Refund)),
    ("source_status", status::source),
    ("predict_amount", predictions::amount),
    ("predict_source_amount", predictions::source_amount),
    ("predict_mobile_provider", predictions::mobile),
    ("predict_card_provider", predictions::card),
    ("gateway_fee", fees::gateway),
    ("platform_fee", fees::platform),
    ("merchant_tier", fees::merchant_tier),
    ("list_tiers", fees::tiers),
    ("merchant_info", merchants::info),
    ("create_realtime_key", realtime::create),
];

/// Where a request leads.
pub(super) enum Route {
    /// To an operation.
    Found {
        operation: &'static Operation,
        /// What carries it out.
        run: Handler,
        /// The open parts of its path.
        params: Vec<(&'static str, String)>,
    },
    /// To a path that has other methods.
    WrongMethod,
    /// Nowhere.
    Nowhere,
}

/// Finds the operation of a request.
pub(super) fn find(method: Method, path: &str) -> Route {
    let mut known_path = false;
    for (operation, (_, run)) in OPERATIONS.iter().zip(HANDLERS) {
        // the open parts are only worth reading once the method fits
        if !fits(operation.path, path) {
            continue;
        }
        known_path = true;
        if operation.method == method {
            let params = open_parts(operation.path, path);
            return Route::Found { operation, run, params };
        }
    }
    if known_path { Route::WrongMethod } else { Route::Nowhere }
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
    use crate::api::wire::Method::{Get, Put};

    #[test]
    fn names_and_places_are_unique() {
        for (index, one) in OPERATIONS.iter().enumerate() {
            assert_eq!(one.name, HANDLERS[index].0, "carried out by another's handler");
            for other in &OPERATIONS[..index] {
                assert_ne!(one.name, other.name);
                assert!(one.method != other.method || one.path != other.path, "{}", one.path);
            }
        }
    }

    #[test]
    fn a_path_finds_its_operation() {
        let Route::Found { operation, params: parts, .. } =
            find(Put, "/v1/invoices/101/items/7/update")
        else {
            panic!("not found");
        };
        assert_eq!(operation.name, "update_invoice_item");
        assert_eq!(parts, [("invoice_id", "101".to_owned()), ("id", "7".to_owned())]);
        let Route::Found { operation, params: parts, .. } =
            find(Get, "/v1/invoices/retrieve/number/INV%2D1")
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
