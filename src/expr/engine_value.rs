//! Values as the template engine holds them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, Value as Jinja};
use rust_decimal::Decimal;

use crate::base::money::{Amount, MoneyError};
use crate::base::value::Number;

/// A number that is no plain integer, digit for digit.
#[derive(Debug)]
pub(crate) struct Exact(pub Number);

impl Object for Exact {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0.as_amount().is_none_or(|amount| !amount.decimal().is_zero())
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(match (self.0.as_amount(), other.0.as_amount()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => self.0.as_str().cmp(other.0.as_str()),
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// A number as the engine sees it: an integer where it is one, an [`Exact`] otherwise.
pub(crate) fn number(number: &Number) -> Jinja {
    match number.as_str().parse::<i128>() {
        Ok(int) => i64::try_from(int).map_or_else(|_| Jinja::from(int), Jinja::from),
        Err(_) => Jinja::from_object(Exact(number.clone())),
    }
}

pub(crate) fn amount(amount: Amount) -> Jinja {
    number(&Number::from(amount))
}

pub(crate) fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

pub(crate) fn money_fault(error: MoneyError) -> Error {
    fault(error.to_string())
}

/// Makes the exact number that a literal stands for.
pub(crate) fn literal(digits: &str) -> Result<Jinja, Error> {
    Number::parse(digits).map(|n| number(&n)).ok_or_else(|| fault("this is no number"))
}

/// A value that must be there.
pub(crate) fn there(value: &Jinja) -> Result<&Jinja, Error> {
    match value.kind() {
        _ if is_absent(value) => Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::Invalid => Err(fault("the value is not valid")),
        _ => Ok(value),
    }
}

/// The integer of an engine value.
pub(crate) fn int(value: &Jinja) -> Option<i128> {
    (value.kind() == ValueKind::Number && value.is_integer())
        .then(|| i128::try_from(value.clone()).ok())
        .flatten()
}

/// The amount of a number.
pub(crate) fn numeric(value: &Jinja) -> Option<Amount> {
    if let Some(exact) = value.downcast_object_ref::<Exact>() {
        return exact.0.as_amount();
    }
    Decimal::try_from_i128_with_scale(int(value)?, 0).ok().map(Amount::from)
}

pub(crate) fn is_number(value: &Jinja) -> bool {
    value.downcast_object_ref::<Exact>().is_some() || int(value).is_some()
}

/// The place of a step that has no outputs: it was skipped, or has not run.
#[derive(Debug)]
pub(crate) struct Absent;

impl Object for Absent {
    fn is_true(self: &Arc<Self>) -> bool {
        false
    }
}

/// Whether this is the place of a step that has no outputs.
pub(crate) fn is_absent(value: &Jinja) -> bool {
    value.downcast_object_ref::<Absent>().is_some()
}
