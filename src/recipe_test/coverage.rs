//! Which steps of a recipe, and which ways through them, its tests took.

use crate::flow::plan::{Plan, PlanStep};
use crate::run::outcome::StepStatus;
use crate::run::state::State;
use crate::run::step_state::StepState;

/// What was taken of a recipe, step by step. Those of several tests add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coverage {
    /// The steps, in the order of the plan.
    pub steps: Vec<StepCoverage>,
}

/// What was taken of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepCoverage {
    /// The step.
    pub id: String,
    /// The line it begins in.
    pub line: usize,
    /// Whether it ran.
    pub ran: bool,
    /// The ways that lead through it, and whether each was taken.
    pub branches: Vec<Branch>,
}

/// A way through a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// What is said of it when it was not taken: "`if …` always held".
    pub missing: String,
    /// Whether it was taken.
    pub taken: bool,
}

impl Coverage {
    /// Nothing of a recipe.
    pub fn none(plan: &Plan) -> Self {
        Self { steps: plan.all().map(|step| StepCoverage::none(plan, step)).collect() }
    }

    /// What one run took.
    pub fn of(state: &State) -> Self {
        let mut coverage = Self::none(&state.plan);
        for ((covered, plan), step) in
            coverage.steps.iter_mut().zip(state.plan.all()).zip(&state.root.steps)
        {
            covered.take(plan, step);
        }
        coverage
    }

    /// Both together.
    pub fn join(&mut self, other: &Self) {
        for (one, other) in self.steps.iter_mut().zip(&other.steps) {
            one.ran |= other.ran;
            for (one, other) in one.branches.iter_mut().zip(&other.branches) {
                one.taken |= other.taken;
            }
        }
    }

    /// How many steps ran, and how many there are.
    pub fn ran(&self) -> (usize, usize) {
        (self.steps.iter().filter(|step| step.ran).count(), self.steps.len())
    }

    /// How many branches were taken, and how many there are.
    pub fn branches(&self) -> (usize, usize) {
        let all = || self.steps.iter().flat_map(|step| &step.branches);
        (all().filter(|branch| branch.taken).count(), all().count())
    }

    /// What was not taken: the line, and words for it.
    pub fn missing(&self) -> Vec<(usize, String)> {
        let mut missing = Vec::new();
        for step in &self.steps {
            if !step.ran {
                missing.push((step.line, format!("step `{}` never ran", step.id)));
                continue;
            }
            let open = step.branches.iter().filter(|branch| !branch.taken);
            missing.extend(
                open.map(|branch| (step.line, format!("step `{}`: {}", step.id, branch.missing))),
            );
        }
        missing
    }
}

impl StepCoverage {
    fn none(plan: &Plan, step: &PlanStep) -> Self {
        let branch = |missing: String| Branch { missing, taken: false };
        let mut branches = Vec::new();
        if let Some(cond) = &step.cond {
            branches.push(branch(format!("`if: {}` never held", cond.text())));
            branches.push(branch(format!("`if: {}` always held", cond.text())));
        }
        if asks(step) {
            branches.push(branch("nobody said yes".to_owned()));
            branches.push(branch("nobody said no".to_owned()));
        }
        let (line, _) = plan.source.line_col(step.span.start);
        Self { id: step.id.clone(), line, ran: false, branches }
    }

    fn take(&mut self, plan: &PlanStep, step: &StepState) {
        let ran = !matches!(step.status, StepStatus::Pending | StepStatus::Skipped);
        self.ran = ran;
        let mut taken = Vec::new();
        if plan.cond.is_some() {
            taken.extend([ran, step.status == StepStatus::Skipped]);
        }
        if asks(plan) {
            let answer = step.answer.as_ref().map(|answer| answer.approved);
            taken.extend([answer == Some(true), answer == Some(false)]);
        }
        for (branch, taken) in self.branches.iter_mut().zip(taken) {
            branch.taken = taken;
        }
    }
}

fn asks(step: &PlanStep) -> bool {
    step.kind().is_some_and(|kind| kind.name() == "approve")
}
