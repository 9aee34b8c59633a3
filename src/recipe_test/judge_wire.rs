//! Holds the requests that were sent against those that a test expects.

use super::expect::Expect;
use super::mismatch::Mismatch;
use super::request_seen::Seen;
use super::wire::Wire;

/// Counts, the whole list, and the order of some.
pub(crate) fn judge(expect: &Expect, sent: &[Seen], found: &mut Vec<Mismatch>) {
    for (wire, count) in &expect.counts {
        let got = sent.iter().filter(|seen| wire.is(seen)).count() as u64;
        if got != *count {
            let what = format!("requests {}", wire.text);
            found.push(Mismatch::new(what, wire.span, times(*count), times(got)));
        }
    }
    if let Some(all) = &expect.requests {
        let same = all.value.len() == sent.len()
            && all.value.iter().zip(sent).all(|(wire, seen)| wire.is(seen));
        if !same {
            found.push(Mismatch {
                what: "requests".to_owned(),
                span: all.span,
                expected: all.value.iter().map(Wire::shown).collect(),
                got: sent.iter().map(Seen::shown).collect(),
            });
        }
    }
    order(&expect.order, sent, found);
}

/// Each must have been sent after the one before it in the list.
fn order(order: &[Wire], sent: &[Seen], found: &mut Vec<Mismatch>) {
    let mut rest = sent;
    for wire in order {
        match rest.iter().position(|seen| wire.is(seen)) {
            Some(at) => rest = rest.get(at + 1..).unwrap_or_default(),
            None => {
                let earlier = sent.iter().any(|seen| wire.is(seen));
                let got = if earlier { "only sent earlier" } else { "never sent" };
                let what = format!("order {}", wire.text);
                found.push(Mismatch::new(what, wire.span, "sent after those before it", got));
                return;
            }
        }
    }
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}
