//! The second pass over a table: each row becomes a run, new or taken up again, as fast as there is room for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::batch_end::Ends;
use super::batch_rows::{Opened, Pass, Row, Valid};
use super::batch_survey::known;
use super::load::NotStarted;
use super::resume::{History, Plans};
use crate::base::money::Money;
use crate::base::value::Map;
use crate::engine::batch::schedule::{Begin, Tag, Work};
use crate::engine::batch::standing::Standing;
use crate::engine::ports::{Clock, Journal};
use crate::engine::rehearse::price;
use crate::flow::plan::Plan;
use crate::flow::table::TableRow;
use crate::io::host::{self, WallClock};
use crate::io::journal_locks::JournalLock;
use crate::io::journal_sqlite::SqliteJournal;
use crate::run::event::{FORMAT, RunStarted};
use crate::run::row::{RunRow, per_currency};
use crate::run::state::{Outside, State};

/// What the rows of a batch have in common.
pub struct Feed<'a> {
    /// The flow.
    pub plan: Arc<Plan>,
    /// The batch.
    pub batch: String,
    /// The flow's secrets.
    pub outside: Outside,
    /// The journal.
    pub journal: &'a SqliteJournal,
    /// The plans of runs that began before.
    pub plans: Plans,
    /// Where requests go, as the journal spells it.
    pub base_url: String,
    /// Whether that is the embedded sandbox.
    pub sandbox: bool,
    /// Whether rows that failed are tried again.
    pub retry_failed: bool,
    /// The most all rows may move.
    pub budget: Option<Budget>,
    /// Where the ends of rows go.
    pub ends: &'a RefCell<Ends>,
    /// Whether rows that are over are told too.
    pub tell_over: bool,
}

/// The most all rows of a batch may move, and what of it is spoken for.
pub struct Budget {
    /// The most.
    pub most: Money,
    /// What runs of the batch moved, set out to move, or are about to.
    pub committed: Vec<Money>,
}

impl Budget {
    /// Sets the price of a row aside, or says why it does not fit.
    fn take(&mut self, price: &[Money]) -> Result<(), String> {
        for money in price {
            if money.currency != self.most.currency {
                return Err(format!(
                    "it moves {money}, and --max-total is in {}",
                    self.most.currency
                ));
            }
        }
        let together: Vec<Money> = self.committed.iter().chain(price).copied().collect();
        let sums = per_currency(&together);
        let mut own = sums.iter().filter(|sum| sum.currency == self.most.currency);
        match (own.next(), own.next()) {
            (Some(sum), None) if sum.amount.decimal() > self.most.amount.decimal() => {
                Err(format!("it would bring the total to {sum}, above {}", self.most))
            }
            (Some(_), Some(_)) => Err("the total has more than 28 digits".to_owned()),
            _ => {
                self.committed = sums;
                Ok(())
            }
        }
    }
}

/// What a row becomes.
enum Made {
    Work(Box<Work<JournalLock>>),
    /// Nothing: what there is to tell was told.
    Told,
    /// Nothing, nor do any of the rows after it.
    Halt(String),
}

