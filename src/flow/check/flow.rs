//! Checks a flow as a whole: from its text to a plan.

use super::checker::is_path;
use super::step::{CheckedStep, StepCheck};
use super::symbols::{KnownStep, Outputs, Place};
use crate::base::nearest::suggest;
use crate::base::span::Span;
use crate::expr::ty::Ty;
use crate::expr::{Mismatch, Template};
use crate::flow::amounts::{odd_amounts, taken_for_granted};
use crate::flow::ast::FlowStep;
use crate::flow::digest::digest;
use crate::flow::inputs::parse::locate;
use crate::flow::plan::{Kind, PlanStep, Uses};
use crate::flow::text::reader::identifier;
use crate::steps;

use std::collections::BTreeSet;

use super::checker::Checker;
use super::subflows::{Nest, Subflows};
use super::symbols::Visible;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::span::Source;
use crate::flow::ast::Flow;
use crate::flow::parse::parse;
use crate::flow::plan::Plan;

/// A plan and its warnings, or everything that is wrong.
pub type Checked = Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>>;

/// Checks a flow. All problems at once.
pub fn check(source: &Source, subflows: &dyn Subflows) -> Checked {
    check_nested(source, &mut Nest::new(subflows))
}

/// Plans a flow that was checked when a run of it began, as it was kept with the run. Rules that were made since
/// are for new runs: what they refuse is no reason not to read this one, as long as every step of it is there.
pub fn check_kept(source: &Source, subflows: &dyn Subflows) -> Checked {
    check_nested(source, &mut Nest::new(subflows).kept())
}

pub(crate) fn check_nested(source: &Source, nest: &mut Nest<'_>) -> Checked {
    let (flow, problems) = parse(source);
    let Some(flow) = flow else { return Err(problems) };
    let mut checker = Checker {
        source,
        flow: &flow,
        visible: Visible {
            inputs: &flow.inputs,
            secrets: flow.secrets.iter().map(|(key, _)| key.name.as_str()).collect(),
            steps: Vec::new(),
        },
        // a default that is no longer accepted takes no step away: a run has values of its own
        whole: problems.iter().all(|p| p.severity != Severity::Error || p.code == "type"),
        problems,
        used: BTreeSet::new(),
    };
    let plan = checker.plan(nest);
    if let Some(plan) = &plan {
        checker.amounts(plan);
    }
    let stands = nest.is_kept() && checker.whole;
    let mut problems = checker.problems;
    // sub-flows first, as they were read; then what is wrong here, in the order of the text
    problems.sort_by_key(|problem| {
        let own = problem.source.name() == source.name();
        (own, if own { problem.span.start } else { 0 })
    });
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    match plan {
        Some(plan) if !failed || stands => Ok((plan, problems)),
        _ => Err(problems),
    }
}

/// Whether every step of the flow is in the plan.
pub(crate) fn whole(flow: &Flow, plan: &Plan) -> bool {
    let written = [&flow.steps, &flow.on_failure, &flow.finally].map(Vec::len);
    written == [&plan.steps, &plan.on_failure, &plan.finally].map(Vec::len)
}

/// A step with what it runs and what it is called.
struct Named<'a> {
    step: &'a FlowStep,
    uses: Option<Uses>,
    id: String,
}

