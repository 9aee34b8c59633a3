//! `resume`: goes on with runs that stopped.
//!
//! `one` takes up one run; what reads runs back for other verbs stands there too. `all` takes up every run that is not
//! final, side by side, and `results` tells how they ended.

pub(crate) mod all;
pub(crate) mod one;
pub(crate) mod results;
