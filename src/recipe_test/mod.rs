//! Floor 5: recipe tests, pure: what a test file says, whether it makes sense, and whether what happened is what it
//! expects.

pub mod check;
pub mod coverage;
pub mod expect;
pub mod file;
pub mod happened;
pub mod judge;
pub(crate) mod judge_money;
pub(crate) mod judge_wire;
pub mod keys;
pub(crate) mod mismatch;
pub(crate) mod names;
pub(crate) mod parse;
pub(crate) mod parse_before;
pub(crate) mod parse_expect;
pub(crate) mod request_seen;
pub mod schema;
pub mod suite;
pub mod tally;
pub(crate) mod wanted;
pub(crate) mod wire;
pub use check::check;
pub use judge::judge;
