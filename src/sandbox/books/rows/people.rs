//! Parties and counterparties, as the books hold them.

use jiff::Timestamp;

use crate::sandbox::enums::Relationship;

/// A link between the merchant and a party.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counterparty {
    pub id: u64,
    pub relationship: Relationship,
    pub party_id: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A person or an organisation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Party {
    pub id: u64,
    pub fullname: String,
    pub phone: String,
    pub email: Option<String>,
    pub country_code: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
