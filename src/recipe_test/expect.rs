//! What a test expects.

use super::wanted::Wanted;
use super::wire::Wire;
use crate::base::money::{Amount, Money};
use crate::base::node::Key;
use crate::base::span::Span;
use crate::expr::Condition;
use crate::flow::ast::Placed;

/// What must have happened when a run ends or stops. What is not there is not looked at.
#[derive(Debug, Default)]
pub struct Expect {
    /// How it ended or stopped.
    pub status: Option<Placed<&'static str>>,
    /// The exit code.
    pub exit_code: Option<Placed<i32>>,
    /// Every output.
    pub outputs: Option<Placed<Vec<(Key, Wanted)>>>,
    /// How steps ended.
    pub steps: Vec<(Key, Placed<&'static str>)>,
    /// Why it did not succeed.
    pub error: Option<ExpectError>,
    /// How often requests were sent.
    pub counts: Vec<(Wire, u64)>,
    /// All requests, in order.
    pub requests: Option<Placed<Vec<Wire>>>,
    /// Some requests, in order.
    pub order: Vec<Wire>,
    /// What moved.
    pub charges: Option<ExpectCharges>,
    /// What else must hold.
    pub that: Vec<Condition>,
}

/// Why a run is expected not to succeed.
#[derive(Debug, Default)]
pub struct ExpectError {
    /// Where it stands.
    pub span: Span,
    /// The step at fault.
    pub step: Option<Placed<String>>,
    /// What sort of end it is.
    pub kind: Option<Placed<&'static str>>,
    /// Words of its message.
    pub message: Option<Placed<String>>,
    /// The HTTP status.
    pub http_status: Option<Placed<u64>>,
}

/// What is expected to have moved while the run went on.
#[derive(Debug, Default)]
pub struct ExpectCharges {
    /// Where it stands.
    pub span: Span,
    /// How many payments completed.
    pub completed: Option<Placed<u64>>,
    /// How many failed.
    pub failed: Option<Placed<u64>>,
    /// How many are not final.
    pub in_flight: Option<Placed<u64>>,
    /// What moved, for each way that money moves.
    pub moved: [Option<Placed<Vec<Money>>>; 4],
    /// What was collected for documents, by number.
    pub documents: Vec<(Key, Amount)>,
}

/// The ways that money moves, in the order of [`ExpectCharges::moved`].
pub const WAYS: [&str; 4] = ["collected", "paid_out", "transferred", "refunded"];
