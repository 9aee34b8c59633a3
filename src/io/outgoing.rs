//! What every transport does with a call before it leaves: it writes the body, and remembers which
//! secrets the server gets to see.

use crate::base::secret::Secret;
use crate::base::value::Value;
use crate::steps::step::Call;

/// The body's bytes: numbers digit for digit, secrets in the clear.
pub fn encode(body: &Value) -> Result<Vec<u8>, String> {
    let json = body.reveal();
    let json = json.ok_or("the request holds a secret whose value is not known any more")?;
    Ok(json.into_bytes())
}

/// Every secret a request shows the server.
pub fn sent_secrets<'a>(call: &'a Call, auth: Option<&'a Secret>) -> Vec<&'a str> {
    let mut found = Vec::from_iter(auth.and_then(Secret::expose));
    let mut rest = Vec::from_iter(&call.body);
    while let Some(value) = rest.pop() {
        match value {
            Value::Secret(secret) => found.extend(secret.expose()),
            Value::List(items) => rest.extend(items),
            Value::Map(map) => rest.extend(map.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }
    found
}
