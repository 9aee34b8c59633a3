//! Floor 1: types and expressions.

pub mod ty;
