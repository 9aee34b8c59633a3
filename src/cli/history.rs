//! Runs read back from the journal, with the plan of the flow's text that was kept with them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::load;
use super::load::NotStarted;
use crate::base::ids::RunId;
use crate::base::value::{Map, Value};
use crate::engine::engine::events;
use crate::engine::ports::Journal;
use crate::flow::plan::Plan;
use crate::io::journal::sqlite::SqliteJournal;
use crate::run::event::{Event, FORMAT, RunStarted};
use crate::run::history::Recorded;

/// The statuses of runs that can go on.
pub const OPEN: [&str; 3] = ["running", "paused", "unclear"];

/// A run as the journal has it.
pub struct History {
    /// The plan, from the text kept with the run.
    pub plan: Arc<Plan>,
    /// What it began with.
    pub started: RunStarted,
    /// All of its events.
    pub events: Vec<Recorded>,
}

/// Reads a run back: the flow's text is the one it started with, whatever the file says today.
pub async fn history(journal: &SqliteJournal, run: RunId) -> Result<History, NotStarted> {
    Plans::default().history(journal, run).await
}

/// The plans of runs that are read back one after the other, made once per flow.
#[derive(Default)]
pub struct Plans(RefCell<HashMap<(String, String), Arc<Plan>>>);

impl Plans {
    /// [`history`], with a plan that may be known.
    pub async fn history(
        &self,
        journal: &SqliteJournal,
        run: RunId,
    ) -> Result<History, NotStarted> {
        let (started, events) = facts(journal, run).await?;
        let flow = (started.flow_digest.clone(), started.file.clone());
        let known = self.0.borrow().get(&flow).cloned();
        if let Some(plan) = known {
            return Ok(History { plan, started, events });
        }
        let plan = kept_plan(journal, &started).await?;
        self.0.borrow_mut().insert(flow, plan.clone());
        Ok(History { plan, started, events })
    }
}

/// All of a run's events, and what the first one says.
pub async fn facts(
    journal: &SqliteJournal,
    run: RunId,
) -> Result<(RunStarted, Vec<Recorded>), NotStarted> {
    let records = journal.load(run).await.map_err(|error| error.to_string())?;
    let events = events(records).map_err(|error| error.to_string())?;
    let Some(Recorded { event: Event::RunStarted(started), .. }) = events.first() else {
        return Err(NotStarted::Message(format!("run {run} has no first event")));
    };
    let started = started.clone();
    if started.format > FORMAT {
        return Err(NotStarted::Message(format!(
            "run {run} was written by a newer dollr-flow (event format {}, this one reads {FORMAT}): update it",
            started.format
        )));
    }
    Ok((started, events))
}

/// The plan of the flow's text that was kept with a run.
pub async fn kept_plan(
    journal: &SqliteJournal,
    started: &RunStarted,
) -> Result<Arc<Plan>, NotStarted> {
    let kept = journal.flow(&started.flow_digest).await.map_err(|error| error.to_string())?;
    let kept = kept.ok_or_else(|| "the run's flow is not in the journal".to_owned())?;
    let plan = load::kept(&started.file, kept.text)?;
    if plan.digest != started.flow_digest {
        let message = "the flow that was kept with the run is not the one it began with";
        return Err(NotStarted::Message(message.to_owned()));
    }
    Ok(plan)
}

/// Secret inputs are not in the journal: they come again from the command line or the environment.
pub fn secret_inputs(
    plan: &Plan,
    started: &RunStarted,
    given: &[String],
) -> Result<Map, NotStarted> {
    let withheld: Vec<&String> = started
        .inputs
        .iter()
        .filter(|(_, value)| matches!(value, Value::Secret(_)))
        .map(|(name, _)| name)
        .collect();
    if withheld.is_empty() {
        return Ok(Map::new());
    }
    load::again(plan, &withheld, given)
}
