//! `runs export`: runs with all of their events, as JSON Lines, for archives and other programs.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use crate::base::value::Value;
use crate::cli::args::cli::ExportArgs;
use crate::cli::console::Emit;
use crate::cli::exit;
use crate::cli::history::facts;
use crate::cli::load::NotStarted;
use crate::cli::statuses::Statuses;
use crate::engine::ports::{Journal, Order, RunFilter, RunRow};
use crate::engine::stop::Stop;
use crate::io::journal::sqlite::SqliteJournal;
use crate::io::streams;
use crate::io::streams::Reader;
use crate::report::runs::object;
use crate::run::history::Recorded;
use crate::run::pii::Pii;

/// Exports runs. Damage of one says nothing about the others: it is told, and the rest is written.
pub async fn export(args: &ExportArgs, journal: &SqliteJournal, emit: &Emit, stop: Stop) -> u8 {
    let mut export =
        Export { journal, emit, out: emit.edge.stdout_in_bulk(Reader::Json), damaged: 0 };
    let done = match args.runs.is_empty() {
        true => export.all(args, stop).await,
        false => export.some(&args.runs).await,
    };
    // why it did not arrive is told at the end of the process
    let _ = export.out.flush();
    streams::keep();
    match done {
        Err(why) => {
            why.tell(emit);
            exit::NOT_STARTED
        }
        // what is not all there must not be taken for an archive, and the runs pruned
        Ok(exit::SUCCEEDED) if export.damaged > 0 || streams::lost().is_some() => exit::FAILED,
        Ok(code) => code,
    }
}

fn filter(args: &ExportArgs) -> RunFilter {
    RunFilter {
        statuses: Statuses::of(&args.status).stored(),
        flow: args.flow.clone(),
        batch: args.batch.clone(),
        since: args.since,
        until: args.until,
        limit: Some(PAGE),
        order: Order::OldestFirst,
        ..RunFilter::default()
    }
}

struct Export<'a, W> {
    journal: &'a SqliteJournal,
    emit: &'a Emit,
    out: W,
    damaged: usize,
}

impl<W: Write> Export<'_, W> {
    async fn all(&mut self, args: &ExportArgs, stop: Stop) -> Result<u8, NotStarted> {
        let statuses = Statuses::of(&args.status);
        let mut next = Some(filter(args));
        while let Some(filter) = next {
            let page =
                self.journal.rows(filter.clone()).await.map_err(|error| error.to_string())?;
            next = filter.next(&page);
            let page = self.journal.as_they_stand(page).await.map_err(|error| error.to_string())?;
            for row in page.iter().filter(|row| statuses.takes(row)) {
                if stop.asked() {
                    return Ok(exit::INTERRUPTED);
                }
                // nobody takes any more
                if self.one(row).await.is_err() {
                    return Ok(exit::SUCCEEDED);
                }
            }
        }
        Ok(exit::SUCCEEDED)
    }

    async fn some(&mut self, prefixes: &[String]) -> Result<u8, NotStarted> {
        for prefix in prefixes {
            let run = self.journal.find_run(prefix).await.map_err(|error| error.to_string())?;
            let row = self.journal.row(run).await.map_err(|error| error.to_string())?;
            let row = row.ok_or_else(|| format!("run {run} is not in the journal's index"))?;
            let rows = self.journal.as_they_stand(vec![row]).await;
            let Some(row) = rows.map_err(|error| error.to_string())?.pop() else { continue };
            if self.one(&row).await.is_err() {
                break;
            }
        }
        Ok(exit::SUCCEEDED)
    }

    async fn one(&mut self, row: &RunRow) -> io::Result<()> {
        let told = match facts(self.journal, row.run).await {
            Ok((_, events)) => whole(row, &events, self.emit.common.show_pii),
            Err(why) => Err(why.summary()),
        };
        match told {
            Ok(run) => writeln!(self.out, "{run}"),
            Err(what) => {
                self.damaged += 1;
                self.emit.error(&format!("run {}: {what}", row.run));
                Ok(())
            }
        }
    }
}

/// A run with its events as one JSON object.
fn whole(row: &RunRow, events: &[Recorded], show_pii: bool) -> Result<Json, String> {
    let pii = Pii::of_events(events.iter().map(|recorded| &recorded.event), show_pii);
    let one = |recorded: &Recorded| {
        let (kind, data) = recorded.event.encode().map_err(|error| error.to_string())?;
        let data = Value::from_json(&data).map_err(|error| error.to_string())?;
        Ok(json!({
            "n": recorded.n, "at": recorded.at, "event": kind, "data": pii.value(&data).masked(),
        }))
    };
    let events = events.iter().map(one).collect::<Result<Vec<_>, String>>()?;
    let mut run = object(row);
    run["flow_digest"] = row.flow_digest.clone().into();
    run["events"] = events.into();
    Ok(run)
}

/// How many runs are read at a time.
pub const PAGE: u32 = 1_000;
