//! Floor 3: the flow file, and the plan a checked flow becomes.

mod amounts;
#[allow(clippy::module_inception, reason = "the file of a flow is a flow")]
pub mod ast;
pub mod bundle;
pub(crate) mod check;
mod digest;
pub mod file_kind;
pub mod inputs;
mod literal_secrets;
mod parse;
pub mod plan;
pub(crate) mod sandbox_files;
pub mod schema;
pub mod text;

pub use amounts::{OddAmount, odd_amounts};
pub use check::flow::{Checked, check, check_kept};
pub use check::subflows::Subflows;
pub use inputs::resolve::{Environment, InputProblem, InputsFile, Origin, resolve, with_examples};
pub use literal_secrets::literal_secrets;
pub use parse::parse;
pub use sandbox_files::faults::{FAULT, FAULTS, FaultsFile, faults};
pub use sandbox_files::settings::{SETTINGS, read_settings, settings, settings_schema};
