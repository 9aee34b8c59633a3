//! The static check: a flow becomes a plan, or all of its problems at once.
//!
//! Enter by `flow`, which fills a `checker`. `step` checks a step, `params` what it is given, `subflow` the flow it uses, with those around it in `subflows`; `symbols` knows
//! what templates can see where. A plan never exists beside a problem.

pub(crate) mod checker;
pub(crate) mod flow;
pub(crate) mod params;
pub(crate) mod step;
pub(crate) mod subflow;
pub(crate) mod subflows;
pub(crate) mod symbols;
