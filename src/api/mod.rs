//! Floor 1: the wire contract of the Dollr API, without a client.

pub mod asked;
pub mod rejection;
pub mod wire;
pub mod words;
