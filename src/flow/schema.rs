//! stub
/// stub
pub fn flow() -> serde_json::Value {
    serde_json::Value::Null
}
