//! The fee table, as the API shows it.

use serde_json::{Value, json};

use crate::sandbox::books::book::Book;
use crate::sandbox::enums::{OperationType, OwnerType, PaymentMethod, Word};
use crate::sandbox::figures::number;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::Rejection;
use crate::sandbox::setup::settings::Merchant;
use crate::sandbox::setup::tariff::Fee;

/// When the tiers were made, before any emulator's time.
const TIERS_SINCE: &str = "2026-01-01T00:00:00Z";

/// `GET /v1/fees/gateway`
pub(crate) fn gateway(_: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let method = query.need("payment_method", field_types::word::<PaymentMethod>);
    let operation = query.need("operation_type", field_types::word::<OperationType>);
    query.done()?;
    let (method, operation) = (method?, operation?);
    let fee = call.settings.fees.gateway(method, operation);
    Ok(fee_json("payment_method", method.as_str(), operation, fee).into())
}

/// `GET /v1/fees/platform`
pub(crate) fn platform(_: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let operation = query.need("operation_type", field_types::word::<OperationType>);
    let tier = query.need("fee_tier_name", field_types::text);
    query.done()?;
    let (operation, tier) = (operation?, tier?);
    let fee = call.settings.fees.platform(&tier, operation).ok_or_else(Rejection::not_found)?;
    Ok(fee_json("fee_tier_name", &tier, operation, fee).into())
}

fn fee_json(key: &str, name: &str, operation: OperationType, fee: Fee) -> Value {
    let mut json = json!({});
    json[key] = json!(name);
    json["operation_type"] = json!(operation.as_str());
    json["percentage"] = number(fee.percentage);
    json["fixed_amount"] = number(fee.fixed_amount);
    // a fixed part is in the currency of the amount it is added to
    json["currency"] = Value::Null;
    json
}

/// `GET /v1/fees/merchant-tier`
pub(crate) fn merchant_tier(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let owner_type = query.need("owner_type", field_types::word::<OwnerType>);
    let owner_id = query.need("owner_id", field_types::integer);
    query.done()?;
    book.merchant().owns(owner_type?, owner_id?)?;
    let name = &book.merchant().fee_tier;
    let index = call.settings.fees.tiers.iter().position(|tier| tier.name == *name);
    let index = index.ok_or_else(Rejection::not_found)?;
    Ok(tier_json(index, name).into())
}

/// `GET /v1/fees/tiers`
pub(crate) fn tiers(_: &mut Book, call: &Call<'_>) -> Outcome {
    let tiers = call.settings.fees.tiers.iter().enumerate();
    let tiers: Vec<Value> = tiers.map(|(index, tier)| tier_json(index, &tier.name)).collect();
    Ok(Value::Array(tiers).into())
}

fn tier_json(index: usize, name: &str) -> Value {
    json!({
        "id": index + 1,
        "name": name,
        "is_default": index == 0,
        "created_at": TIERS_SINCE,
        "updated_at": TIERS_SINCE,
    })
}

impl Merchant {
    /// Whether somebody is the merchant; nobody else is known to it.
    pub(crate) fn owns(&self, kind: OwnerType, id: u64) -> Result<(), Rejection> {
        let same = self.id == id && self.r#type.as_str() == kind.as_str();
        if same { Ok(()) } else { Err(Rejection::not_found()) }
    }
}
