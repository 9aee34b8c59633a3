//! Floor 5: the loops that carry out what floor 4 decides.

pub mod ports;
