//! Floor 1: types and expressions.

mod accept;
mod ast;
mod condition;
mod engine;
pub(crate) mod engine_value;
mod error;
mod exact;
mod fits;
mod infer;
mod lower;
mod names;
mod nulls;
mod print;
mod program;
mod reference;
mod scope;
mod template;
pub mod ty;
mod view;

#[cfg(test)]
mod tests;

pub use accept::{Mismatch, dotted, join_path};
pub use condition::Condition;
pub use error::EvalError;
pub use infer::{Misuse, TypeOf};
pub use nulls::MayBeNull;
pub use reference::Reference;
pub use scope::{LOOP_FIELDS, RUN_FIELDS, RunFacts, Scope};
pub use template::{Part, Template};
