//! The kinds of field the API has, each read strictly out of a JSON value.

use jiff::Timestamp;
use serde_json::Value;
use uuid::{Uuid, Variant};

use super::rejection::Flaw;
use crate::base::money::{Amount, Currency};
use crate::sandbox::enums::Word;
use crate::sandbox::figures;
use crate::sandbox::setup::settings::Settings;

/// How values are read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// Text stands for a number or a boolean too, and the other way round.
    pub coerce: bool,
    /// Knows the currencies.
    pub settings: &'a Settings,
}

/// Any text.
pub(crate) fn any_text(value: &Value, reading: &Reading<'_>) -> Result<String, Flaw> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if reading.coerce => Ok(number.to_string()),
        _ => Err(Flaw::wrong_type("string")),
    }
}

/// Text that is not empty.
pub(crate) fn text(value: &Value, reading: &Reading<'_>) -> Result<String, Flaw> {
    let text = any_text(value, reading)?;
    if text.is_empty() {
        return Err(Flaw::new("must not be empty", "value_error.any_str.min_length"));
    }
    Ok(text)
}

/// A whole number above zero.
pub(crate) fn integer(value: &Value, reading: &Reading<'_>) -> Result<u64, Flaw> {
    let wrong = || Flaw::wrong_type("integer");
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) if reading.coerce => text.clone(),
        _ => return Err(wrong()),
    };
    let number: i64 = digits.parse().map_err(|_| wrong())?;
    match u64::try_from(number) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Flaw::new("less than minimum", "value_error.number.not_ge")),
    }
}

/// An id written as text.
pub(crate) fn id_text(value: &Value, reading: &Reading<'_>) -> Result<u64, Flaw> {
    let text = any_text(value, reading)?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Flaw::new("value is not a valid id", "value_error.id"));
    }
    // an id too long for any row is an id no row has
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// An id written as text or as a number.
pub(crate) fn id(value: &Value, reading: &Reading<'_>) -> Result<u64, Flaw> {
    match value {
        Value::Number(_) => integer(value, reading),
        _ => id_text(value, reading),
    }
}

/// An exact number.
pub(crate) fn number(value: &Value, reading: &Reading<'_>) -> Result<Amount, Flaw> {
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) if reading.coerce => text.clone(),
        _ => return Err(Flaw::wrong_type("number")),
    };
    figures::parse_number(&digits).ok_or_else(|| Flaw::wrong_type("number"))
}

/// Yes or no.
pub(crate) fn boolean(value: &Value, reading: &Reading<'_>) -> Result<bool, Flaw> {
    match value {
        Value::Bool(yes) => Ok(*yes),
        Value::String(text) if reading.coerce => {
            text.parse().map_err(|_| Flaw::wrong_type("boolean"))
        }
        _ => Err(Flaw::wrong_type("boolean")),
    }
}

/// One word of a set.
pub(crate) fn word<W: Word>(value: &Value, _: &Reading<'_>) -> Result<W, Flaw> {
    let Value::String(text) = value else {
        return Err(Flaw::wrong_type("string"));
    };
    W::read(text).ok_or_else(|| Flaw::new("invalid enum", "type_error.enum"))
}

/// A phone number: 8 to 15 digits without a plus sign.
pub(crate) fn phone(value: &Value, reading: &Reading<'_>) -> Result<String, Flaw> {
    let text = any_text(value, reading)?;
    if !(8..=15).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Flaw::new("invalid phone", "value_error.phone"));
    }
    Ok(text)
}

/// An email address.
pub(crate) fn email(value: &Value, reading: &Reading<'_>) -> Result<String, Flaw> {
    let text = any_text(value, reading)?;
    let good = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    });
    if good { Ok(text) } else { Err(Flaw::new("invalid email", "value_error.email")) }
}

/// A country in two capitals.
pub(crate) fn country(value: &Value, reading: &Reading<'_>) -> Result<String, Flaw> {
    let text = any_text(value, reading)?;
    if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Flaw::new("invalid country code", "value_error.country"));
    }
    Ok(text)
}

/// A currency the emulator knows.
pub(crate) fn currency(value: &Value, reading: &Reading<'_>) -> Result<Currency, Flaw> {
    let Value::String(text) = value else {
        return Err(Flaw::wrong_type("string"));
    };
    let wallets = &reading.settings.wallets;
    let known = wallets.iter().map(|wallet| wallet.currency).find(|known| known.code() == text);
    known.ok_or_else(Flaw::currency)
}

/// A point in time.
pub(crate) fn time(value: &Value, reading: &Reading<'_>) -> Result<Timestamp, Flaw> {
    let text = any_text(value, reading)?;
    text.parse().map_err(|_| Flaw::new("invalid datetime format", "value_error.datetime"))
}

/// A web address.
pub(crate) fn url(value: &Value, reading: &Reading<'_>) -> Result<String, Flaw> {
    let text = any_text(value, reading)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    if rest.is_none_or(str::is_empty) {
        return Err(Flaw::new("invalid url", "value_error.url"));
    }
    Ok(text)
}

/// A UUID of version 4.
pub(crate) fn uuid(value: &Value, reading: &Reading<'_>) -> Result<Uuid, Flaw> {
    let text = any_text(value, reading)?;
    read_uuid(&text).ok_or_else(bad_uuid)
}

/// The UUID of version 4 that a hyphenated text is.
pub(crate) fn read_uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::parse_str(text).ok().filter(|_| text.len() == 36)?;
    let fits = uuid.get_version_num() == 4 && uuid.get_variant() == Variant::RFC4122;
    fits.then_some(uuid)
}

/// What is said about anything else.
pub(crate) fn bad_uuid() -> Flaw {
    Flaw::new("invalid uuid", "value_error.uuid")
}
