//! The second pass over a table: each row becomes a run, new or taken up again, as fast as there is room for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::results::Ends;
use super::rows::{Opened, Pass, Row, Valid};
use super::survey::known;
use crate::base::money::Money;
use crate::base::value::Map;
use crate::cli::console::Emit;
use crate::cli::history::{History, Plans};
use crate::cli::load::NotStarted;
use crate::engine::again::Older;
use crate::engine::batch::row_standing::Standing;
use crate::engine::batch::work::{Begin, Tag, Work};
use crate::engine::ports::{Clock, Journal, JournalError};
use crate::engine::virtual_time::rehearse::price;
use crate::flow::inputs::table::TableRow;
use crate::flow::plan::Plan;
use crate::io::host;
use crate::io::host::WallClock;
use crate::io::journal::locks::JournalLock;
use crate::io::journal::sqlite::SqliteJournal;
use crate::run::event::{FORMAT, RunStarted};
use crate::run::history::Outside;
use crate::run::index_row::{RunRow, per_currency};
use crate::run::state::State;

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
    /// Where people are told what is wrong with the journal.
    pub emit: &'a Emit,
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

/// What failed under a row's key.
struct Failed {
    /// How the run stands that has the key.
    row: RunRow,
    /// It, and every run before it.
    older: Vec<Older>,
    /// Their locks.
    locks: Vec<JournalLock>,
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
        match run {
            None => Made::Work(Box::new(self.new_run(tag, valid.row, Begin::New, cap))),
            Some(run) if standing == Standing::Open => {
                self.again(tag, &run, &valid.row.inputs).await
            }
            Some(run) => self.anew(tag, &run, valid, cap).await,
        }
    }

    /// A run in the stead of one that failed. What that one came to is told by its events, not by the index; whether it
    /// still stands so is asked before anything is sent.
    async fn anew(&self, tag: Tag, run: &RunRow, valid: Valid, cap: Option<String>) -> Made {
        let failed = match self.failed(run, &valid).await {
            Ok(failed) => failed,
            Err(why) => {
                self.ends.borrow_mut().refused(&tag.key, why.summary());
                return Made::Told;
            }
        };
        let row = &failed.row;
        if row.status == run.status && row.moved == run.moved {
            let begin = Begin::InsteadOf(run.run, failed.older);
            let mut work = self.new_run(tag, valid.row, begin, cap);
            work.locks = failed.locks;
            return Made::Work(Box::new(work));
        }
        self.emit.error(&format!(
            "the journal's index says run {} {}, its events say it {}{}: nothing was begun in its stead; \
             `dollr-flow runs verify` shows what else differs",
            run.run,
            run.status,
            row.status,
            if row.moved { " and money moved or may have" } else { "" }
        ));
        match Standing::of(Some(row)) {
            Standing::Open => {
                drop(failed.locks);
                self.again(tag, run, &valid.row.inputs).await
            }
            Standing::New | Standing::Done | Standing::Failed | Standing::FailedAfterMoney => {
                self.ends.borrow_mut().ended(&tag.key, row);
                Made::Told
            }
        }
    }

    /// The run that failed under a row's key, and every run that it was begun in the stead of, as their events tell them.
    /// All are held: what the API says of them now is written into them.
    async fn failed(&self, run: &RunRow, valid: &Valid) -> Result<Failed, NotStarted> {
        let said = |error: JournalError| error.to_string();
        let kept =
            self.journal.kept_payments(&run.flow, valid.row.key.as_str()).await.map_err(said)?;
        if run.pruned_at.is_some() && run.reference_id.is_some() && kept.is_empty() {
            let message = "it failed, and its events were pruned: its payments can't be asked for again, so nothing is \
                           begun in its stead; take another key";
            return Err(NotStarted::Message(message.to_owned()));
        }
        let mut failed = Failed { row: run.clone(), older: Vec::new(), locks: Vec::new() };
        if !kept.is_empty() {
            failed.older.push(Older::Pruned(Box::new(run.clone()), kept));
        }
        if run.pruned_at.is_none() {
            let state = self.held(run, &mut failed.locks).await?;
            failed.row = RunRow::of(&state);
            failed.older.push(Older::Run(Box::new(state)));
        }
        let digest = run.inputs_digest.as_deref().unwrap_or(&valid.digest);
        let earlier = self.journal.gave_up(&run.flow, digest, valid.row.key.as_str()).await;
        for earlier in earlier.map_err(said)? {
            let state = self.held(&earlier, &mut failed.locks).await?;
            failed.older.push(Older::Run(Box::new(state)));
        }
        Ok(failed)
    }

    async fn held(&self, run: &RunRow, locks: &mut Vec<JournalLock>) -> Result<State, NotStarted> {
        locks.extend(self.lock(run).await?);
        let History { plan, events, .. } = self.plans.history(self.journal, run.run).await?;
        let state = State::fold(run.run, plan, events, self.outside.clone());
        Ok(state.map_err(|error| error.to_string())?)
    }

    /// The run's own lock, unless it comes with the batch's.
    async fn lock(&self, run: &RunRow) -> Result<Option<JournalLock>, NotStarted> {
        Ok(match run.batch.as_deref() == Some(self.batch.as_str()) {
            true => None,
            false => Some(self.journal.lock(run.run).await.map_err(|error| error.to_string())?),
        })
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
        Work { tag, state: Box::new(state), outside, begin, locks: Vec::new() }
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
        let lock = self.lock(run).await?;
        let History { plan, events, .. } = self.plans.history(self.journal, run.run).await?;
        let state = State::fold(run.run, plan, events, outside.clone());
        let state = Box::new(state.map_err(|error| error.to_string())?);
        Ok(Work { tag, state, outside, begin: Begin::Again, locks: lock.into_iter().collect() })
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
