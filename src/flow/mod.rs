//! Floor 3: the flow file, and the plan a checked flow becomes.

mod check;
mod check_step;
mod check_with;
mod digest;
#[allow(clippy::module_inception)]
pub mod flow;
mod given;
pub mod inputs;
mod inputs_parse;
pub mod keys;
mod parse;
pub mod plan;
mod reader;
pub mod schema;
mod visible;
pub mod yaml;

pub use check::{Checked, Subflows, check};
pub use given::{InputProblem, InputsFile, Origin, resolve, with_examples};
pub use parse::parse;
