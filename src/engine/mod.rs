//! Floor 6: the loops that carry out what floor 4 decides.

pub mod batch;
pub mod gate;
pub mod local;
pub mod ports;
pub mod rehearse;
pub mod simulate;
pub mod stop;
pub mod tokens;
