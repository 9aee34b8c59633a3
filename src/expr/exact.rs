//! Exact numbers in the template engine: an object that is never a float, its maths and its order.

use std::cmp::Ordering;

use minijinja::value::ValueKind;
use minijinja::{Error, Value as Jinja};

use super::ast::Compare;
use super::engine_value::{amount, fault, int, is_number, money_fault, numeric, there};
use super::view;
use crate::base::money::{Amount, Currency};

/// The amount of a number, or of a text that holds one: the API's predictions do.
fn money(value: &Jinja, filter: &str) -> Result<Amount, Error> {
    let value = there(value)?;
    match value.as_str() {
        Some(text) => text.parse().map_err(|_| {
            fault(format!("`{filter}` needs amounts, and one of these is another text"))
        }),
        None => numeric(value).ok_or_else(|| {
            fault(format!("`{filter}` needs amounts, and one of these is {}", view::sort(value)))
        }),
    }
}

pub(super) fn plus(left: &Jinja, right: &Jinja) -> Result<Jinja, Error> {
    money(left, "plus")?.plus(money(right, "plus")?).map(amount).map_err(money_fault)
}

pub(super) fn minus(left: &Jinja, right: &Jinja) -> Result<Jinja, Error> {
    money(left, "minus")?.minus(money(right, "minus")?).map(amount).map_err(money_fault)
}

pub(super) fn times(left: &Jinja, right: &Jinja) -> Result<Jinja, Error> {
    money(left, "times")?.times(money(right, "times")?).map(amount).map_err(money_fault)
}

/// The sum of a list, or of one attribute of its items.
pub(super) fn sum(list: &Jinja, attribute: Option<&str>) -> Result<Jinja, Error> {
    let mut total = Amount::ZERO;
    for item in there(list)?.try_iter()? {
        let item = match attribute {
            Some(path) => attribute_of(&item, path)?,
            None => item,
        };
        total = total.plus(money(&item, "sum")?).map_err(money_fault)?;
    }
    Ok(amount(total))
}

/// An attribute, with dots for attributes of attributes.
pub(super) fn attribute_of(item: &Jinja, path: &str) -> Result<Jinja, Error> {
    let mut value = item.clone();
    for name in path.split('.') {
        value = match name.parse::<usize>() {
            Ok(at) => value.get_item_by_index(at)?,
            Err(_) => value.get_attr(name)?,
        };
        if value.is_undefined() {
            return Err(fault(format!("an item of the list has no `{path}`")));
        }
    }
    Ok(value)
}

/// Rounds half up to the decimals of a currency.
pub(super) fn round_to(value: &Jinja, currency: &Jinja) -> Result<Jinja, Error> {
    let code = there(currency)?
        .as_str()
        .ok_or_else(|| fault("`round_to` needs a currency: {{ amount | round_to(\"USD\") }}"))?;
    let currency: Currency = code.parse().map_err(money_fault)?;
    Ok(amount(money(value, "round_to")?.round_to(currency.decimals())))
}

/// `+ - * / // % **`: whole numbers only, exactly; `+` joins texts and lists too.
pub(super) fn maths(sign: &str, left: &Jinja, right: &Jinja) -> Result<Jinja, Error> {
    let (left, right) = (there(left)?, there(right)?);
    if let (Some(a), Some(b)) = (int(left), int(right)) {
        return whole(sign, a, b).map(Jinja::from);
    }
    if is_number(left) && is_number(right) {
        return Err(fault(format!(
            "`{sign}` does no maths on money: use the filters `plus`, `minus`, `times`, `sum(attribute)` and \
             `round_to(currency)`"
        )));
    }
    match (sign, left.as_str(), right.as_str()) {
        ("+", Some(a), Some(b)) => Ok(Jinja::from(format!("{a}{b}"))),
        ("+", None, None) if left.kind() == ValueKind::Seq && right.kind() == ValueKind::Seq => {
            Ok(left.try_iter()?.chain(right.try_iter()?).collect::<Vec<_>>().into())
        }
        _ => Err(fault(format!(
            "`{sign}` can't be done with {} and {}",
            view::sort(left),
            view::sort(right)
        ))),
    }
}

fn whole(sign: &str, a: i128, b: i128) -> Result<i128, Error> {
    if b == 0 && matches!(sign, "/" | "//" | "%") {
        return Err(fault("this divides by zero"));
    }
    let result = match sign {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" if a % b == 0 => a.checked_div(b),
        "/" => {
            return Err(fault(
                "this division does not come out even, and numbers stay exact here: `//` gives the whole part",
            ));
        }
        "//" => a.checked_div(b).map(|_| floor_div(a, b)),
        "%" => a.checked_div(b).map(|_| a - floor_div(a, b) * b),
        "**" => u32::try_from(b).ok().and_then(|power| a.checked_pow(power)),
        _ => None,
    };
    result.ok_or_else(|| fault("the number is too large"))
}

