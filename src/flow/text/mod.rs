//! From text to nodes with places: YAML and JSON, with every digit kept.
//!
//! [`yaml`] and `json` read texts; `reader` takes the nodes apart for whoever knows what belongs there, and suggests the
//! nearest name for what does not. [`form`] and [`shape`] are tables of keys; `form_check` and `form_schema` make checks and
//! JSON schemas of them.

pub mod form;
pub(crate) mod form_check;
pub(crate) mod form_schema;
pub(crate) mod json;
pub(crate) mod reader;
pub mod shape;
pub mod yaml;
