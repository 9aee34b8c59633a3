//! What an index of runs says of each.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::documents::left_open;
use super::event::Event;
use super::history::{BadHistory, Finished, Outside, Recorded};
use super::outcome::Outcome;
use super::payments::may_have_moved;
use super::pii::Pii;
use super::state::State;
use crate::base::ids::RunId;
use crate::base::key::Key;
use crate::base::money::Money;
use crate::flow::plan::Plan;

/// The status of a run that is under way.
pub const RUNNING: &str = "running";

/// What is said of one that is under way, but that no process carries out. No journal says so: only whoever looks at its
/// lock knows.
pub const CUT_OFF: &str = "cut off";

/// One line of the index of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// The run.
    pub run: RunId,
    /// The flow's name.
    pub flow: String,
    /// The digest of the flow's text.
    pub flow_digest: String,
    /// The key it was started under.
    pub key: Option<String>,
    /// The run's status in the words of floor 4.
    pub status: String,
    /// The exit code, once it stopped.
    pub exit_code: Option<i32>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Where its requests go.
    pub base_url: String,
    /// The batch it is a row of.
    pub batch: Option<String>,
    /// The digest of its inputs, as `inputs_digest` makes it; none in rows of format 1.
    pub inputs_digest: Option<String>,
    /// The reference of its last payment.
    pub reference_id: Option<Uuid>,
    /// What its payments set out to move, one sum per currency.
    pub amount: Vec<Money>,
    /// Whether money moved or may have, when the run last started or stopped. A row of format 1 does not say, so it may have.
    pub moved: bool,
    /// When its events were removed, if they were: nothing but this row is left of it.
    pub pruned_at: Option<Timestamp>,
    /// Why it did not succeed, without secrets, and with phones and emails masked.
    pub error: Option<String>,
}

impl RunRow {
    /// What the index says of a run.
    pub fn of(state: &State) -> Self {
        Self::with(state, state.finished.as_ref(), state.clocks.wall)
    }

    /// What the index is to say once one more event of a run is there; none if that changes nothing in it.
    pub fn after(state: &State, recorded: &Recorded) -> Option<Self> {
        let at = recorded.at;
        match &recorded.event {
            Event::RunFinished { outcome, outputs, failure } => {
                let finished = Finished {
                    outcome: *outcome,
                    outputs: outputs.clone(),
                    failure: failure.clone(),
                };
                Some(Self::with(state, Some(&finished), at))
            }
            Event::RunResumed { .. } => Some(Self::with(state, None, at)),
            // what the API says of a payment afterwards may change how the run stands
            Event::Reconciled { .. } => {
                let mut then = state.clone();
                then.apply(recorded).ok().map(|()| Self::of(&then))
            }
            _ => None,
        }
    }

    /// The run, and what the index is to say of it, as its events alone tell: each event changes the row as it did when it
    /// was written.
    pub fn replay(
        run: RunId,
        plan: Arc<Plan>,
        events: impl IntoIterator<Item = Recorded>,
        outside: Outside,
    ) -> Result<(State, Self), BadHistory> {
        let mut events = events.into_iter();
        let mut state = State::fold(run, plan, events.by_ref().take(1), outside)?;
        let mut row = Self::of(&state);
        for recorded in events {
            row = Self::after(&state, &recorded).unwrap_or(row);
            state.apply(&recorded)?;
        }
        Ok((state, row))
    }

    fn with(state: &State, finished: Option<&Finished>, at: Timestamp) -> Self {
        let started = &state.started;
        let all = state.root.all();
        let payments = all.iter().flat_map(|at| &at.step.payments);
        let failure = finished.and_then(|finished| finished.failure.as_ref());
        Self {
            run: state.run,
            flow: started.flow.clone(),
            flow_digest: started.flow_digest.clone(),
            key: started.key.as_ref().map(Key::to_string),
            status: finished.map_or(RUNNING, |finished| finished.outcome.word()).to_owned(),
            exit_code: finished.map(|finished| finished.outcome.exit_code()),
            started_at: state.started_at,
            updated_at: at,
            base_url: started.base_url.clone(),
            batch: started.batch.clone(),
            inputs_digest: Some(state.inputs_digest().to_owned()),
            reference_id: payments.filter_map(|payment| payment.reference_id).next_back(),
            amount: per_currency(&state.root.moved),
            moved: may_have_moved(state),
            pruned_at: None,
            error: failure.map(|failure| {
                let failed = finished.is_some_and(|finished| finished.outcome == Outcome::Failed);
                fit_to_show(&with_open(&failure.message, state, failed), state)
            }),
        }
    }
}

/// One sum per currency, in the order they first came.
pub fn per_currency(all: &[Money]) -> Vec<Money> {
    let mut sums: Vec<Money> = Vec::new();
    for money in all {
        let sum = sums.iter_mut().find(|sum| sum.currency == money.currency);
        match sum.and_then(|sum| Some((sum.amount.plus(money.amount).ok()?, sum))) {
            Some((amount, sum)) => sum.amount = amount,
            // a sum with too many digits to be exact stays in parts
            None => sums.push(*money),
        }
    }
    sums
}

/// What went wrong, and which documents stand open after it: whoever pays again should know.
fn with_open(message: &str, state: &State, failed: bool) -> String {
    let left = if failed { left_open(state) } else { Vec::new() };
    let payable = left.iter().filter(|seen| seen.status.as_deref() == Some("ACTIVE"));
    payable.fold(message.to_owned(), |said, seen| format!("{said}; {} stands open", seen.name()))
}

fn fit_to_show(message: &str, state: &State) -> String {
    Pii::of(state, false).text(message)
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only these statuses; none given means all.
    pub statuses: Vec<String>,
    /// Only runs of this flow.
    pub flow: Option<String>,
    /// Only rows of this batch.
    pub batch: Option<String>,
    /// Only runs that started at or after this time.
    pub since: Option<Timestamp>,
    /// Only runs that started before this time.
    pub until: Option<Timestamp>,
    /// Only runs that nothing happened to since this time.
    pub unchanged_since: Option<Timestamp>,
    /// At most this many.
    pub limit: Option<u32>,
    /// In which order.
    pub order: Order,
    /// Only what comes after the run that started then, in that order: the next page.
    pub after: Option<(Timestamp, RunId)>,
}

/// The order of a list of runs, by when they started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    NewestFirst,
    /// What waited longest first.
    OldestFirst,
}

impl RunFilter {
    /// The filter of the page after `page`; `None` if that was the last one.
    pub fn next(mut self, page: &[RunRow]) -> Option<Self> {
        let full = self.limit.is_some_and(|limit| page.len() >= limit as usize);
        let last = page.last().filter(|_| full)?;
        self.after = Some((last.started_at, last.run));
        Some(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn payments_are_summed_per_currency() {
        let all: Vec<Money> =
            ["250.00 USD", "900 RWF", "0.50 USD"].map(|text| text.parse().unwrap()).to_vec();
        let sums: Vec<String> = per_currency(&all).iter().map(Money::to_string).collect();
        assert_eq!(sums, ["250.50 USD", "900 RWF"]);
    }
}
