//! `runs prune`: removes runs that are over. What may still concern money stays: runs that can go on, payments
//! that are not final, and the keys that must not pay again.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::base::ids::RunId;
use crate::cli::args::cli::PruneArgs;
use crate::cli::console::Emit;
use crate::cli::exit;
use crate::cli::history::{facts, kept_plan};
use crate::cli::load::NotStarted;
use crate::engine::ports::{Clock, Journal, Order, RunFilter, RunRow};
use crate::engine::stop::Stop;
use crate::flow::plan::Plan;
use crate::io::host::WallClock;
use crate::io::journal::prune::Leaving;
use crate::io::journal::sqlite::SqliteJournal;
use crate::run::outcome::Outcome;
use crate::run::payments::{Fate, payments};
use crate::run::state::State;

/// How many runs one transaction removes.
const PAGE: u32 = 500;

/// How many runs that stay are named.
const MAX_NAMED: usize = 20;

/// What was, or would be, removed.
#[derive(Default)]
struct Pruned {
    runs: u64,
    keys: u64,
    kept: u64,
    /// Some of those that stay, and why.
    named: Vec<(RunId, String)>,
    stopped: bool,
}

/// Prunes.
pub async fn prune(args: &PruneArgs, journal: &SqliteJournal, emit: &Emit, stop: Stop) -> u8 {
    match pruned(args, journal, emit, &stop).await {
        Ok(Some(pruned)) if pruned.stopped => exit::INTERRUPTED,
        Ok(_) => exit::SUCCEEDED,
        Err(why) => {
            why.tell(emit);
            exit::NOT_STARTED
        }
    }
}

/// Tells that there is nothing to remove.
pub fn nothing(args: &PruneArgs, emit: &Emit) {
    tell(&Pruned::default(), None, args, emit);
}

async fn pruned(
    args: &PruneArgs,
    journal: &SqliteJournal,
    emit: &Emit,
    stop: &Stop,
) -> Result<Option<Pruned>, NotStarted> {
    if args.dry_run || !args.yes {
        let can_ask = emit.terminal.stdin && emit.terminal.stderr;
        if !args.dry_run && !can_ask {
            let message = "pass --yes to remove runs for good, or --dry-run to see which";
            return Err(NotStarted::Message(message.to_owned()));
        }
        let found = walk(args, journal, stop, false).await?;
        if args.dry_run || found.stopped || found.runs == 0 {
            tell(&found, None, args, emit);
            return Ok(Some(found));
        }
        let question = format!("remove {} for good? [y/N] ", count(found.runs, "run"));
        if !matches!(emit.edge.ask(&question).as_deref(), Some("y" | "Y" | "yes")) {
            return Err(NotStarted::Message("not confirmed; nothing was removed".to_owned()));
        }
    }
    let before = journal.bytes();
    let pruned = walk(args, journal, stop, true).await?;
    let inside = match pruned.runs {
        0 => 0,
        _ => journal.tidy().await.map_err(|error| error.to_string())?,
    };
    tell(&pruned, Some((before, inside, journal.bytes())), args, emit);
    Ok(Some(pruned))
}

