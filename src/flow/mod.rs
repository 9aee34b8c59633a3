//! Floor 3: the flow file, and the plan a checked flow becomes.

pub mod plan;
pub mod yaml;
