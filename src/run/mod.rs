//! Floor 4: what a run is, pure.

pub mod delivery;
