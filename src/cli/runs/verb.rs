//! `runs`: the history, from the journal.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::json;

use super::export::{PAGE, export};
use super::verify::verify;
use super::{prune, rescue};
use crate::cli::args::cli::{ListArgs, RunsArgs, RunsVerb};
use crate::cli::console::Emit;
use crate::cli::history::{History, facts, history};
use crate::cli::load::NotStarted;
use crate::cli::statuses::Statuses;
use crate::cli::{exit, exit_report, target};
use crate::engine::ports::{Journal, RunFilter};
use crate::engine::stop::Stop;
use crate::io::journal::sqlite::SqliteJournal;
use crate::io::streams::Reader;
use crate::report::{json, runs, summary};
use crate::run::index_row::{CUT_OFF, RUNNING};
use crate::run::pii::Pii;
use crate::run::state::State;

/// Lists or shows runs.
pub async fn runs(args: RunsArgs, emit: &Emit, stop: Stop) -> u8 {
    if let Some(RunsVerb::Rescue { to }) = &args.verb {
        // it can do without what opening a journal needs
        return rescue::rescue(to, emit).await;
    }
    let journal = match target::existing_journal(emit) {
        Ok(journal) => journal,
        Err(why) => return exit_report::not_started(&why, None, emit),
    };
    let verb = args.verb.unwrap_or(RunsVerb::List(ListArgs { limit: 50, ..ListArgs::default() }));
    let told = match (&verb, journal) {
        (RunsVerb::List(_), None) => list_none(emit),
        (RunsVerb::Export(args), None) if args.runs.is_empty() => {
            emit.say(&format!("{}: there is nothing to export", target::no_journal(emit)));
            Ok(())
        }
        (RunsVerb::Prune(args), None) => {
            emit.say(&target::no_journal(emit));
            prune::nothing(args, emit);
            Ok(())
        }
        // a run that is asked for, and a history that is to be whole, have to be there
        (_, None) => Err(target::no_journal(emit).into()),
        (RunsVerb::List(args), Some(journal)) => list(args, &journal, emit).await,
        (RunsVerb::Show { run }, Some(journal)) => show(run, &journal, emit).await,
        (RunsVerb::Events { run }, Some(journal)) => events(run, &journal, emit).await,
        (RunsVerb::Export(args), Some(journal)) => return export(args, &journal, emit, stop).await,
        (RunsVerb::Prune(args), Some(journal)) => {
            return prune::prune(args, &journal, emit, stop).await;
        }
        (RunsVerb::Rescue { to }, Some(_)) => return rescue::rescue(to, emit).await,
        (RunsVerb::Verify { run }, Some(journal)) => {
            return verify(run.as_deref(), &journal, emit).await;
        }
    };
    match told {
        Ok(()) => exit::SUCCEEDED,
        Err(why) => {
            why.tell(emit);
            exit::NOT_STARTED
        }
    }
}

fn list_none(emit: &Emit) -> Result<(), NotStarted> {
    match emit.json() {
        true => emit.result_json(&json!([])),
        false => emit.say("there are no runs yet"),
    }
    Ok(())
}

/// Lists runs as they are read, so that a list may be longer than memory.
async fn list(args: &ListArgs, journal: &SqliteJournal, emit: &Emit) -> Result<(), NotStarted> {
    let mut left = if args.limit == 0 { usize::MAX } else { args.limit as usize };
    let statuses = Statuses::of(&args.status);
    let page = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
    let mut next = Some(RunFilter {
        statuses: statuses.stored(),
        flow: args.flow.clone(),
        batch: args.batch.clone(),
        since: args.since,
        limit: Some(page),
        ..RunFilter::default()
    });
    let reader = if emit.json() { Reader::Json } else { Reader::People };
    let mut out = emit.edge.stdout_in_bulk(reader);
    let mut list = match emit.json() {
        true => runs::List::json(),
        false => runs::List::table(emit.paint_out().width),
    };
    let mut cut_off = 0;
    while let Some(filter) = next {
        let page = journal.rows(filter.clone()).await.map_err(|error| error.to_string())?;
        next = filter.next(&page);
        let mut page = journal.as_they_stand(page).await.map_err(|error| error.to_string())?;
        page.retain(|row| statuses.takes(row));
        page.truncate(left);
        left -= page.len();
        next = next.filter(|_| left > 0);
        cut_off += page.iter().filter(|row| row.status == CUT_OFF).count();
        if list.is_empty() && page.is_empty() && next.is_none() && !emit.json() {
            emit.say("no run matches");
        }
        // a reader that went away is no error
        if list.page(&mut out, &page, next.is_none()).and_then(|()| out.flush()).is_err() {
            return Ok(());
        }
    }
    if cut_off > 0 && !emit.json() {
        let those =
            if cut_off == 1 { "1 run was".to_owned() } else { format!("{cut_off} runs were") };
        emit.say(&format!(
            "{those} cut off: `dollr-flow resume RUN` goes on with one, `dollr-flow resume --all` with all"
        ));
    }
    Ok(())
}

async fn show(prefix: &str, journal: &SqliteJournal, emit: &Emit) -> Result<(), NotStarted> {
    let run = journal.find_run(prefix).await.map_err(|error| error.to_string())?;
    // looked at first: whoever lets it go has written down the end
    let batch = journal.row(run).await.ok().flatten().and_then(|row| row.batch);
    let holder = journal.holder(run, batch).await.map_err(|error| error.to_string())?;
    let History { plan, events, .. } = history(journal, run).await?;
    let state =
        State::told(run, plan, events.iter().cloned()).map_err(|error| error.to_string())?;
    let pii = Pii::of(&state, emit.common.show_pii);
    let code = state.finished.as_ref().map_or(exit::PAUSED, exit::of);
    let aside = exit_report::aside(&state, BTreeSet::new(), emit);
    if emit.json() {
        let mut told = json::run(&state, code.into(), &pii, &aside);
        if state.finished.is_none() {
            told["status"] = if holder.is_some() { RUNNING } else { CUT_OFF }.into();
        }
        emit.result_json(&told);
        return Ok(());
    }
    let mut out = emit.out();
    let paint = emit.paint_out();
    // a reader that went away is no error
    let _ = runs::timeline(&mut out, &state, &events, &pii, paint);
    let _ = match &state.finished {
        Some(_) => summary::write(&mut out, &state, &pii, paint, &aside),
        None => runs::open_end(&mut out, &state, holder.as_deref(), paint, &emit.commands),
    };
    Ok(())
}

async fn events(prefix: &str, journal: &SqliteJournal, emit: &Emit) -> Result<(), NotStarted> {
    let run = journal.find_run(prefix).await.map_err(|error| error.to_string())?;
    let (_, events) = facts(journal, run).await?;
    let pii = Pii::of_events(events.iter().map(|recorded| &recorded.event), emit.common.show_pii);
    let mut out = emit.edge.stdout(Reader::Json);
    for recorded in &events {
        let (kind, data) = recorded.event.encode().map_err(|error| error.to_string())?;
        let data =
            crate::base::value::Value::from_json(&data).map_err(|error| error.to_string())?;
        let line = json!({
            "n": recorded.n, "at": recorded.at, "event": kind, "data": pii.value(&data).masked(),
        });
        if writeln!(out, "{line}").is_err() {
            break;
        }
    }
    Ok(())
}
