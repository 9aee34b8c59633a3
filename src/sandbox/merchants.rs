//! The merchant itself.

use serde_json::json;

use super::book::Book;
use super::call::{Call, Outcome};
use super::kinds;
use super::rejection::Rejection;
use super::words::{MerchantType, Word};

/// `GET /v1/merchants/merchant-info`
pub(super) fn info(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let id = query.need("merchant_id", kinds::integer);
    let kind = query.need("merchant_type", kinds::word::<MerchantType>);
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
