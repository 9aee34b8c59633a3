//! A document as a step saw it last. What a run leaves behind is told from these.

use crate::base::money::Money;
use crate::base::value::{Map, Value};

/// An invoice or an order, as far as one step's outputs tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// `invoice` or `order`.
    pub noun: &'static str,
    /// Its id, if that is told.
    pub id: Option<String>,
    /// Its number, such as `INV-2026-00101`.
    pub number: Option<String>,
    /// Where it stands, in the API's word.
    pub status: Option<String>,
    /// The sum of its items.
    pub total: Option<Money>,
    /// Whether it can be paid by a link.
    pub by_link: Option<bool>,
    /// The address where it can be paid.
    pub url: Option<String>,
}

impl Seen {
    /// A document of that noun, in the fields that documents have.
    pub fn of(noun: &'static str, outputs: &Map) -> Self {
        let text = |name: &str| outputs.get(name).and_then(Value::as_str).map(str::to_owned);
        let total = outputs.get("total_amount").and_then(Value::as_amount);
        let currency = text("currency").and_then(|code| code.parse().ok());
        Self {
            noun,
            id: outputs.get("id").and_then(plain),
            number: text(&format!("{noun}_number")),
            status: text("status"),
            total: total.zip(currency).map(|(amount, currency)| Money { amount, currency }),
            by_link: match outputs.get("as_payment_link") {
                Some(Value::Bool(yes)) => Some(*yes),
                _ => None,
            },
            url: None,
        }
    }

    /// The document that an answer is about, if it is about one: those carry a number of their own.
    pub fn in_outputs(outputs: &Map) -> Option<Self> {
        let noun = ["invoice", "order"].into_iter();
        let mut named = noun.filter(|noun| outputs.contains_key(&format!("{noun}_number")));
        named.next().map(|noun| Self::of(noun, outputs))
    }

    /// The same with the id that was asked for, where the answer does not repeat it.
    pub fn or_id(mut self, id: Option<&Value>) -> Self {
        self.id = self.id.or_else(|| id.and_then(plain));
        self
    }

    /// Whether both are one document.
    pub fn is(&self, other: &Self) -> bool {
        let same = |one: &Option<String>, two: &Option<String>| one.is_some() && one == two;
        self.noun == other.noun && (same(&self.id, &other.id) || same(&self.number, &other.number))
    }

    /// What a later step saw counts; what it does not tell is as it was.
    pub fn update(&mut self, later: Self) {
        self.id = later.id.or(self.id.take());
        self.number = later.number.or(self.number.take());
        self.status = later.status.or(self.status.take());
        self.total = later.total.or(self.total);
        self.by_link = later.by_link.or(self.by_link);
        self.url = later.url.or(self.url.take());
    }

    /// What people call it: its number, else its id.
    pub fn name(&self) -> String {
        let name = self.number.as_ref().or(self.id.as_ref());
        format!("{} {}", self.noun, name.map_or("", String::as_str)).trim_end().to_owned()
    }
}

/// The noun of a type of document as the API spells it: `INVOICE`.
pub fn noun(source_type: &str) -> Option<&'static str> {
    match source_type {
        "INVOICE" => Some("invoice"),
        "ORDER" => Some("order"),
        _ => None,
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}
