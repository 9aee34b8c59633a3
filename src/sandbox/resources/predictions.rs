//! Predictions: what a payment would cost, and which operator or card it would go through.

use serde_json::{Value, json};

use crate::base::money::{Amount, Money};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::pricing;
use crate::sandbox::books::pricing::{Ask, NoQuote, Quote};
use crate::sandbox::enums::{
    FeeBearer, OperationType, OwnerType, PaymentMethod, Provider, SourceStatus, SourceType, Word,
};
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::{Flaw, Rejection};
use crate::sandbox::setup::settings::{ProviderStyle, Settings};

/// The method of the operator a phone belongs to.
pub(crate) fn operator_of(phone: &str, settings: &Settings) -> Option<PaymentMethod> {
    let operator = settings.operators.iter().find(|row| phone.starts_with(&row.prefix));
    operator.map(|row| row.method)
}

/// `GET /v1/predictions/amount-and-fees`
pub(crate) fn amount(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let base = query.need("base_currency", field_types::currency);
    let amount = query.need_amount("base_amount", base);
    let target = query.need("target_currency", field_types::currency);
    let method = query.need("payment_method", field_types::word::<PaymentMethod>);
    let operation = query.need("operation_type", field_types::word::<OperationType>);
    let provider = query.need("provider", field_types::word::<Provider>);
    let bearer = query.need("fee_bearer", field_types::word::<FeeBearer>);
    let owner_type = query.may("owner_type", field_types::word::<OwnerType>);
    let owner_id = query.may("owner_id", field_types::integer);
    match (owner_type, owner_id) {
        (Ok(Some(_)), Ok(None)) => drop(query.refuse("owner_id", Flaw::missing())),
        (Ok(None), Ok(Some(_))) => drop(query.refuse("owner_type", Flaw::missing())),
        _ => {}
    }
    if let (Ok(method), Ok(provider)) = (method, provider)
        && !method.goes_with(provider)
    {
        query.refuse("provider", Flaw::new("invalid combination", "value_error.provider"));
    }
    if let (Ok(method), Ok(operation)) = (method, operation)
        && !method.serves(operation)
    {
        query.refuse("payment_method", Flaw::new("invalid combination", "value_error.method"));
    }
    if let (Ok(method), Ok(target)) = (method, target)
        && !method.offers(target, call.settings)
    {
        query.refuse("target_currency", Flaw::currency());
    }
    query.done()?;
    let (base, target, operation) = (base?, target?, operation?);
    if base != target && operation != OperationType::Collection {
        return Err(Rejection::at("query", "target_currency", Flaw::currency()));
    }
    if let (Some(kind), Some(id)) = (owner_type?, owner_id?) {
        book.merchant().owns(kind, id)?;
    }
    let ask = Ask {
        total: Money { amount: amount?, currency: base },
        payer_currency: target,
        method: method?,
        operation,
        bearer: bearer?,
        tier: &book.merchant().fee_tier,
    };
    predict(call.settings, &ask)
}

/// `GET /v1/predictions/payment-source/amount-and-fees`
pub(crate) fn source_amount(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let kind = query.need("source_type", field_types::word::<SourceType>);
    let id = query.need("source_id", field_types::integer);
    let target = query.need("target_currency", field_types::currency);
    let method = query.need("payment_method", field_types::word::<PaymentMethod>);
    let provider = query.need("provider", field_types::word::<Provider>);
    if let (Ok(method), Ok(provider)) = (method, provider)
        && !method.goes_with(provider)
    {
        query.refuse("provider", Flaw::new("invalid combination", "value_error.provider"));
    }
    if let Ok(method) = method
        && !method.serves(OperationType::Collection)
    {
        query.refuse("payment_method", Flaw::new("invalid combination", "value_error.method"));
    }
    if let (Ok(method), Ok(target)) = (method, target)
        && !method.offers(target, call.settings)
    {
        query.refuse("target_currency", Flaw::currency());
    }
    query.done()?;
    let document = book.document(kind?, id?)?;
    if matches!(document.status, SourceStatus::Idle | SourceStatus::Canceled) {
        return Err(Rejection::at("query", "source_id", Flaw::not_active(document.status)));
    }
    let ask = Ask {
        total: document.total(),
        payer_currency: target?,
        method: method?,
        operation: OperationType::Collection,
        bearer: document.fee_bearer,
        tier: &book.merchant().fee_tier,
    };
    predict(call.settings, &ask)
}

