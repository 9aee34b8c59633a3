//! A batch as people and programs see it: counts, money, a line per row that did not succeed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::base::money::{Amount, Currency};
use crate::base::shell::quoted;
use crate::report::aside::Commands;
use crate::report::paint;
use crate::report::paint::Paint;
use crate::run::index_row::RunRow;
use crate::run::outcome::Outcome;

/// How many rows that did not succeed are listed.
const MAX_LISTED: usize = 20;

/// What a batch came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many rows ended how, by the word for it.
    pub counts: BTreeMap<&'static str, u64>,
    /// What the rows that are over moved, in this start and before.
    pub moved: Moved,
    /// What the rows that are not over have set out to move, and nobody knows yet.
    pub not_final: BTreeMap<Currency, Amount>,
    /// The first rows that did not succeed.
    pub listed: Vec<Listed>,
    /// Whether a sum has too many digits to be exact.
    pub overflow: bool,
}

/// What rows moved, apart by whether this start of the batch saw it happen.
#[derive(Debug, Default)]
pub struct Moved {
    /// The rows that ended in this start.
    pub now: BTreeMap<Currency, Amount>,
    /// The rows that had ended before it.
    pub before: BTreeMap<Currency, Amount>,
    /// Both.
    pub all: BTreeMap<Currency, Amount>,
}

/// A row that did not succeed.
#[derive(Debug)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its run, if it has one.
    pub run: Option<String>,
    /// The word for how it stands.
    pub status: &'static str,
    /// Why.
    pub error: String,
}

/// The words of a row's status, in the order they are told.
pub const WORDS: [&str; 5] = ["succeeded", "failed", "paused", "unclear", "cancelled"];

impl Tally {
    /// Counts a row's run that ended in this start.
    pub fn add(&mut self, key: &str, row: &RunRow) {
        self.count_in(key, row, false);
    }

    /// Counts a row's run that had ended before.
    pub fn add_before(&mut self, key: &str, row: &RunRow) {
        self.count_in(key, row, true);
    }

    fn count_in(&mut self, key: &str, row: &RunRow, before: bool) {
        let status = word(&row.status);
        *self.counts.entry(status).or_default() += 1;
        if row.moved {
            let sums = match (status, before) {
                ("paused" | "unclear", _) => vec![&mut self.not_final],
                (_, true) => vec![&mut self.moved.before, &mut self.moved.all],
                (_, false) => vec![&mut self.moved.now, &mut self.moved.all],
            };
            for sums in sums {
                for money in &row.amount {
                    self.overflow |= !add(sums, money.currency, money.amount);
                }
            }
        }
        if status != Outcome::Succeeded.word() {
            let error = row.error.clone().unwrap_or_default();
            self.list(Listed {
                key: key.to_owned(),
                run: Some(row.run.to_string()),
                status,
                error,
            });
        }
    }

    /// Counts a row whose run could not be carried on.
    pub fn add_broken(&mut self, key: &str, error: String) {
        *self.counts.entry("paused").or_default() += 1;
        self.list(Listed { key: key.to_owned(), run: None, status: "paused", error });
    }

    fn list(&mut self, listed: Listed) {
        if self.listed.len() < MAX_LISTED {
            self.listed.push(listed);
        }
    }

    /// How many rows ended so.
    pub fn count(&self, word: &str) -> u64 {
        self.counts.get(word).copied().unwrap_or(0)
    }

    /// How many rows were counted.
    pub fn all(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The counts in one line.
    pub fn counted(&self) -> String {
        let told = WORDS.iter().filter(|word| self.count(word) > 0);
        let told: Vec<String> = told.map(|word| format!("{} {word}", self.count(word))).collect();
        match told.is_empty() {
            true => "nothing done yet".to_owned(),
            false => told.join(", "),
        }
    }

    /// What moved, in one line.
    pub fn money(&self) -> String {
        let told = |sums: &BTreeMap<Currency, Amount>| {
            let sums = sums.iter().map(|(currency, amount)| format!("{amount} {currency}"));
            sums.collect::<Vec<_>>().join(", ")
        };
        if self.overflow {
            return "the money has too many digits to be summed".to_owned();
        }
        let Moved { now, before, .. } = &self.moved;
        let moved = match (now.is_empty(), before.is_empty()) {
            (true, true) => "nothing moved".to_owned(),
            (false, true) => format!("{} moved", told(now)),
            (true, false) => format!("nothing moved now, {} before", told(before)),
            (false, false) => format!("{} moved now, {} before", told(now), told(before)),
        };
        match self.not_final.is_empty() {
            true => moved,
            false => format!("{moved}, {} not final", told(&self.not_final)),
        }
    }
}

/// Adds to a sum; false if it has too many digits to be exact.
fn add(sums: &mut BTreeMap<Currency, Amount>, currency: Currency, amount: Amount) -> bool {
    let sum = sums.entry(currency).or_insert(Amount::ZERO);
    sum.plus(amount).map(|more| *sum = more).is_ok()
}

fn word(status: &str) -> &'static str {
    // a run that is under way goes on like one that is paused
    WORDS.into_iter().find(|word| *word == status).unwrap_or("paused")
}

