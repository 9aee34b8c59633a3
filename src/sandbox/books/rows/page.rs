//! Hosted checkouts and their pages, as the books hold them.

use jiff::Timestamp;

use crate::sandbox::enums::{CheckoutMode, SourceType};

/// A checkout.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkout {
    pub id: u64,
    pub mode: CheckoutMode,
    pub source: (SourceType, u64),
    pub page: Option<u64>,
    pub expires_at: Option<Timestamp>,
    pub success_url: Option<String>,
    pub cancel_url: Option<String>,
}

/// A page a payer can pay on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub token: String,
    pub source: (SourceType, u64),
    pub phone: Option<String>,
    pub success_url: Option<String>,
    pub cancel_url: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub visit: Visit,
}

/// What the payer did on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Nothing yet.
    Waiting,
    /// Paid.
    Paid,
    /// Left without paying.
    Left,
}
