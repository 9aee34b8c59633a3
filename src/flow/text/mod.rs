//! From text to nodes with places: YAML and JSON, with every digit kept.
//!
//! [`yaml`] and `json` read texts; `reader` takes the nodes apart for whoever knows what belongs there, and suggests the
//! nearest name for what does not. [`form`] and [`shape`] are tables of keys, from which checks and JSON schemas are made.

pub mod form;
pub(crate) mod json;
pub(crate) mod reader;
pub mod shape;
pub mod yaml;
