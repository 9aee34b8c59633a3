//! A session with what it is for, as the books hold it.

use jiff::Timestamp;

use crate::base::money::Money;
use crate::sandbox::enums::{SessionStatus, SourceType};

/// A session of any of the four types.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Session {
    pub id: u64,
    pub intent: Intent,
    /// As last written; see [`Session::status_at`].
    pub status: SessionStatus,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a session is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Intent {
    /// Collecting a document.
    Checkout {
        /// The kind of the document.
        source_type: SourceType,
        /// Its id.
        source_id: u64,
    },
    /// Paying a beneficiary.
    Payout {
        /// The beneficiary's account.
        account: u64,
        /// What the beneficiary receives.
        amount: Money,
        /// The wallet that pays.
        wallet: u64,
    },
    /// Moving money to a counterparty.
    Transfer {
        /// The wallet that pays.
        wallet: u64,
        /// Who receives it.
        counterparty: u64,
        /// How much.
        amount: Money,
    },
    /// Giving a collection back.
    Refund {
        /// The intent of the collection.
        original: u64,
        /// How much, in the currency the payer paid in.
        amount: Money,
        /// Why.
        reason: Option<String>,
    },
}