/// What there is to say of a batch at its end.
#[derive(Debug, Default)]
pub struct Summary {
    /// The batch.
    pub batch: String,
    /// The flow's name.
    pub flow: String,
    /// The data's name, if there are data.
    pub data: Option<String>,
    /// How many rows there are.
    pub rows: u64,
    /// How many of them had ended before.
    pub over_before: u64,
    /// How many of those are no runs of this batch: another batch, or `run`, had the key.
    pub over_elsewhere: u64,
    /// How many were left out because they are not valid.
    pub rejected: u64,
    /// What became of them.
    pub tally: Tally,
    /// Why no more rows were begun, if that is so.
    pub stopped: Option<String>,
    /// Where the results are.
    pub results: Option<String>,
    /// Where the rows that were left out are.
    pub rejects: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The exit code.
    pub exit_code: i32,
}

impl Summary {
    /// How many rows were not begun.
    pub fn pending(&self) -> u64 {
        self.rows.saturating_sub(self.tally.all() + self.rejected)
    }

    /// The word for the whole batch: its worst row's.
    pub fn status(&self) -> &'static str {
        match self.exit_code {
            0 => "succeeded",
            4 => "unclear",
            3 | 130 => "paused",
            _ => "failed",
        }
    }

    /// For people.
    pub fn write(&self, out: &mut impl Write, paint: Paint, commands: &Commands) -> io::Result<()> {
        let outcome = match self.status() {
            "succeeded" => Outcome::Succeeded,
            "unclear" => Outcome::Unclear,
            "paused" => Outcome::Paused,
            _ => Outcome::Failed,
        };
        let mark = paint::outcome_mark(outcome);
        let said = format!("{mark} batch {} {}", self.batch, self.status());
        let took = paint.dim(&format!("in {}", paint::length(self.duration_ms)));
        writeln!(out)?;
        writeln!(out, "{} {took}", paint.outcome(outcome, &said))?;
        let mut row = |name: &str, text: &str| paint::row(out, paint, name, 9, text);
        row("rows", &self.rows_told())?;
        row("money", &self.tally.money())?;
        for listed in &self.tally.listed {
            let run = listed.run.as_deref().unwrap_or("-");
            row(listed.status, &format!("{}: {} (run {run})", listed.key, listed.error))?;
        }
        let unlisted = self.tally.all()
            - self.tally.count("succeeded")
            - (self.tally.listed.len() as u64).min(self.tally.all());
        if unlisted > 0 {
            row(
                "",
                &commands.fit(&format!(
                    "and {unlisted} more: `dollr-flow runs list --batch {}`",
                    quoted(&self.batch)
                )),
            )?;
        }
        for (name, text) in [("results", &self.results), ("rejects", &self.rejects)] {
            if let Some(text) = text {
                row(name, text)?;
            }
        }
        if let Some(stopped) = &self.stopped {
            row("stopped", stopped)?;
        }
        match self.next() {
            Some(next) => row("next", &commands.fit(&next)),
            None => Ok(()),
        }
    }

    fn rows_told(&self) -> String {
        let mut told = vec![format!("{} of {}", self.tally.counted(), self.rows)];
        let mut more = |count: u64, words: &str| {
            if count > 0 {
                told.push(format!("{count} {words}"));
            }
        };
        more(self.over_before, "of them had ended before");
        more(self.over_elsewhere, "of those in another batch or by themselves");
        more(self.rejected, "left out");
        more(self.pending(), "not begun");
        told.join("; ")
    }

    fn next(&self) -> Option<String> {
        let open = self.tally.count("paused") + self.tally.count("unclear");
        if open > 0 {
            return Some(format!(
                "`dollr-flow resume --batch {}`, or the same batch again, goes on with {open} that are not final",
                quoted(&self.batch)
            ));
        }
        (self.pending() > 0 && self.data.is_some())
            .then(|| "the same batch again begins the rows that were not begun".to_owned())
    }

    /// For machines.
    pub fn json(&self) -> Json {
        let counts: serde_json::Map<String, Json> =
            WORDS.iter().map(|word| ((*word).to_owned(), self.tally.count(word).into())).collect();
        let sums = |sums: &BTreeMap<Currency, Amount>| match self.tally.overflow {
            true => Json::Null,
            false => sums.iter().map(money).collect(),
        };
        let listed = |row: &Listed| json!({ "key": row.key, "run_id": row.run, "status": row.status, "error": row.error });
        json!({
            "batch": self.batch,
            "flow": self.flow,
            "data": self.data,
            "status": self.status(),
            "exit_code": self.exit_code,
            "rows": self.rows,
            "counts": counts,
            "finished_before": self.over_before,
            "finished_elsewhere": self.over_elsewhere,
            "rejected": self.rejected,
            "pending": self.pending(),
            "moved": sums(&self.tally.moved.all),
            "moved_now": sums(&self.tally.moved.now),
            "moved_before": sums(&self.tally.moved.before),
            "not_final": sums(&self.tally.not_final),
            "not_succeeded": self.tally.listed.iter().map(listed).collect::<Vec<_>>(),
            "stopped": self.stopped,
            "results": self.results,
            "rejects": self.rejects,
            "duration_ms": self.duration_ms,
        })
    }
}

/// One sum as JSON, its digits as a text so that nobody rounds them.
pub fn money((currency, amount): (&Currency, &Amount)) -> Json {
    json!({ "currency": currency.code(), "amount": amount.to_string() })
}
