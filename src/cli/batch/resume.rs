//! `resume --batch B`: every run of a batch that is not final, many at once.

use std::cell::RefCell;
use std::collections::HashMap;

use tokio::sync::mpsc;

use super::pace::Pace;
use super::results::{Ears, Ends};
use crate::cli::args::cli::ResumeArgs;
use crate::cli::console::Emit;
use crate::cli::exit;
use crate::cli::history::{History, OPEN, Plans, history, secret_inputs};
use crate::cli::load;
use crate::cli::load::NotStarted;
use crate::cli::target;
use crate::cli::target::Target;
use crate::cli::target::same_place;
use crate::engine::batch::scheduler::Scheduler;
use crate::engine::batch::work::{Begin, Tag, Work};
use crate::engine::gate::Gate;
use crate::engine::ports::{Journal, Order, RunFilter, RunRow};
use crate::engine::stop::Stop;
use crate::io::journal::locks::JournalLock;
use crate::io::journal::sqlite::SqliteJournal;
use crate::report::batch::summary::{Summary, Tally};
use crate::run::history::Outside;
use crate::run::state::State;

/// How many runs are looked up at once.
const PAGE: u32 = 256;

/// How many runs may be read back ahead of their turn.
const AHEAD: usize = 16;

/// Goes on with a batch's runs.
pub async fn batch(
    journal: SqliteJournal,
    batch: &str,
    args: &ResumeArgs,
    emit: &Emit,
    stop: Stop,
) -> Result<u8, NotStarted> {
    let pace = Pace::of(&args.pace)?;
    let held = journal.lock_batch(batch).await.map_err(|error| error.to_string())?;
    let open = open(batch);
    let (first, rows) = count(&journal, open.clone()).await?;
    let Some(first) = first else {
        return Ok(nothing(batch, &format!("no run of batch {batch} is open"), emit));
    };
    let History { plan, started, .. } = history(&journal, first.run).await?;
    let at = same_place(&started, &args.target)?;
    let target = Target::moving(&plan, at, &args.target, emit)?;
    let flow = plan.name.clone();
    let world = target::world(target, journal.clone(), stop, emit).await?;
    let base_url = first.base_url.clone();
    let (engine, embedded) = world.shared(Gate::paced(pace.apart), emit.patience());
    let ends = Ends::new(rows, Tally::default(), None, emit)?;
    let (to, work) = mpsc::channel(AHEAD);
    let scheduler = Scheduler::new(engine, pace.limit, args.pace.stop_after_failures);
    let mut ears = Ears(&ends);
    let (plans, outside) = (Plans::default(), HashMap::new());
    let feed = Feed { journal: &journal, args, base_url, ends: &ends, plans, outside, emit };
    let (fed, halt) = tokio::join!(feed.runs(open, to), scheduler.carry_out(work, &mut ears));
    if let Some(embedded) = embedded {
        embedded.close().await;
    }
    drop(held);
    if let Err(why) = fed {
        ends.borrow_mut().stopped = Some(why.summary());
    }
    let summary = Summary { batch: batch.to_owned(), flow, rows, ..Summary::default() };
    Ok(ends.into_inner().finish(summary, halt, emit))
}

/// Tells that no run of a batch can go on, and why.
pub fn nothing(batch: &str, why: &str, emit: &Emit) -> u8 {
    emit.say(&format!("{why}: there is nothing to resume"));
    if emit.json() {
        emit.result_json(&Summary { batch: batch.to_owned(), ..Summary::default() }.json());
    }
    exit::SUCCEEDED
}

fn open(batch: &str) -> RunFilter {
    RunFilter {
        statuses: OPEN.map(str::to_owned).to_vec(),
        batch: Some(batch.to_owned()),
        order: Order::OldestFirst,
        limit: Some(PAGE),
        ..RunFilter::default()
    }
}

/// The first run of a filter, and how many there are.
async fn count(
    journal: &SqliteJournal,
    filter: RunFilter,
) -> Result<(Option<RunRow>, u64), NotStarted> {
    let (mut first, mut all, mut next) = (None, 0, Some(filter));
    while let Some(filter) = next {
        let page = journal.rows(filter.clone()).await.map_err(|error| error.to_string())?;
        all += page.len() as u64;
        next = filter.next(&page);
        first = first.or(page.into_iter().next());
    }
    Ok((first, all))
}

struct Feed<'a> {
    journal: &'a SqliteJournal,
    args: &'a ResumeArgs,
    base_url: String,
    ends: &'a RefCell<Ends>,
    plans: Plans,
    /// What no journal holds, by the flow's digest.
    outside: HashMap<String, Outside>,
    emit: &'a Emit,
}

impl Feed<'_> {
    async fn runs(
        mut self,
        filter: RunFilter,
        to: mpsc::Sender<Work<JournalLock>>,
    ) -> Result<(), NotStarted> {
        let mut next = Some(filter);
        while let Some(filter) = next {
            let page = self.journal.rows(filter.clone()).await.map_err(|e| e.to_string())?;
            for row in &page {
                match self.work(row).await {
                    Ok(work) => {
                        if to.send(work).await.is_err() {
                            return Ok(());
                        }
                    }
                    Err(why) => {
                        let key = row.key.clone().unwrap_or_else(|| row.run.to_string());
                        self.ends.borrow_mut().refused(&key, why.summary());
                    }
                }
            }
            next = filter.next(&page);
        }
        Ok(())
    }

    async fn work(&mut self, row: &RunRow) -> Result<Work<JournalLock>, NotStarted> {
        if row.base_url != self.base_url {
            return Err(format!("it began at {}: resume it alone", row.base_url).into());
        }
        let History { plan, started, events } = self.plans.history(self.journal, row.run).await?;
        let mut outside = match self.outside.get(&plan.digest) {
            Some(known) => known.clone(),
            None => {
                let fresh =
                    Outside { secrets: load::secrets(&plan, self.emit)?, ..Outside::default() };
                self.outside.insert(plan.digest.clone(), fresh.clone());
                fresh
            }
        };
        outside.inputs = secret_inputs(&plan, &started, &self.args.input)?;
        let state = State::fold(row.run, plan, events, outside.clone());
        let state = Box::new(state.map_err(|error| error.to_string())?);
        let key = row.key.clone().unwrap_or_else(|| row.run.to_string());
        let tag = Tag { line: 0, key };
        Ok(Work { tag, state, outside, begin: Begin::Again, locks: Vec::new() })
    }
}
