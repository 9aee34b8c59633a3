//! Strict reading of typed fields out of a body or a query: every wrong field is collected.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::field_types::Reading;
use super::rejection::{Complaint, Flaw, Rejection};
use super::sent::Sent;
use crate::base::money::{Amount, Currency};
use crate::sandbox::setup::settings::Settings;

/// A field that could not be read; it has been complained about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unread;

/// [`Fields::done`] refuses first whatever is unread, so this says nothing new.
impl From<Unread> for Rejection {
    fn from(_: Unread) -> Self {
        Self::Fields(Vec::new())
    }
}

/// A field, or nothing where it was wrong.
pub(crate) type Read<T> = Result<T, Unread>;

/// The most an amount may be; sums and products of such amounts stay exact.
const LARGEST: i64 = 1_000_000_000_000;

/// The fields of an object, and the complaints about them so far.
pub(crate) struct Fields<'a> {
    place: Vec<Value>,
    map: Cow<'a, Map<String, Value>>,
    reading: Reading<'a>,
    complaints: Vec<Complaint>,
}

impl<'a> Fields<'a> {
    /// The fields of a body as it came.
    pub(crate) fn of_sent(sent: &'a Sent, settings: &'a Settings) -> Result<Self, Rejection> {
        Self::of_body(sent.whole()?, settings)
    }

    /// The fields of a JSON body.
    fn of_body(body: &'a Value, settings: &'a Settings) -> Result<Self, Rejection> {
        let place = vec![json!("body")];
        let reading = Reading { coerce: settings.lenient_types, settings };
        match body {
            Value::Object(map) => {
                Ok(Self { place, map: Cow::Borrowed(map), reading, complaints: Vec::new() })
            }
            _ => {
                Err(Rejection::Fields(vec![Complaint { place, flaw: Flaw::wrong_type("object") }]))
            }
        }
    }

    /// The parameters of a query. They are text, so they are read as whatever is asked for.
    pub(crate) fn of_query(query: &[(String, String)], settings: &'a Settings) -> Self {
        let mut map = Map::new();
        for (name, value) in query {
            map.entry(name.as_str()).or_insert_with(|| Value::String(value.clone()));
        }
        Self {
            place: vec![json!("query")],
            map: Cow::Owned(map),
            reading: Reading { coerce: true, settings },
            complaints: Vec::new(),
        }
    }

    /// Complains about a change that changes nothing at all.
    pub(crate) fn need_any(&mut self) {
        if self.map.is_empty() {
            let flaw = Flaw::new("at least one field required", "value_error.missing");
            self.complaints.push(Complaint { place: self.place.clone(), flaw });
        }
    }

    /// A field that must be there.
    pub(crate) fn need<T>(&mut self, name: &str, kind: Kind<T>) -> Read<T> {
        match self.map.get(name).map(|value| kind(value, &self.reading)) {
            Some(Ok(value)) => Ok(value),
            Some(Err(flaw)) => Err(self.refuse(name, flaw)),
            None => Err(self.refuse(name, Flaw::missing())),
        }
    }

    /// A field that may be absent or null.
    pub(crate) fn may<T>(&mut self, name: &str, kind: Kind<T>) -> Read<Option<T>> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match kind(value, &self.reading) {
                Ok(value) => Ok(Some(value)),
                Err(flaw) => Err(self.refuse(name, flaw)),
            },
        }
    }

    /// An amount that must be there, of a currency that was read before.
    pub(crate) fn need_amount(&mut self, name: &str, currency: Read<Currency>) -> Read<Amount> {
        let amount = self.need(name, super::field_types::number)?;
        self.fit(name, amount, currency)
    }

    /// Refuses an amount that is too small, too large or too fine for its currency.
    pub(crate) fn fit(
        &mut self,
        name: &str,
        amount: Amount,
        currency: Read<Currency>,
    ) -> Read<Amount> {
        let decimals = currency.map_or(2, |currency| currency.decimals());
        let rounded = amount.round_to(decimals);
        let smallest = Amount::from(rust_decimal::Decimal::new(1, decimals));
        let flaw = if amount < smallest {
            Flaw::new("less than minimum", "value_error.number.not_ge")
        } else if amount > crate::sandbox::figures::whole(LARGEST) {
            Flaw::new("more than maximum", "value_error.number.not_le")
        } else if currency.is_ok() && rounded != amount {
            Flaw::new("too many decimal places", "value_error.decimal.max_places")
        } else {
            return Ok(rounded);
        };
        Err(self.refuse(name, flaw))
    }

    /// Refuses a time that is not ahead.
    pub(crate) fn coming(
        &mut self,
        name: &str,
        time: Timestamp,
        now: Timestamp,
    ) -> Read<Timestamp> {
        if time > now {
            return Ok(time);
        }
        Err(self.refuse(name, Flaw::new("must be in the future", "value_error.datetime")))
    }

    /// The fields of an object inside, read by `read`; its complaints become complaints of this.
    pub(crate) fn inside<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Read<T>,
    ) -> Read<T> {
        match self.map.get(name) {
            Some(Value::Object(map)) => {
                let mut inner = Fields {
                    place: self.place_of(json!(name)),
                    map: Cow::Borrowed(map),
                    reading: self.reading,
                    complaints: Vec::new(),
                };
                let value = read(&mut inner);
                let complaints = inner.complaints;
                self.complaints.extend(complaints);
                value
            }
            Some(_) => Err(self.refuse(name, Flaw::wrong_type("object"))),
            None => Err(self.refuse(name, Flaw::missing())),
        }
    }

    /// A list of objects that is not empty, each read by `read`.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(&mut Fields<'_>) -> Read<T>,
    ) -> Read<Vec<T>> {
        let rows = match self.map.get(name) {
            None => return Err(self.refuse(name, Flaw::missing())),
            Some(Value::Array(rows)) if !rows.is_empty() => rows,
            Some(Value::Array(_)) => {
                return Err(self.refuse(name, Flaw::new("no items", "value_error.list.min_items")));
            }
            Some(_) => return Err(self.refuse(name, Flaw::wrong_type("array"))),
        };
        let wanted = rows.len();
        let mut complaints = Vec::new();
        let mut values = Vec::with_capacity(wanted);
        for (index, row) in rows.iter().enumerate() {
            let mut place = self.place_of(json!(name));
            place.push(json!(index));
            let Value::Object(map) = row else {
                complaints.push(Complaint { place, flaw: Flaw::wrong_type("object") });
                continue;
            };
            let map = Cow::Borrowed(map);
            let mut inner = Fields { place, map, reading: self.reading, complaints: Vec::new() };
            values.extend(read(&mut inner));
            complaints.append(&mut inner.complaints);
        }
        self.complaints.extend(complaints);
        if values.len() == wanted { Ok(values) } else { Err(Unread) }
    }

    /// Complains about a field.
    pub(crate) fn refuse(&mut self, name: &str, flaw: Flaw) -> Unread {
        self.complaints.push(Complaint { place: self.place_of(json!(name)), flaw });
        Unread
    }

    /// Refuses the request if anything was complained about.
    pub(crate) fn done(&mut self) -> Result<(), Rejection> {
        if self.complaints.is_empty() {
            return Ok(());
        }
        Err(Rejection::Fields(std::mem::take(&mut self.complaints)))
    }

    fn place_of(&self, step: Value) -> Vec<Value> {
        let mut place = self.place.clone();
        place.push(step);
        place
    }
}

/// Reads a value as one kind of thing.
pub(crate) type Kind<T> = fn(&Value, &Reading<'_>) -> Result<T, Flaw>;
