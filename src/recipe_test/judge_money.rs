//! Holds what moved against what a test expects to have moved.

use std::collections::BTreeMap;

use super::expect::{ExpectCharges, WAYS};
use super::happened::Moved;
use super::mismatch::Mismatch;
use crate::base::money::Amount;
use crate::flow::ast::Placed;

/// Counts and sums. What the test does not name must not have moved.
pub(crate) fn judge(expect: &ExpectCharges, moved: &Moved, found: &mut Vec<Mismatch>) {
    let counts = &moved.executions;
    for (what, expected, got) in [
        ("completed", &expect.completed, counts.completed),
        ("failed", &expect.failed, counts.failed),
        ("in_flight", &expect.in_flight, counts.in_flight),
    ] {
        if let Some(Placed { value, span }) = expected
            && *value != got
        {
            let what = format!("charges.{what}");
            found.push(Mismatch::new(what, *span, value.to_string(), got.to_string()));
        }
    }
    for ((way, expected), got) in WAYS.iter().zip(&expect.moved).zip(&moved.ways) {
        let mut sums: BTreeMap<String, Amount> = BTreeMap::new();
        let span = expected.as_ref().map_or(expect.span, |expected| expected.span);
        for money in expected.iter().flat_map(|expected| &expected.value) {
            sums.insert(money.currency.to_string(), money.amount);
        }
        let positive = |sums: &BTreeMap<String, Amount>| -> BTreeMap<String, Amount> {
            let some = sums.iter().filter(|(_, sum)| !sum.decimal().is_zero());
            some.map(|(code, sum)| (code.clone(), *sum)).collect()
        };
        let same = |one: &BTreeMap<String, Amount>, other: &BTreeMap<String, Amount>| {
            one.len() == other.len()
                && one.iter().all(|(code, sum)| {
                    other.get(code).is_some_and(|got| got.decimal() == sum.decimal())
                })
        };
        let sums = positive(&sums);
        if !same(&sums, got) {
            found.push(Mismatch::new(format!("charges.{way}"), span, words(&sums), words(got)));
        }
    }
    for (key, amount) in &expect.documents {
        let got = moved.documents.get(&key.name);
        if got.is_none_or(|got| got.decimal() != amount.decimal()) {
            let what = format!("charges.documents.{}", key.name);
            let got = got.map_or_else(|| "nothing".to_owned(), Amount::to_string);
            found.push(Mismatch::new(what, key.span, amount.to_string(), got));
        }
    }
    let named = |number: &String| expect.documents.iter().any(|(key, _)| key.name == *number);
    let others = moved.documents.iter().filter(|(number, sum)| {
        !expect.documents.is_empty() && !named(number) && !sum.decimal().is_zero()
    });
    for (number, sum) in others {
        let what = format!("charges.documents.{number}");
        found.push(Mismatch::new(what, expect.span, "nothing", sum.to_string()));
    }
}

fn words(sums: &BTreeMap<String, Amount>) -> String {
    let words: Vec<String> = sums.iter().map(|(code, sum)| format!("{sum} {code}")).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}
