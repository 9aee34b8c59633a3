//! Floor 1: types and expressions.

mod error;
mod scope;
mod template;
pub mod ty;

pub use error::EvalError;
pub use scope::{RunFacts, Scope};
pub use template::{Condition, Reference, Template};
