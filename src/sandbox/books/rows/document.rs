//! Invoices and orders with their items, as the books hold them.

use jiff::Timestamp;

use crate::base::money::{Amount, Currency};
use crate::sandbox::enums::{FeeBearer, SourceStatus, SourceType};

/// An invoice or an order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub kind: SourceType,
    pub id: u64,
    pub number: String,
    pub status: SourceStatus,
    pub currency: Currency,
    pub total_amount: Amount,
    pub note: String,
    pub fee_bearer: FeeBearer,
    pub as_payment_link: bool,
    pub counterparty_id: u64,
    pub reference_id: Option<String>,
    pub due_date: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub items: Vec<Item>,
    pub paid_at: Option<Timestamp>,
    /// The latest execution that collects it.
    pub execution: Option<u64>,
    /// The page of the checkout that made it.
    pub checkout_page: Option<u64>,
    /// The page of its payment link.
    pub pay_page: Option<u64>,
}

/// What a new document is made from.
pub(crate) struct Draft {
    pub counterparty_id: u64,
    pub currency: Currency,
    pub note: String,
    pub fee_bearer: FeeBearer,
    pub as_payment_link: bool,
    pub reference_id: Option<String>,
    pub due_date: Option<Timestamp>,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub id: u64,
    pub name: String,
    pub qty: u64,
    /// The price of one.
    pub amount: Amount,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
