//! What every transport does with a call before it leaves: it writes the body.

use crate::base::value::Value;

/// The body's bytes: numbers digit for digit, secrets in the clear.
pub fn encode(body: &Value) -> Result<Vec<u8>, String> {
    let json = body.reveal();
    let json = json.ok_or("the request holds a secret whose value is not known any more")?;
    Ok(json.into_bytes())
}
