//! stub
use crate::base::diagnostic::Diagnostic;
/// stub
pub fn json(_: &[Diagnostic]) -> serde_json::Value {
    serde_json::Value::Null
}
/// stub
pub fn sarif(_: &[Diagnostic]) -> serde_json::Value {
    serde_json::Value::Null
}
/// stub
pub fn github(_: &[Diagnostic]) -> String {
    String::new()
}