impl Checker<'_> {
    pub(crate) fn plan(&mut self, nest: &mut Nest<'_>) -> Option<Plan> {
        let flow = self.flow;
        let sections = [&flow.steps, &flow.on_failure, &flow.finally];
        let named: Vec<Vec<Named<'_>>> = sections
            .into_iter()
            .map(|steps| steps.iter().map(|step| self.name(step, nest)).collect())
            .collect();
        self.unique_ids(&named);
        for (section, steps) in named.iter().enumerate() {
            for named in steps {
                let known = self.known(named, section == 0);
                self.visible.steps.push(known);
            }
        }
        let graph = sections.iter().any(|steps| steps.iter().any(|step| !step.needs.is_empty()));
        let mut at = 0;
        let mut planned: Vec<Vec<PlanStep>> = Vec::new();
        for (section, steps) in named.into_iter().enumerate() {
            let first = at;
            let mut done = Vec::new();
            for named in steps {
                let check = StepCheck {
                    step: named.step,
                    id: named.id,
                    uses: named.uses,
                    at,
                    first,
                    late: section > 0,
                    graph,
                };
                match check.run(self) {
                    CheckedStep::Fine(step) => done.push(*step),
                    CheckedStep::Wrong => self.whole = false,
                }
                at += 1;
            }
            planned.push(done);
        }
        let outputs = self.outputs();
        self.unused();
        let mut planned = planned.into_iter();
        let mut next = || planned.next().unwrap_or_default();
        let (steps, on_failure, finally) = (next(), next(), next());
        let all = || steps.iter().chain(&on_failure).chain(&finally);
        let size = all().map(PlanStep::size).fold(0, usize::saturating_add);
        let last = flow.steps.iter().chain(&flow.on_failure).chain(&flow.finally).last();
        if !self.bounded(size, last.map_or_else(Span::default, |step| step.uses.span)) {
            return None;
        }
        let digest = digest(self.source, [&steps, &on_failure, &finally]);
        let moves_money = all().any(PlanStep::moves_money);
        let names_credentials = all().any(PlanStep::names_credentials);
        let depth = 1 + all().map(PlanStep::depth).max().unwrap_or(0);
        let output_types = outputs.iter().map(|(name, _, ty)| (name.clone(), *ty)).collect();
        let outputs = outputs.into_iter().map(|(name, template, _)| (name, template)).collect();
        Some(Plan {
            name: flow.name.clone()?.value,
            description: flow.description.clone(),
            source: self.source.clone(),
            digest,
            inputs: flow.inputs.clone(),
            secrets: flow.secrets.iter().map(|(key, of)| (key.name.clone(), of.clone())).collect(),
            defaults: flow.defaults.clone(),
            limits: flow.limits.clone(),
            steps,
            on_failure,
            finally,
            outputs,
            output_types,
            moves_money,
            names_credentials,
            size,
            depth,
            graph,
        })
    }

    fn name<'s>(&mut self, step: &'s FlowStep, nest: &mut Nest<'_>) -> Named<'s> {
        let uses = self.uses(step, nest);
        let id = match &step.id {
            Some(id) => id.value.clone(),
            None => default_id(&step.uses.value),
        };
        Named { step, uses, id }
    }

    fn uses(&mut self, step: &FlowStep, nest: &mut Nest<'_>) -> Option<Uses> {
        let name = &step.uses.value;
        if is_path(name) {
            let plan = self.subflow(name, step.uses.span, nest)?;
            return Some(Uses::Flow { path: name.clone(), plan });
        }
        if let Some(kind) = steps::kind(name) {
            return Some(Uses::Kind(Kind(kind)));
        }
        let names = steps::KINDS.iter().map(|kind| kind.name());
        let message = format!("there is no step kind `{name}`");
        self.error("unknown-kind", step.uses.span, message).help = suggest(name, names);
        None
    }

    fn unique_ids(&mut self, named: &[Vec<Named<'_>>]) {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for Named { step, id, .. } in named.iter().flatten() {
            let span = step.id.as_ref().map_or(step.uses.span, |id| id.span);
            match seen.iter().find(|(other, _)| other == id) {
                Some((_, first)) => {
                    let (line, _) = self.source.line_col(first.start);
                    let problem =
                        self.error("duplicate-id", span, format!("two steps have the id `{id}`"));
                    problem.label = Some(format!("first in line {line}"));
                    problem.help = Some(format!("give this one an id of its own: `id: {id}_2`"));
                }
                None => seen.push((id, span)),
            }
        }
    }

    fn known(&self, named: &Named<'_>, main: bool) -> KnownStep {
        let outputs = match &named.uses {
            Some(Uses::Kind(kind)) => {
                Outputs::Fields { fields: kind.outputs(), open: kind.open_outputs() }
            }
            Some(Uses::Flow { plan, .. }) => Outputs::Flow(plan.output_types.clone()),
            None => Outputs::Unknown,
        };
        KnownStep {
            id: named.id.clone(),
            outputs,
            each: named.step.foreach.is_some(),
            cond: named.step.cond.as_ref().and_then(|node| node.as_text()).map(bare),
            main,
        }
    }

    /// What the flow yields, with the types that are known.
    fn outputs(&mut self) -> Vec<(String, Template, Ty)> {
        let flow = self.flow;
        let place = Place { before: self.visible.steps.len(), ..Place::default() };
        let mut outputs = Vec::new();
        for (key, node) in &flow.outputs {
            match self.template(node, &place, None) {
                Some(template) => {
                    let ty = template.ty(&|path: &[String]| self.visible.ty(path, &place));
                    outputs.push((key.name.clone(), template, ty.unwrap_or(Ty::Any)));
                }
                None => self.whole = false,
            }
        }
        outputs
    }

    /// Amounts that are known already, and that their currencies can't have.
    pub(crate) fn amounts(&mut self, plan: &Plan) {
        let flow = self.flow;
        if !whole(flow, plan) {
            return;
        }
        let written: Vec<&FlowStep> =
            flow.steps.iter().chain(&flow.on_failure).chain(&flow.finally).collect();
        for odd in odd_amounts(plan, &taken_for_granted(&flow.inputs)) {
            let place = written.get(odd.step).and_then(|step| {
                let (name, rest) = odd.odd.path.split_at(odd.odd.path.find(['.', '['])?);
                let (_, node) = step.with.iter().find(|(key, _)| key.name == name)?;
                Some(locate(node, &Mismatch::new("").inside(rest.trim_start_matches('.'))))
            });
            self.problems.push(odd.diagnostic(plan, place.unwrap_or(odd.span)));
        }
    }

    /// Warns of what nothing reads; not beside errors, where what reads it may not have been understood.
    fn unused(&mut self) {
        if self.problems.iter().any(|problem| problem.severity == Severity::Error) {
            return;
        }
        let flow = self.flow;
        let inputs = flow.inputs.iter().map(|input| ("inputs", "input", &input.name, input.span));
        let secrets =
            flow.secrets.iter().map(|(key, _)| ("secrets", "secret", &key.name, key.span));
        for (root, word, name, span) in inputs.chain(secrets) {
            if !self.used.contains(root) && !self.used.contains(&format!("{root}.{name}")) {
                let message = format!("nothing reads the {word} `{name}`");
                let help = format!("use it as `{{{{ {root}.{name} }}}}`, or take it out");
                self.warn("unused", span, message, &help);
            }
        }
    }
}

fn default_id(uses: &str) -> String {
    if !is_path(uses) {
        return uses.to_owned();
    }
    let file = uses.rsplit('/').next().unwrap_or(uses);
    identifier(file.split('.').next().unwrap_or(file))
}

fn bare(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inner.unwrap_or(text).trim().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_that_was_kept_is_read_under_rules_that_came_after_it() {
        let flow = |step: &str| {
            let text = format!("version: 1\nname: old\nsteps:\n  - {step}\n");
            Source::new("old.yaml", text)
        };
        // what is refused today may have been taken when the run began
        let old = flow("uses: detect\n    with: { phone: \"07\", operation_type: COLLECTION }");
        assert!(check(&old, &()).is_err());
        let (plan, problems) = check_kept(&old, &()).unwrap();
        assert_eq!((plan.steps.len(), problems.len()), (1, 1));
        // a step that is not understood at all would be missing
        assert!(check_kept(&flow("uses: teleport"), &()).is_err());
    }
}
