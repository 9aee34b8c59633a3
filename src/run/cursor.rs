//! Where a decision is made: a flow under way, and the steps above that it stands in.

use jiff::{SignedDuration, Timestamp};

use super::action::Credentials;
use super::frame::Frame;
use super::state::State;
use crate::base::span::Span;
use crate::base::value::Value;
use crate::flow::plan::PlanStep;
use crate::steps::step::{Params, Progress};

/// A flow under way, seen from within.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    /// The run.
    pub state: &'a State,
    /// The flow.
    pub frame: &'a Frame,
    /// The step that uses it, in the flow above; none for the run's own flow.
    above: Option<(&'a Here<'a>, usize)>,
}

impl<'a> Here<'a> {
    pub fn root(state: &'a State) -> Self {
        Self { state, frame: &state.root, above: None }
    }

    /// Whether this is the run's own flow.
    pub fn is_root(&self) -> bool {
        self.above.is_none()
    }

    /// Inside the flow that one of its steps uses.
    pub fn inside(&'a self, index: usize, frame: &'a Frame) -> Self {
        Self { state: self.state, frame, above: Some((self, index)) }
    }

    /// This flow, then those above it.
    pub fn chain(&self) -> impl Iterator<Item = Here<'a>> {
        std::iter::successors(Some(*self), |here| here.above.map(|(above, _)| *above))
    }

    /// A step's name in the run.
    pub fn name_of(&self, plan: &PlanStep) -> String {
        self.frame.name_of(plan)
    }

    /// When the time of a step above is up, if it has a limit.
    pub fn deadline(&self) -> Option<Timestamp> {
        let limits = self.chain().filter_map(|here| {
            let (above, index) = here.above?;
            let limit = above.frame.plan.step(index)?.timeout_ms?;
            Some(later(above.frame.steps.get(index)?.since?, limit))
        });
        limits.min()
    }

    /// When the last of what came before a step ended, here or above.
    pub fn before(&self, plan: &PlanStep) -> Option<Timestamp> {
        let needed = |id: &str| plan.needs.is_empty() || plan.needs.iter().any(|need| need == id);
        let steps = self.frame.plan.all().zip(&self.frame.steps);
        let ended = steps.filter(|(other, _)| needed(&other.id)).filter_map(|(_, s)| s.ended_at);
        ended.max().or_else(|| {
            let (above, index) = self.above?;
            above.before(above.frame.plan.step(index)?)
        })
    }

    /// Where something stands, for people.
    pub fn place(&self, span: Span) -> String {
        let source = &self.frame.plan.source;
        let (line, column) = source.line_col(span.start);
        format!(" ({}:{line}:{column})", source.name())
    }

    /// Calls `look` with what a step's kind may know of the run.
    pub fn with_progress<T>(
        &self,
        index: usize,
        look: impl FnOnce(&Progress<'_>) -> T,
    ) -> Option<T> {
        let step = self.frame.steps.get(index)?;
        let plan = self.frame.plan.step(index)?;
        let item = self.frame.item(index);
        Some(look(&Progress {
            done: &step.done,
            mark: &self.frame.mark_of(index, plan),
            reference_id: self.frame.reference_id(plan, item.as_ref()),
            intended_at: step.exchange.intended_at,
            asked: step.asked,
            began_at: step.began_at.unwrap_or(self.state.now),
            began_on: step.began_on.unwrap_or_else(|| self.state.clocks.date()),
            answer: step.answer.as_ref(),
            known: self.state,
        }))
    }

    /// The credentials that a `token` step names: of this flow, else of one above, the flows in each included.
    pub fn credentials(&self) -> Option<Credentials> {
        if !self.state.plan.names_credentials {
            return None;
        }
        self.chain().find_map(|here| named(here.frame))
    }
}

fn named(frame: &Frame) -> Option<Credentials> {
    let own = frame.plan.all().enumerate().find_map(|(index, step)| {
        step.kind().filter(|kind| kind.name() == "token")?;
        credentials(&frame.peek(index)?)
    });
    own.or_else(|| frame.steps.iter().flat_map(|step| step.frames()).find_map(named))
}

/// The credentials among a `token` step's parameters.
pub(crate) fn credentials(params: &Params) -> Option<Credentials> {
    match (params.get("client_id")?, params.get("client_secret")?) {
        (Value::Secret(client_id), Value::Secret(client_secret)) => {
            Some(Credentials { client_id: client_id.clone(), client_secret: client_secret.clone() })
        }
        _ => None,
    }
}

/// So many milliseconds later.
pub(crate) fn later(at: Timestamp, ms: u64) -> Timestamp {
    let ms = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    at.saturating_add(ms).unwrap_or(Timestamp::MAX)
}

impl State {
    /// The credentials that a step of the flow names, if one does.
    pub fn credentials(&self) -> Option<Credentials> {
        Here::root(self).credentials()
    }

    /// Calls `look` with what a step's kind may know of the run.
    pub fn with_progress<T>(
        &self,
        index: usize,
        look: impl FnOnce(&Progress<'_>) -> T,
    ) -> Option<T> {
        Here::root(self).with_progress(index, look)
    }
}
