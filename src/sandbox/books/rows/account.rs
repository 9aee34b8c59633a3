//! A payment account, as the books hold it.

use jiff::Timestamp;

use crate::sandbox::enums::{OperationType, PaymentMethod, Provider};

/// A payment account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    pub id: u64,
    pub is_active: bool,
    pub account_name: String,
    pub provider: Provider,
    pub method: PaymentMethod,
    pub operation: OperationType,
    pub party_id: u64,
    pub country_code: Option<String>,
    pub phone: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