/// Goes through the runs that match, oldest first, and removes them page by page if so told.
async fn walk(
    args: &PruneArgs,
    journal: &SqliteJournal,
    stop: &Stop,
    remove: bool,
) -> Result<Pruned, NotStarted> {
    let over = [Outcome::Succeeded, Outcome::Failed, Outcome::Cancelled];
    let all = || over.iter().map(|outcome| outcome.word().to_owned()).collect();
    let mut next = Some(RunFilter {
        statuses: if args.status.is_empty() { all() } else { args.status.clone() },
        flow: args.flow.clone(),
        batch: args.batch.clone(),
        // what ends while this goes on is not chased after
        unchanged_since: Some(args.before.min(WallClock.now())),
        limit: Some(PAGE),
        order: Order::OldestFirst,
        ..RunFilter::default()
    });
    let (mut pruned, mut plans) = (Pruned::default(), HashMap::new());
    while let Some(filter) = next {
        let page = journal.rows(filter.clone()).await.map_err(|error| error.to_string())?;
        let mut over = Vec::new();
        for row in &page {
            if stop.asked() {
                pruned.stopped = true;
                return Ok(pruned);
            }
            match leaving(journal, row, &mut plans).await {
                Ok(run) => over.push(run),
                Err(why) => {
                    pruned.kept += 1;
                    if pruned.named.len() < MAX_NAMED {
                        pruned.named.push((row.run, why));
                    }
                }
            }
        }
        let keyed = page.iter().filter(|row| row.key.is_some());
        pruned.keys += keyed.filter(|row| over.iter().any(|one| one.run == row.run)).count() as u64;
        pruned.runs += match remove {
            true => {
                let removed = journal.prune(over, WallClock.now()).await;
                removed.map_err(|error| error.to_string())?
            }
            false => over.len() as u64,
        };
        next = filter.next(&page);
    }
    Ok(pruned)
}

/// A run of which nothing can matter any more but its key, and what has to be known with it; else why it stays. That is
/// told by its events, whatever the index says.
async fn leaving(
    journal: &SqliteJournal,
    row: &RunRow,
    plans: &mut HashMap<String, Arc<Plan>>,
) -> Result<Leaving, String> {
    let said = |why: NotStarted| why.summary();
    let (started, events) = facts(journal, row.run).await.map_err(said)?;
    let n = events.len() as u64;
    let plan = match plans.get(&started.flow_digest) {
        Some(plan) => Arc::clone(plan),
        None => {
            let plan = kept_plan(journal, &started).await.map_err(said)?;
            plans.insert(started.flow_digest.clone(), Arc::clone(&plan));
            plan
        }
    };
    let state = State::told(row.run, plan, events).map_err(|error| error.to_string())?;
    let mut payments = payments(&state);
    if let Some(open) = payments.iter().find(|one| matches!(one.fate, Fate::Open | Fate::Torn)) {
        return Err(format!(
            "payment {} is not final: `dollr-flow reconcile` asks about it",
            open.reference_id
        ));
    }
    // a key whose payment moved pays never again, so there will be nothing to ask
    if payments.iter().any(|payment| payment.fate == Fate::Completed) {
        payments.clear();
    }
    let key = started.key.map(|key| (started.flow, key.to_string()));
    Ok(Leaving { run: row.run, n, key, payments })
}

fn tell(pruned: &Pruned, bytes: Option<(u64, u64, u64)>, args: &PruneArgs, emit: &Emit) {
    if emit.json() {
        let kept: Vec<_> =
            pruned.named.iter().map(|(run, why)| json!({ "run_id": run, "why": why })).collect();
        emit.result_json(&json!({
            "dry_run": args.dry_run,
            "runs": pruned.runs,
            "keys_remembered": pruned.keys,
            "kept": pruned.kept,
            "kept_runs": kept,
            "bytes_before": bytes.map(|(before, ..)| before),
            "bytes_after": bytes.map(|(.., after)| after),
            "bytes_free_inside": bytes.map(|(_, inside, _)| inside),
        }));
        return;
    }
    for (run, why) in &pruned.named {
        emit.say(&format!("run {run} stays: {why}"));
    }
    if pruned.kept > pruned.named.len() as u64 {
        emit.say(&format!("{} stay in all", count(pruned.kept, "run")));
    }
    let done = if args.dry_run { "would be removed" } else { "removed" };
    let keys = match pruned.keys {
        0 => String::new(),
        keys => format!("; {} remembered, so that none pays again", count(keys, "key")),
    };
    emit.result(&format!("{} {done}{keys}", count(pruned.runs, "run")));
    if let Some((before, inside, after)) = bytes.filter(|_| pruned.runs > 0) {
        let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20);
        let reused = match inside {
            0 => String::new(),
            inside => format!(", {} of it free for later runs", mib(inside)),
        };
        emit.result(&format!("the journal took {} and takes {}{reused}", mib(before), mib(after)));
    }
}

fn count(n: u64, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
