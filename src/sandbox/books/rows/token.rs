//! An access token, as the books hold it.

use jiff::Timestamp;

/// A token that was issued.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub expires_at: Timestamp,
    pub unverified: bool,
    pub revoked: bool,
}
