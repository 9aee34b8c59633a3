//! The static check: a flow becomes a plan, or all of its problems at once.
//!
//! Enter by `checker`. `step` checks a step, `params` what it is given, `subflow` the flow it uses; `symbols` knows
//! what templates can see where. A plan never exists beside a problem.

pub(crate) mod checker;
pub(crate) mod params;
pub(crate) mod step;
pub(crate) mod subflow;
pub(crate) mod symbols;
