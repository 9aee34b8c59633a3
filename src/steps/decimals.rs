//! Whether amounts can be paid in their currency: the API would refuse 100.50 RWF in mid-run, or round it.
//!
//! It is seen from the names that the API gives: `amount` beside `currency`, or under an object that has one, and
//! `base_amount` beside `base_currency`.

use crate::base::money::{Currency, Money};
use crate::base::value::{Map, Value};
use crate::expr::join_path;

/// An amount that its currency can't have.
#[derive(Debug, Clone, PartialEq)]
pub struct Odd {
    /// Where it stands: `items[0].amount`.
    pub path: String,
    /// The amount and its currency.
    pub money: Money,
}

impl Odd {
    /// What is wrong, in one sentence without a full stop.
    pub fn message(&self) -> String {
        let Money { amount, currency } = self.money;
        let decimals = match currency.decimals() {
            0 => "no decimals".to_owned(),
            n => format!("{n} decimals"),
        };
        format!("`{}` is {amount}, and {currency} has {decimals}", self.path)
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        format!("round it in the flow: {{{{ … | round_to(\"{}\") }}}}", self.money.currency)
    }
}

/// The amounts in an object that their currencies can't have; `around` is the currency of what it stands in.
pub fn odd(map: &Map, around: Option<Currency>) -> Vec<Odd> {
    let mut found = Vec::new();
    object(map, around, "", &mut found);
    found
}

fn object(map: &Map, around: Option<Currency>, path: &str, found: &mut Vec<Odd>) {
    let currency_at = |name: &str| map.get(name)?.as_str()?.parse::<Currency>().ok();
    let own = currency_at("currency").or(around);
    for (name, value) in map {
        let path = join_path(path, name);
        let path = path.trim_start_matches('.');
        let currency = match name.strip_suffix("_amount") {
            Some(what) => currency_at(&format!("{what}_currency")),
            None => own.filter(|_| name == "amount"),
        };
        match (value, currency) {
            (Value::Map(inside), _) => object(inside, own, path, found),
            (Value::List(items), _) => {
                for (at, item) in items.iter().enumerate() {
                    if let Value::Map(inside) = item {
                        object(inside, own, &format!("{path}[{at}]"), found);
                    }
                }
            }
            (value, Some(currency)) => {
                let amount = value.as_amount().filter(|amount| !currency.holds(*amount));
                found.extend(amount.map(|amount| Odd {
                    path: path.to_owned(),
                    money: Money { amount, currency },
                }));
            }
            (_, None) => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_meets_the_currency_beside_it_or_around_it() {
        let paths = |json: &str| {
            let value = Value::from_json(json).unwrap();
            let found = odd(value.as_map().unwrap(), None);
            found.into_iter().map(|odd| odd.message()).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(
            paths(r#"{"amount": 40.005, "currency": "USD"}"#),
            "`amount` is 40.005, and USD has 2 decimals"
        );
        assert_eq!(
            paths(
                r#"{"currency": "RWF", "items": [{"amount": 5}, {"amount": "100.50"}, {"amount": 1.005, "currency": "USD"}]}"#
            ),
            "`items[1].amount` is 100.50, and RWF has no decimals; `items[2].amount` is 1.005, and USD has 2 decimals"
        );
        assert_eq!(
            paths(r#"{"base_amount": "0.001", "base_currency": "LRD", "target_currency": "RWF"}"#),
            "`base_amount` is 0.001, and LRD has 2 decimals"
        );
        for fine in [
            r#"{"amount": 100.00, "currency": "RWF"}"#,
            r#"{"amount": 40.500, "currency": "USD"}"#,
            r#"{"amount": 40.005}"#,
            r#"{"amount": 40.005, "currency": "usd"}"#,
            r#"{"paid_amount": 1.005, "currency": "USD"}"#,
        ] {
            assert_eq!(paths(fine), "");
        }
    }
}