fn predict(settings: &Settings, ask: &Ask<'_>) -> Outcome {
    match pricing::quote(settings, ask) {
        Ok(quote) => Ok(prediction_json(&quote, ask).into()),
        Err(NoQuote::Rate) => Err(Rejection::at("query", "target_currency", Flaw::currency())),
        Err(NoQuote::Tier) => Err(Rejection::not_found()),
        Err(NoQuote::Amount) => {
            let flaw = Flaw::state("the fees exceed the amount");
            Err(Rejection::at("query", "base_amount", flaw))
        }
    }
}

/// Predictions write amounts as text.
fn prediction_json(quote: &Quote, ask: &Ask<'_>) -> Value {
    let own = ask.total.currency.code();
    json!({
        "payer_amount": quote.payer.amount.to_string(),
        "payer_currency": quote.payer.currency.code(),
        "payee_amount": quote.payee.amount.to_string(),
        "payee_currency": quote.payee.currency.code(),
        "platform_fee": quote.platform_fee.to_string(),
        "platform_currency": own,
        "fx_fee": quote.fx_fee.as_ref().map(Amount::to_string),
        "gateway_fee": quote.gateway_fee.to_string(),
        "gateway_currency": own,
    })
}

/// `GET /v1/predictions/mmo-provider-info`
pub(crate) fn mobile(_: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let phone = query.need("phone", field_types::phone);
    let operation = query.need("operation_type", field_types::word::<OperationType>);
    query.done()?;
    let (phone, operation) = (phone?, operation?);
    let method = operator_of(&phone, call.settings).ok_or_else(Rejection::not_found)?;
    if !method.serves(operation) {
        let flaw = Flaw::new("invalid combination", "value_error.method");
        return Err(Rejection::at("query", "operation_type", flaw));
    }
    let provider = match call.settings.provider_style {
        ProviderStyle::Gateway => method.provider().as_str(),
        ProviderStyle::Method => method.as_str(),
    };
    Ok(json!({
        "carrier": carrier(method),
        "country": method.country(),
        "currencies": codes(method, call.settings),
        "phone": phone,
        "payment_method": method.as_str(),
        "gateway_provider": provider,
        "operation_type": operation.as_str(),
    })
    .into())
}

/// `GET /v1/predictions/card-provider-info`
pub(crate) fn card(_: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let payment_method_id = query.need("payment_method_id", field_types::text);
    let operation = query.need("operation_type", field_types::word::<OperationType>);
    let provider = query.may("provider", field_types::word::<Provider>);
    let card = PaymentMethod::Card;
    if let Ok(Some(provider)) = provider
        && !card.goes_with(provider)
    {
        query.refuse("provider", Flaw::new("invalid combination", "value_error.provider"));
    }
    query.done()?;
    let (payment_method_id, operation) = (payment_method_id?, operation?);
    if !payment_method_id.starts_with("pm_") || payment_method_id == "pm_sbx_unknown" {
        return Err(Rejection::not_found());
    }
    Ok(json!({
        "payment_method": card.as_str(),
        "gateway_provider": card.provider().as_str(),
        "currencies": codes(card, call.settings),
        "brand": "visa",
        "country": "US",
        "payment_method_id": payment_method_id,
        "operation_type": operation.as_str(),
    })
    .into())
}

fn codes(method: PaymentMethod, settings: &Settings) -> Vec<String> {
    method.currencies(settings).iter().map(ToString::to_string).collect()
}

fn carrier(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::MtnLiberia => "MTN Liberia",
        PaymentMethod::OrangeLiberia => "Orange Liberia",
        PaymentMethod::AirtelRwanda => "Airtel Rwanda",
        PaymentMethod::MtnRwanda => "MTN Rwanda",
        PaymentMethod::OrangeRwanda => "Orange Rwanda",
        PaymentMethod::Card => "Card",
        PaymentMethod::Wallet => "Wallet",
    }
}
