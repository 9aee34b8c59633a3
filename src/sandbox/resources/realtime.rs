//! Keys for the push service. The emulator gives keys out and pushes nothing.

use serde_json::json;

use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::session::Intent;
use crate::sandbox::enums::SourceType;
use crate::sandbox::figures;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::Flaw;

/// `POST /v1/realtime-keys/collection`
pub(crate) fn create(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let session_id = fields.need("session_id", field_types::integer);
    let source_type = fields.need("source_type", field_types::word::<SourceType>);
    let reference = fields.need("reference_id", field_types::uuid);
    if let Ok(id) = session_id {
        let refused = |message: &str| Flaw::new(message, "value_error.session");
        match book.sessions.get(id).map(|session| &session.intent) {
            Some(Intent::Checkout { source_type: own, .. }) => {
                if source_type.is_ok_and(|named| named != *own) {
                    fields.refuse("source_type", Flaw::state("wrong source type"));
                }
            }
            Some(_) => drop(fields.refuse("session_id", refused("wrong session type"))),
            None => drop(fields.refuse("session_id", refused("session not found"))),
        }
    }
    fields.done()?;
    let what = format!("realtime {}", reference?);
    let tail = figures::derived_hex(call.settings.seed, &what, session_id?, 16);
    Ok(json!({
        "access_token": format!("sbx-realtime.{tail}"),
        "expires_in": call.settings.realtime_key_seconds,
    })
    .into())
}
