//! A request that was seen while a test ran.

use crate::api::wire::Method;

/// A request that a run sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// The operation it is for, and that one's path with its open parts in braces; none if there is no such one.
    pub operation: Option<(&'static str, &'static str)>,
}

impl Seen {
    /// The request without the ids in its path.
    pub fn shown(&self) -> String {
        let path = self.operation.map_or(self.path.as_str(), |(_, path)| path);
        format!("{} {path}", self.method)
    }
}
