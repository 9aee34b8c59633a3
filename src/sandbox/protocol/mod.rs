//! How requests are read and answers are written: fields and their types, calls, and rejections in the API's own words.

pub(crate) mod call;
pub(crate) mod field_types;
pub(crate) mod fields;
pub(crate) mod rejection;
pub(crate) mod sent;
