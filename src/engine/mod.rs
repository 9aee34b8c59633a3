//! Floor 6: the loops that carry out what floor 4 decides.

pub mod again;
pub mod batch;
mod broken;
mod flight;
pub mod gate;
mod inside;
pub mod local;
mod one_run;
pub mod patience;
pub mod ports;
pub mod rehearse;
pub mod simulate;
pub mod stop;
pub mod tokens;
pub mod trial;
