//! Floor 3: the flow file, and the plan a checked flow becomes.

mod amounts;
mod check;
mod check_step;
mod check_subflow;
mod check_with;
mod digest;
mod faults;
pub mod files;
#[allow(clippy::module_inception, reason = "the file of a flow is a flow")]
pub mod flow;
pub mod form;
mod given;
pub mod inputs;
pub(crate) mod inputs_parse;
pub(crate) mod json;
pub mod kept;
pub mod keys;
mod literal_secrets;
mod parse;
pub mod plan;
pub(crate) mod reader;
pub mod schema;
mod settings;
pub mod table;
mod visible;
pub mod yaml;

pub use amounts::{OddAmount, odd_amounts};
pub use check::{Checked, check, check_kept};
pub use check_subflow::Subflows;
pub use faults::{FAULT, FAULTS, FaultsFile, faults};
pub use given::{Environment, InputProblem, InputsFile, Origin, resolve, with_examples};
pub use literal_secrets::literal_secrets;
pub use parse::parse;
pub use settings::{SETTINGS, read_settings, settings, settings_schema};