impl Feed<'_> {
    /// Feeds the scheduler until there are no more rows, or nobody takes them.
    pub async fn rows(
        mut self,
        opened: Opened,
        over: Option<Arc<Vec<bool>>>,
        to: mpsc::Sender<Work<JournalLock>>,
    ) -> Result<(), NotStarted> {
        let mut pass = Pass::begin(opened, over);
        'rows: while let Some(chunk) = pass.rows.recv().await {
            // looked at again now that the batch is held: the first look was to find what is wrong
            let mut known = known(Some(self.journal), &self.plan, &chunk).await?;
            for row in chunk {
                let Row { line, read: Ok(valid), .. } = row else { continue };
                let run = known.remove(valid.row.key.as_str());
                match self.make(line, valid, run).await {
                    Made::Work(work) => {
                        if to.send(*work).await.is_err() {
                            break 'rows;
                        }
                    }
                    Made::Told => {}
                    Made::Halt(why) => {
                        self.ends.borrow_mut().stopped = Some(why);
                        break 'rows;
                    }
                }
            }
        }
        pass.end().await.map(drop)
    }

    async fn make(&mut self, line: u64, valid: Valid, run: Option<RunRow>) -> Made {
        let standing = Standing::of(run.as_ref());
        let tag = Tag { line, key: valid.row.key.to_string() };
        let run = match run {
            Some(run) if standing.is_over(self.retry_failed) => {
                if self.tell_over {
                    self.ends.borrow_mut().over(&tag.key, &run);
                }
                return Made::Told;
            }
            run => run,
        };
        let cap = match self.afford(&tag, &valid.row.inputs, run.as_ref(), standing) {
            Ok(cap) => cap,
            Err(why) => return Made::Halt(why),
        };
        let begin = match (&run, standing) {
            (Some(run), Standing::Open) => {
                return self.again(tag, run, &valid.row.inputs).await;
            }
            (Some(run), _) => Begin::InsteadOf(run.run),
            (None, _) => Begin::New,
        };
        Made::Work(Box::new(self.new_run(tag, valid.row, begin, cap)))
    }

    /// The most the row's run may move, where there is a total that must not be crossed.
    fn afford(
        &mut self,
        tag: &Tag,
        inputs: &Map,
        run: Option<&RunRow>,
        standing: Standing,
    ) -> Result<Option<String>, String> {
        let Some(budget) = &mut self.budget else { return Ok(None) };
        // what an open run set out to move was counted beforehand
        if standing == Standing::Open && run.is_some_and(|run| !run.amount.is_empty()) {
            return Ok(None);
        }
        let place = format!("before line {} (key `{}`)", tag.line, tag.key);
        let price = price(&self.plan, inputs, &self.outside)
            .map_err(|why| format!("{place}: what it moves can't be known beforehand: {why}"))?;
        budget.take(&price).map_err(|why| format!("{place}: {why}"))?;
        Ok(price.first().map(Money::to_string))
    }

    fn new_run(
        &self,
        tag: Tag,
        row: TableRow,
        begin: Begin,
        max_total: Option<String>,
    ) -> Work<JournalLock> {
        // a run that waits may be put away and read back
        let outside = Outside::again(self.outside.secrets.clone(), &row.inputs);
        let started = RunStarted {
            format: FORMAT,
            flow: self.plan.name.clone(),
            flow_digest: self.plan.digest.clone(),
            file: self.plan.source.name().to_owned(),
            key: Some(row.key),
            seed: host::new_seed(),
            inputs: row.inputs,
            base_url: self.base_url.clone(),
            sandbox: self.sandbox,
            max_total,
            batch: Some(self.batch.clone()),
        };
        let (run, now) = (host::new_run(), WallClock.now());
        let state = State::begin(run, self.plan.clone(), started, now, outside.clone());
        Work { tag, state: Box::new(state), outside, begin, lock: None }
    }

    /// A run that began before. The row's secrets are given to it again.
    async fn again(&self, tag: Tag, run: &RunRow, inputs: &Map) -> Made {
        let outside = Outside::again(self.outside.secrets.clone(), inputs);
        match self.taken_up(run, tag.clone(), outside).await {
            Ok(work) => Made::Work(Box::new(work)),
            Err(why) => {
                self.ends.borrow_mut().refused(&tag.key, why.summary());
                Made::Told
            }
        }
    }

    /// A run that began before, read back and held.
    async fn taken_up(
        &self,
        run: &RunRow,
        tag: Tag,
        outside: Outside,
    ) -> Result<Work<JournalLock>, NotStarted> {
        let lock = match run.batch.as_deref() == Some(self.batch.as_str()) {
            true => None,
            false => Some(self.journal.lock(run.run).await.map_err(|error| error.to_string())?),
        };
        let History { plan, events, .. } = self.plans.history(self.journal, run.run).await?;
        let state = State::fold(run.run, plan, events, outside.clone());
        let state = Box::new(state.map_err(|error| error.to_string())?);
        Ok(Work { tag, state, outside, begin: Begin::Again, lock })
    }
}

/// What all valid rows that have no run yet would move, per currency, and the rows for which nobody can tell.
pub async fn totals(
    plan: &Arc<Plan>,
    outside: &Outside,
    opened: Opened,
    over: Arc<Vec<bool>>,
    unpriced: &mut HashMap<u64, String>,
) -> Result<(Vec<Money>, Opened), NotStarted> {
    let mut sums: Vec<Money> = Vec::new();
    let mut pass = Pass::begin(opened, Some(over));
    while let Some(chunk) = pass.rows.recv().await {
        for row in chunk {
            let Ok(valid) = row.read else { continue };
            match price(plan, &valid.row.inputs, outside) {
                Ok(price) => {
                    sums.extend(price);
                    sums = per_currency(&sums);
                }
                Err(why) => drop(unpriced.insert(row.line, why)),
            }
        }
    }
    Ok((sums, pass.end().await?))
}
