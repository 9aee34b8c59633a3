//! The merchant itself.

use serde_json::json;

use crate::sandbox::books::book::Book;
use crate::sandbox::enums::{MerchantType, Word};
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::Rejection;

/// `GET /v1/merchants/merchant-info`
pub(crate) fn info(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let id = query.need("merchant_id", field_types::integer);
    let kind = query.need("merchant_type", field_types::word::<MerchantType>);
    query.done()?;
    let merchant = book.merchant();
    if (merchant.id, merchant.r#type) != (id?, kind?) {
        return Err(Rejection::not_found());
    }
    Ok(json!({
        "id": merchant.id,
        "name": merchant.name,
        "type": merchant.r#type.as_str(),
        "email": merchant.email,
        "phone": merchant.phone,
    })
    .into())
}
