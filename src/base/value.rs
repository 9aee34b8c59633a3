//! The one dynamic value: what inputs, parameters, bodies and outputs are made of.
//!
//! Numbers keep their digits as text, and a secret is a value of its own, so whatever is printed or
//! written from a [`Value`] shows `***` in its place. Only [`Value::reveal`] gives a secret away.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use super::money::Amount;
use super::secret::{MASK, Secret};

pub use super::map::Map;

/// A JSON number, digit for digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(serde_json::Number);

impl Number {
    /// A number from its JSON text; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let looks = text.bytes().next().is_some_and(|b| b == b'-' || b.is_ascii_digit());
        looks.then(|| serde_json::from_str(text).ok().map(Self)).flatten()
    }

    /// The digits as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The number as an exact amount, if it is a plain decimal of at most 28 digits.
    pub fn as_amount(&self) -> Option<Amount> {
        self.as_str().parse().ok()
    }

    /// The number as an integer.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_str().parse().ok()
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Self(n.into())
    }
}

impl From<Amount> for Number {
    fn from(amount: Amount) -> Self {
        // an amount is written as a JSON number is
        Self(serde_json::Number::from_string_unchecked(amount.to_string()))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Any value of a flow, a request or a reply.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// Text.
    Text(String),
    /// Text that must not be shown.
    Secret(Secret),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name.
    Map(Map),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An integer value.
    pub fn int(n: i64) -> Self {
        Self::Number(n.into())
    }

    /// The field of a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The text of a text value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer of a number value.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(n) => n.as_i64(),
            _ => None,
        }
    }

    /// The exact amount of a number value, or of a text that holds one (the API's predictions do).
    pub fn as_amount(&self) -> Option<Amount> {
        match self {
            Self::Number(n) => n.as_amount(),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The values of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The fields of a map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What sort of value this is, in words for people.
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Secret(_) => "a secret",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }

    /// Whether a secret is anywhere inside.
    pub fn holds_secret(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::List(items) => items.iter().any(Value::holds_secret),
            Self::Map(map) => map.values().any(Value::holds_secret),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// Reads JSON text exactly.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<serde_json::Value>(text).map(Self::from)
    }

    /// The JSON for the wire, secrets included; `None` if a secret's value was withheld.
    pub fn reveal(&self) -> Option<String> {
        serde_json::to_string(&Revealed(self)).ok()
    }

    /// The JSON for people and files: `***` for every secret.
    pub fn masked(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Number(n) => Json::Number(n.0.clone()),
            Self::Text(text) => Json::String(text.clone()),
            Self::Secret(_) => Json::String(MASK.to_owned()),
            Self::List(items) => Json::Array(items.iter().map(Value::masked).collect()),
            Self::Map(map) => {
                Json::Object(map.iter().map(|(k, v)| (k.clone(), v.masked())).collect())
            }
        }
    }
}

/// A text of exactly `***` reads back as a secret whose value was withheld.
impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(b),
            Json::Number(n) => Self::Number(Number(n)),
            Json::String(text) if text == MASK => Self::Secret(Secret::withheld()),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(map) => {
                Self::Map(map.into_iter().map(|(k, v)| (k, Self::from(v))).collect())
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Number(n) => n.0.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Secret(secret) => secret.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(map) => serializer.collect_map(map),
        }
    }
}

/// A value with its secrets in the clear.
struct Revealed<'a>(&'a Value);

impl Serialize for Revealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Secret(secret) => match secret.expose() {
                Some(text) => serializer.serialize_str(text),
                None => Err(ser::Error::custom("a secret's value is not known any more")),
            },
            Value::List(items) => serializer.collect_seq(items.iter().map(Revealed)),
            Value::Map(map) => {
                serializer.collect_map(map.iter().map(|(name, value)| (name, Revealed(value))))
            }
            plain => plain.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Self::from)
    }
}