fn floor_div(a: i128, b: i128) -> i128 {
    let quotient = a / b;
    if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

/// `a < b`, `a < b == c`, ...: the left value, then each operator with its right value.
pub(super) fn compare_chain(args: &[Jinja]) -> Result<bool, Error> {
    let [first, rest @ ..] = args else { return Ok(true) };
    let mut left = first;
    for pair in rest.chunks(2) {
        let [sign, right] = pair else { return Ok(true) };
        let compare = sign.as_str().and_then(Compare::of_sign).unwrap_or(Compare::Eq);
        if !holds(compare, left, right)? {
            return Ok(false);
        }
        left = right;
    }
    Ok(true)
}

/// Whether one comparison holds, numbers compared exactly.
pub(super) fn holds(compare: Compare, left: &Jinja, right: &Jinja) -> Result<bool, Error> {
    let (left, right) = (there(left)?, there(right)?);
    Ok(match compare {
        Compare::Eq => equal(left, right),
        Compare::Ne => !equal(left, right),
        Compare::Lt => order(left, right)?.is_lt(),
        Compare::Le => order(left, right)?.is_le(),
        Compare::Gt => order(left, right)?.is_gt(),
        Compare::Ge => order(left, right)?.is_ge(),
        Compare::In => contains(right, left)?,
        Compare::NotIn => !contains(right, left)?,
    })
}

/// Two numbers, or a number and a text that holds one, as amounts.
fn as_numbers(left: &Jinja, right: &Jinja) -> Option<(Amount, Amount)> {
    let amount = |value: &Jinja| match value.as_str() {
        Some(text) => text.parse().ok(),
        None => numeric(value),
    };
    (is_number(left) || is_number(right)).then(|| Some((amount(left)?, amount(right)?))).flatten()
}

/// Whether two values are the same. Numbers by what they are worth, however they are written.
pub(super) fn equal(left: &Jinja, right: &Jinja) -> bool {
    if let (Some(a), Some(b)) = (int(left), int(right)) {
        return a == b;
    }
    if let Some((a, b)) = as_numbers(left, right) {
        return a == b;
    }
    let lists = [ValueKind::Seq, ValueKind::Iterable];
    match (left.kind(), right.kind()) {
        (a, b) if lists.contains(&a) && lists.contains(&b) => {
            let (Ok(mut a), Ok(mut b)) = (left.try_iter(), right.try_iter()) else { return false };
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return true,
                    (Some(a), Some(b)) if equal(&a, &b) => {}
                    _ => return false,
                }
            }
        }
        (ValueKind::Map, ValueKind::Map) => {
            left.len() == right.len()
                && left.try_iter().is_ok_and(|mut keys| {
                    keys.all(|key| match (left.get_item(&key), right.get_item(&key)) {
                        (Ok(a), Ok(b)) => !b.is_undefined() && equal(&a, &b),
                        _ => false,
                    })
                })
        }
        _ => left == right,
    }
}

/// Which of two values comes first.
pub(super) fn order(left: &Jinja, right: &Jinja) -> Result<Ordering, Error> {
    if let (Some(a), Some(b)) = (int(left), int(right)) {
        return Ok(a.cmp(&b));
    }
    if let Some((a, b)) = as_numbers(left, right) {
        return Ok(a.cmp(&b));
    }
    match (left.as_str(), right.as_str()) {
        (Some(a), Some(b)) => Ok(a.cmp(b)),
        _ if left.kind() == ValueKind::Bool && right.kind() == ValueKind::Bool => {
            Ok(left.is_true().cmp(&right.is_true()))
        }
        _ => Err(fault(format!("{} and {} have no order", view::sort(left), view::sort(right)))),
    }
}

/// The order of a whole list: all numbers, all texts or all yes and no.
pub(super) fn sort_by_key(items: &mut [(Jinja, Jinja)]) -> Result<(), Error> {
    let class = |key: &Jinja| {
        if numeric(key).is_some() {
            Some(0)
        } else if key.as_str().is_some() {
            Some(1)
        } else {
            (key.kind() == ValueKind::Bool).then_some(2)
        }
    };
    let first = items.first().and_then(|(key, _)| class(key));
    if let Some((odd, _)) =
        items.iter().find(|(key, _)| class(key).is_none() || class(key) != first)
    {
        return Err(fault(format!("a list with {} among others has no order", view::sort(odd))));
    }
    // within one class every two keys have an order
    items.sort_by(|(a, _), (b, _)| order(a, b).unwrap_or(Ordering::Equal));
    Ok(())
}

fn contains(container: &Jinja, item: &Jinja) -> Result<bool, Error> {
    match (container.kind(), item.as_str()) {
        (ValueKind::String, Some(part)) => {
            Ok(container.as_str().is_some_and(|text| text.contains(part)))
        }
        (ValueKind::Seq | ValueKind::Iterable | ValueKind::Map, _) => {
            Ok(container.try_iter()?.any(|each| equal(&each, item)))
        }
        _ => Err(fault(format!(
            "{} can't be looked for in {}",
            view::sort(item),
            view::sort(container)
        ))),
    }
}

pub(super) fn is_number_test(value: &Jinja) -> bool {
    is_number(value)
}
