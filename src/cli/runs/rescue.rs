//! `runs rescue`: what is whole of a damaged journal, in a new one, so that it can be reconciled and resumed.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;

use crate::base::ids::RunId;
use crate::cli::console::Emit;
use crate::cli::load;
use crate::cli::load::NotStarted;
use crate::cli::{exit, exit_report, target};
use crate::engine::engine::events;
use crate::engine::ports::{Entry, FlowText, Journal, JournalError, Record, RunRow};
use crate::io::journal::location::JournalPlace;
use crate::io::journal::rescue::{Rescue, remember};
use crate::io::journal::sqlite::SqliteJournal;
use crate::report::runs::object;
use crate::run::event::Event;
use crate::run::history::Outside;
use crate::run::state::State;

/// How many lost runs are named.
const MAX_NAMED: usize = 50;

/// Rescues.
pub async fn rescue(to: &Path, emit: &Emit) -> u8 {
    match rescued(to, emit).await {
        Ok(code) => code,
        Err(why) => exit_report::not_started(&why, None, emit),
    }
}

/// What came of it.
#[derive(Default)]
struct Rescued {
    whole: u64,
    /// Runs of which only what the index says is left.
    lost: Vec<RunRow>,
    /// Runs of which nothing is left but that they were there.
    unknown: u64,
}

async fn rescued(to: &Path, emit: &Emit) -> Result<u8, NotStarted> {
    let place = JournalPlace::parse(&emit.common.journal)?;
    let new = JournalPlace::parse(&to.display().to_string())?;
    if !place.path().exists() {
        return Err(target::no_journal(emit).into());
    }
    if new.path().exists() {
        return Err(format!("there is a file at {} already: name another one", to.display()).into());
    }
    let said = |error: JournalError| NotStarted::Message(error.to_string());
    let mut from = Rescue::open(place).map_err(said)?;
    let (named, index, flows) = (from.runs(), from.index(), from.flows().rows);
    let mut index: HashMap<RunId, RunRow> =
        index.rows.into_iter().map(|row| (row.run, row)).collect();
    let flows: HashMap<String, FlowText> =
        flows.into_iter().map(|flow| (flow.digest.clone(), flow)).collect();
    let journal = SqliteJournal::open(new.clone()).map_err(said)?;
    let mut done = Rescued { unknown: named.unread, ..Rescued::default() };
    // the newest first: of several runs that had a key, it is the last one's
    for named in named.rows.iter().rev() {
        let known = index.remove(&named.run);
        let whole = from.load(named);
        let entry = whole.and_then(|records| entry(named.run, records, known.as_ref(), &flows));
        match (entry, known) {
            (Ok(entry), _) => {
                append(&journal, entry).await.map_err(said)?;
                done.whole += 1;
            }
            (Err(_), Some(row)) => done.lost.push(row),
            (Err(_), None) => done.unknown += 1,
        }
    }
    // pruned before, or their names can't be read any more
    let (pruned, lost): (Vec<_>, Vec<_>) =
        index.into_values().partition(|row| row.pruned_at.is_some());
    done.unknown = done.unknown.saturating_sub(lost.len() as u64);
    done.lost.extend(lost);
    journal.tidy().await.map_err(said)?;
    drop(journal);
    // what is known of them keeps their keys from paying again
    remember(&new, &pruned).and_then(|()| remember(&new, &done.lost)).map_err(said)?;
    Ok(tell(&done, to, emit))
}

/// A whole run as it is written down anew.
fn entry(
    run: RunId,
    records: Vec<Record>,
    known: Option<&RunRow>,
    flows: &HashMap<String, FlowText>,
) -> Result<Entry, String> {
    let read = events(records.clone()).map_err(|error| error.to_string())?;
    let first = read.first().map(|first| &first.event);
    let Some(Event::RunStarted(started)) = first else { return Err("it has no start".to_owned()) };
    let flow = flows.get(&started.flow_digest).ok_or("its flow is lost")?;
    let plan = load::kept(&started.file, flow.text.clone()).map_err(|why| why.summary())?;
    if plan.digest != started.flow_digest {
        return Err("its flow is damaged".to_owned());
    }
    let state = State::fold(run, plan, read, Outside::default()).map_err(|why| why.to_string())?;
    let mut row = RunRow::of(&state);
    if let Some(known) = known {
        // a failed run may have given its key to another
        row.key = row.key.filter(|_| known.key.is_some());
    }
    Ok(Entry::ordered(run, records).row(row).flow(flow.clone()))
}

async fn append(journal: &SqliteJournal, entry: Entry) -> Result<(), JournalError> {
    match journal.append(Entry { durable: true, ..entry.clone() }).await {
        Err(JournalError::KeyTaken(_)) => {
            let row = entry.row.clone().map(|row| RunRow { key: None, ..row });
            journal.append(Entry { durable: true, row, ..entry }).await
        }
        written => written,
    }
}

fn tell(done: &Rescued, to: &Path, emit: &Emit) -> u8 {
    let lost = done.lost.len() as u64 + done.unknown;
    let to = to.display();
    if emit.json() {
        emit.result_json(&json!({
            "journal": to.to_string(),
            "rescued": done.whole,
            "lost": done.lost.iter().map(object).collect::<Vec<_>>(),
            "lost_unknown": done.unknown,
        }));
    } else {
        for row in done.lost.iter().take(MAX_NAMED) {
            let key = row.key.as_ref().map_or(String::new(), |key| format!(" key {key}"));
            let reference = row.reference_id.map_or(String::new(), |id| format!(" reference {id}"));
            emit.error(&format!(
                "run {} of {}{key} is lost: it was {}{reference}; look it up at the API",
                row.run, row.flow, row.status
            ));
        }
        if done.unknown > 0 {
            emit.error(&format!("of {} more not even the name is left", done.unknown));
        }
        emit.result(&format!("{} of {} runs are in {to}", done.whole, done.whole + lost));
        let next = match done.whole {
            0 => "it remembers the keys of those that have a name; a copy of the journal from before is better".to_owned(),
            _ => format!(
                "`dollr-flow reconcile --journal {to}` asks the API about their payments; then put it in the place of the damaged one"
            ),
        };
        emit.say(&next);
    }
    match (done.whole, lost) {
        (_, 0) => exit::SUCCEEDED,
        _ => exit::FAILED,
    }
}
