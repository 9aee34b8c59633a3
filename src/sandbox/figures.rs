//! Exact figures at the edges: amounts out of settings, amounts and times into JSON, derived text.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::base::money::{Amount, Currency};

/// The JSON number of an amount, digit for digit.
pub(crate) fn number(amount: Amount) -> Value {
    // a decimal prints as plain digits, which is always a JSON number
    amount.to_string().parse().map_or(Value::Null, Value::Number)
}

/// The JSON number of an amount, or null.
pub(crate) fn number_or_null(amount: Option<Amount>) -> Value {
    amount.map_or(Value::Null, number)
}

/// A whole amount.
pub(crate) fn whole(units: i64) -> Amount {
    Amount::from(Decimal::from(units))
}

/// An amount given in hundredths.
pub(crate) fn cents(cents: i64) -> Amount {
    Amount::from(Decimal::new(cents, 2))
}

/// Reads a JSON number, with or without an exponent.
pub(crate) fn parse_number(text: &str) -> Option<Amount> {
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok().map(Amount::from);
    }
    text.parse().ok()
}

/// A time cut down to the second, as the API writes times.
pub(crate) fn to_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Text of `2 * bytes` hexadecimal digits that only the seed and the words decide.
pub(crate) fn derived_hex(seed: u64, what: &str, number: u64, bytes: usize) -> String {
    let digest = digest(seed, what, number);
    digest.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID version 4 that only the seed and the words decide.
pub(crate) fn derived_uuid(seed: u64, what: &str, number: u64) -> uuid::Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest(seed, what, number)[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn digest(seed: u64, what: &str, number: u64) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(what.as_bytes());
    hash.update(number.to_be_bytes());
    hash.finalize().into()
}

/// Reads an amount of the settings: a number or a text.
pub(crate) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    to_amount(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads a currency of the settings.
pub(crate) fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Reads a list of currencies of the settings.
pub(crate) fn currencies<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Currency>, D::Error> {
    let codes = Vec::<String>::deserialize(d)?;
    codes.iter().map(|code| code.parse().map_err(D::Error::custom)).collect()
}

/// Reads amounts by currency.
pub(crate) fn rates<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Currency, Amount>, D::Error> {
    let written = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let mut rates = BTreeMap::new();
    for (code, rate) in &written {
        let rate = to_amount(rate).map_err(D::Error::custom)?;
        if !rate.is_positive() {
            return Err(D::Error::custom(format!("the rate of {code} must be above zero")));
        }
        rates.insert(code.parse().map_err(D::Error::custom)?, rate);
    }
    Ok(rates)
}

fn to_amount(value: &Value) -> Result<Amount, String> {
    match value {
        Value::Number(number) => parse_number(&number.to_string()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| format!("`{value}` is not a decimal amount"))
}

/// Writes an amount as a JSON number, digit for digit.
pub(crate) fn serialize<S: serde::Serializer>(amount: &Amount, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&number(*amount), to)
}
