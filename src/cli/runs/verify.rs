//! `runs verify`: reads runs back whole, and holds the index against what their events say.

use serde_json::json;

use crate::base::ids::RunId;
use crate::base::money::Money;
use crate::cli::console::Emit;
use crate::cli::history::{History, Plans};
use crate::cli::load::NotStarted;
use crate::cli::{exit, exit_report};
use crate::engine::ports::{Journal, JournalError, RunRow};
use crate::io::journal::sqlite::SqliteJournal;
use crate::run::history::Outside;

/// What is wrong with a run.
struct Damage {
    run: RunId,
    what: String,
}

/// Reads runs back whole. Damage of one run says nothing about the others.
pub async fn verify(prefix: Option<&str>, journal: &SqliteJournal, emit: &Emit) -> u8 {
    match damage(prefix, journal).await {
        Ok((runs, damaged)) => tell(runs, &damaged, emit),
        Err(error) => exit_report::not_started(&NotStarted::Message(error.to_string()), None, emit),
    }
}

async fn damage(
    prefix: Option<&str>,
    journal: &SqliteJournal,
) -> Result<(usize, Vec<Damage>), JournalError> {
    let runs = match prefix {
        Some(prefix) => vec![journal.find_run(prefix).await?],
        None => journal.all_runs().await?,
    };
    let plans = Plans::default();
    let mut damaged = Vec::new();
    for run in &runs {
        match whole(*run, journal, &plans).await {
            Ok(row) => damaged.extend(misfiled(*run, &row, journal).await?),
            Err(what) => damaged.push(Damage { run: *run, what }),
        }
    }
    if prefix.is_none() {
        for row in journal.bare_rows().await? {
            if let Some(what) = bare(&row) {
                damaged.push(Damage { run: row.run, what });
            }
        }
    }
    // a row whose events are gone is a run too
    let gone = damaged.iter().filter(|one| !runs.contains(&one.run)).count();
    Ok((runs.len() + gone, damaged))
}

/// What the index has to say of a run, by its events alone.
async fn whole(run: RunId, journal: &SqliteJournal, plans: &Plans) -> Result<RunRow, String> {
    let read = plans.history(journal, run).await;
    let History { plan, events, .. } = read.map_err(|why| why.summary())?;
    let replayed = RunRow::replay(run, plan, events, Outside::default());
    replayed.map(|(_, row)| row).map_err(|error| error.to_string())
}

/// Where the index differs from a run's events.
async fn misfiled(
    run: RunId,
    row: &RunRow,
    journal: &SqliteJournal,
) -> Result<Option<Damage>, JournalError> {
    let Some(found) = journal.row(run).await? else {
        let what = "the index does not know it: its key would pay again".to_owned();
        return Ok(Some(Damage { run, what }));
    };
    let mut all = differences(row, &found);
    if row.key != found.key {
        let holder = match &row.key {
            Some(key) => journal.find_key(&row.flow, key).await?,
            None => None,
        };
        // a run that failed gives its key up to the one that is begun in its stead
        let gave_up =
            found.key.is_none() && holder.is_some_and(|holder| holder.started_at >= row.started_at);
        if !gave_up {
            all.push(said("key", &row.key, &found.key));
        }
    }
    let what =
        (!all.is_empty()).then(|| format!("the index differs from its events: {}", all.join(", ")));
    Ok(what.map(|what| Damage { run, what }))
}

fn differences(row: &RunRow, found: &RunRow) -> Vec<String> {
    let sums =
        |row: &RunRow| row.amount.iter().map(Money::to_string).collect::<Vec<_>>().join(", ");
    let mut all = Vec::new();
    let mut compare = |name: &str, is: String, was: String| {
        if is != was {
            all.push(said(name, &Some(is), &Some(was)));
        }
    };
    compare("flow", row.flow.clone(), found.flow.clone());
    compare("status", row.status.clone(), found.status.clone());
    compare("exit_code", plain(row.exit_code), plain(found.exit_code));
    compare("base_url", row.base_url.clone(), found.base_url.clone());
    compare("batch", plain(row.batch.as_ref()), plain(found.batch.as_ref()));
    compare("started_at", row.started_at.to_string(), found.started_at.to_string());
    // rows of format 1 say nothing of these
    if found.inputs_digest.is_some() {
        compare(
            "inputs_digest",
            plain(row.inputs_digest.as_ref()),
            plain(found.inputs_digest.as_ref()),
        );
        compare("moved", row.moved.to_string(), found.moved.to_string());
        compare("amount", sums(row), sums(found));
        compare("reference_id", plain(row.reference_id), plain(found.reference_id));
    }
    all
}

fn plain(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
}

fn said(name: &str, events: &Option<String>, index: &Option<String>) -> String {
    format!("{name} is {} and the index says {}", plain(events.as_ref()), plain(index.as_ref()))
}

/// What is wrong with a row whose run has no events, if anything is: those of a pruned run are gone for good, and nothing is
/// left to hold its row against.
fn bare(row: &RunRow) -> Option<String> {
    row.pruned_at.is_none().then(|| "its events are gone, and it was never pruned".to_owned())
}

fn tell(runs: usize, damaged: &[Damage], emit: &Emit) -> u8 {
    if emit.json() {
        let told: Vec<_> =
            damaged.iter().map(|one| json!({ "run_id": one.run, "what": one.what })).collect();
        emit.result_json(&json!({ "runs": runs, "damaged": told }));
    } else {
        damaged.iter().for_each(|one| emit.error(&format!("run {}: {}", one.run, one.what)));
        if !damaged.is_empty() {
            emit.say(
                "`dollr-flow reconcile --since T` asks the API what became of payments; `dollr-flow runs rescue --to F` \
                 makes a journal anew from all events that are whole, its index too",
            );
        }
        emit.result(&format!("{} of {runs} runs are whole", runs.saturating_sub(damaged.len())));
    }
    match damaged.is_empty() {
        true => exit::SUCCEEDED,
        false => exit::FAILED,
    }
}
