//! Floor 6: the loops that carry out what floor 4 decides.

pub mod again;
pub mod batch;
mod broken;
#[allow(clippy::module_inception, reason = "the loop is what the room is named after")]
pub mod engine;
pub mod gate;
pub(crate) mod in_flight;
pub mod patience;
pub mod ports;
pub mod stop;
pub mod tokens;
pub mod virtual_time;
