//! What happened in a test, as those who judge it need it.

use std::collections::BTreeMap;

use super::expect::WAYS;
use super::mismatch::Mismatch;
use super::request_seen::Seen;
use crate::base::money::Amount;
use crate::base::value::Value;
use crate::run::outcome::StepStatus;
use crate::run::state::State;
use crate::sandbox::{Audit, ExecutionCounts};

/// What there is to judge when a run ended or stopped.
#[derive(Debug)]
pub struct Happened<'a> {
    /// The run.
    pub state: &'a State,
    /// The exit code it would have.
    pub exit_code: i32,
    /// What the run sent so far.
    pub requests: &'a [Seen],
    /// What moved so far.
    pub moved: &'a Moved,
    /// What happened before it, by name.
    pub before: &'a Value,
}

/// What moved between two audits of the sandbox's books.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moved {
    /// How many payments completed, failed, and are not final.
    pub executions: ExecutionCounts,
    /// What moved in each way, by currency; nothing is left out.
    pub ways: [BTreeMap<String, Amount>; 4],
    /// What was collected for each document that somebody tried to collect, by number.
    pub documents: BTreeMap<String, Amount>,
}

impl Moved {
    /// What moved from one audit to a later one.
    pub fn between(from: (&Audit, ExecutionCounts), to: (&Audit, ExecutionCounts)) -> Self {
        let mut moved = Self {
            executions: ExecutionCounts {
                completed: to.1.completed.saturating_sub(from.1.completed),
                failed: to.1.failed.saturating_sub(from.1.failed),
                in_flight: to.1.in_flight,
            },
            ..Self::default()
        };
        for now in &to.0.totals {
            let then = from.0.totals.iter().find(|then| then.currency == now.currency);
            let pick = |way: usize| {
                let of = |row: &crate::sandbox::CurrencyTotals| match way {
                    0 => row.collected,
                    1 => row.paid_out,
                    2 => row.transferred,
                    _ => row.refunded,
                };
                less(of(now), then.map(of))
            };
            for (way, sums) in moved.ways.iter_mut().enumerate() {
                let sum = pick(way);
                if !sum.decimal().is_zero() {
                    sums.insert(now.currency.clone(), sum);
                }
            }
        }
        for now in &to.0.charges {
            let then = from.0.charges.iter().find(|then| then.source_number == now.source_number);
            let sum = less(now.collected, then.map(|then| then.collected));
            moved.documents.insert(now.source_number.clone(), sum);
        }
        moved
    }

    /// In words: `collected 250.00 USD`; nothing if nothing moved.
    pub fn words(&self) -> Vec<String> {
        let ways = WAYS.iter().zip(&self.ways);
        ways.flat_map(|(way, sums)| {
            sums.iter().map(move |(code, sum)| format!("{way} {sum} {code}"))
        })
        .collect()
    }
}

fn less(now: Amount, then: Option<Amount>) -> Amount {
    // amounts are bounded far below what a decimal holds
    then.and_then(|then| now.minus(then).ok()).unwrap_or(now)
}

/// What a test came to.
#[derive(Debug, Clone, Default)]
pub struct Ruling {
    /// What is not as expected; nothing in a test that passes.
    pub mismatches: Vec<Mismatch>,
    /// How the run ended, in words.
    pub ended: Vec<String>,
    /// Its steps with how each ended.
    pub steps: Vec<(String, StepStatus)>,
    /// How long it took in virtual time.
    pub virtual_ms: u64,
    /// Which steps and branches of the recipe it took.
    pub coverage: super::coverage::Coverage,
}

impl Ruling {
    /// Whether everything is as expected.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}
