//! Floor 5: recipe tests, pure: what a test file says, whether it makes sense, and whether what happened is what it
//! expects.

pub mod check;
pub mod coverage;
pub mod expect;
pub mod file;
pub mod happened;
pub mod judge;
mod judge_money;
mod judge_wire;
pub mod keys;
mod names;
mod parse;
mod parse_before;
mod parse_expect;
pub mod schema;
pub mod suite;
pub mod tally;
mod wanted;
mod wire;

pub use check::check;
pub use judge::judge;
