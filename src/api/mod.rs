//! Floor 1: the wire contract of the Dollr API, without a client.

pub mod wire;
