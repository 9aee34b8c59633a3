//! An execution, as the books hold it.

use jiff::Timestamp;
use uuid::Uuid;

use crate::base::money::Amount;
use crate::sandbox::books::pricing::Quote;
use crate::sandbox::books::triggers::{Course, Untrue};
use crate::sandbox::enums::{ExecutionStatus, OperationType, PaymentMethod, Provider, SourceType};

/// Money on its way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Execution {
    pub id: u64,
    pub reference: Uuid,
    pub operation: OperationType,
    pub status: ExecutionStatus,
    pub price: Quote,
    pub method: PaymentMethod,
    pub provider: Provider,
    pub provider_transaction_id: Option<String>,
    pub gateway_message: Option<&'static str>,
    pub wallet_message: Option<&'static str>,
    pub client_secret: Option<String>,
    /// The intent of a collection.
    pub intent: Option<u64>,
    /// None for what a hosted page made.
    pub session: Option<u64>,
    pub account: Option<u64>,
    pub source: Option<(SourceType, u64)>,
    /// The intent a refund gives back.
    pub original: Option<u64>,
    /// What was booked for it, as an index of the entries.
    pub entry: Option<usize>,
    /// How much of a collection was given back, or is on its way back.
    pub refunded: Amount,
    pub course: Course,
    pub ticks: u32,
    pub hidden_reads: u32,
    pub broken_reads: u32,
    pub untrue: Option<Untrue>,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}
