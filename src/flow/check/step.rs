//! Checks one step of a flow.

use std::collections::BTreeSet;

use super::checker::Checker;
use super::symbols::Place;
use crate::base::nearest::suggest;
use crate::base::node::Data;
use crate::base::value::{Map, Value};
use crate::expr::ty::Ty;
use crate::expr::{Condition, Part};
use crate::flow::ast::FlowStep;
use crate::flow::plan::{Foreach, Kind, PlanStep, Uses};
use crate::steps::step::{Class, Params};

/// One step to check, and where it stands.
pub(crate) struct StepCheck<'a> {
    pub step: &'a FlowStep,
    pub id: String,
    pub uses: Option<Uses>,
    /// Its place among all steps.
    pub at: usize,
    /// The place of the first step of its section.
    pub first: usize,
    /// Whether it stands in `on_failure` or `finally`.
    pub late: bool,
    /// Whether the flow is a graph.
    pub graph: bool,
}

/// What came of it.
pub(crate) enum CheckedStep {
    Fine(Box<PlanStep>),
    /// The problems are noted.
    Wrong,
}

impl StepCheck<'_> {
    pub fn run(self, checker: &mut Checker<'_>) -> CheckedStep {
        let step = self.step;
        let outside = Place { before: self.at, late: self.late, ..Place::default() };
        let cond = step.cond.as_ref().map(|node| checker.condition(node, &outside, None));
        let cond_ref = cond.as_ref().and_then(Option::as_ref);
        let money = match &self.uses {
            Some(Uses::Kind(kind)) => self.class(checker, *kind) == Class::Money,
            Some(Uses::Flow { plan, .. }) => plan.moves_money,
            None => false,
        };
        let foreach =
            step.foreach.as_ref().map(|_| self.foreach(checker, &outside, cond_ref, money));
        let item = step.foreach.as_ref().map(|foreach| {
            let name = foreach.item.as_ref().map_or("item", |item| item.value.as_str());
            let list = foreach_ty(checker, &foreach.list, &outside);
            (name, list)
        });
        let inside = Place { item, ..outside.clone() };
        let with = self.with(checker, &inside, cond_ref);
        let reply = Place { reply: Some(self.at), ..inside.clone() };
        let expect: Vec<_> =
            step.expect.iter().map(|node| checker.condition(node, &reply, cond_ref)).collect();
        self.rules(checker, money);
        let needs = self.needs(checker);
        let whole = || {
            let cond = match cond {
                Some(None) => return None,
                Some(some) => some,
                None => None,
            };
            let foreach = match foreach {
                Some(None) => return None,
                Some(some) => some,
                None => None,
            };
            Some(PlanStep {
                id: self.id,
                uses: self.uses?,
                name: step.name.clone(),
                with: with?,
                cond,
                foreach,
                needs,
                timeout_ms: step.timeout_ms,
                retry: step.retry.as_ref().map(|retry| retry.value),
                expect: expect.into_iter().collect::<Option<_>>()?,
                continue_on_error: step.continue_on_error,
                span: checker.source.first_line(step.span),
            })
        };
        match whole() {
            Some(mut plan) => {
                if self.graph {
                    let before = &checker.visible.steps[self.first..self.at];
                    let before: Vec<&str> = before.iter().map(|step| step.id.as_str()).collect();
                    add_references(&mut plan, &before);
                }
                CheckedStep::Fine(Box::new(plan))
            }
            None => CheckedStep::Wrong,
        }
    }

    /// What a lost answer means, as far as the literal parameters say.
    fn class(&self, checker: &mut Checker<'_>, kind: Kind) -> Class {
        let mut literal = Map::new();
        for (key, node) in &self.step.with {
            let plain = node.as_text().is_none_or(|text| !text.contains("{{"));
            if plain {
                literal.insert(key.name.clone(), node.value());
            } else if key.name == "class" {
                let message = "the class of a request must be written out";
                checker.error("class", node.span, message).help = Some(
                    "what may be done after a lost answer can't depend on a template".to_owned(),
                );
            }
        }
        kind.class(&Params(literal))
    }

    /// What moving money forbids, and what running another flow does.
    fn rules(&self, checker: &mut Checker<'_>, money: bool) {
        let step = self.step;
        let uses = &step.uses.value;
        let flow = matches!(self.uses, Some(Uses::Flow { .. }));
        match &step.retry {
            Some(retry) if flow => {
                let message = "`retry` is refused: a sub-flow never runs again as a whole";
                checker.error("retry-on-subflow", retry.span, message).help = Some(
                    "write it at the steps of the sub-flow, or into its `defaults`".to_owned(),
                );
            }
            Some(retry) if money => {
                let message = format!("`retry` is refused: `{uses}` moves money");
                checker.error("retry-on-money", retry.span, message).help = Some(
                    "a lost answer is settled by asking for its reference, and a second payment is never \
                     started on a guess"
                        .to_owned(),
                );
            }
            Some(_) | None => {}
        }
        let keyless = step.foreach.as_ref().filter(|foreach| foreach.key.is_none());
        if let Some(foreach) = keyless.filter(|_| money) {
            let message = format!("`foreach` on `{uses}` needs a `key`, because it moves money");
            checker.error("key-needed", foreach.list.span, message).help = Some(
                "the key tells which turns were paid when the list changes: key: \"{{ item.id }}\""
                    .to_owned(),
            );
        }
    }

    fn foreach(
        &self,
        checker: &mut Checker<'_>,
        place: &Place<'_>,
        cond: Option<&Condition>,
        money: bool,
    ) -> Option<Foreach> {
        let foreach = self.step.foreach.as_ref()?;
        let name = foreach.item.as_ref().map_or("item", |item| item.value.as_str());
        if let Some(item) = &foreach.item
            && ["inputs", "secrets", "steps", "run", "loop", "response", "outputs"].contains(&name)
        {
            let message = format!("an item can't be called `{name}`: that name is taken");
            checker.error("bad-name", item.span, message);
        }
        let list = checker.template(&foreach.list, place, cond);
        let is_list = matches!(foreach.list.data, Data::List(_) | Data::Text { .. });
        let fine = list.as_ref().is_none_or(|list| match list.part() {
            Part::Literal(value) => matches!(value, Value::List(_)),
            Part::Text => false,
            Part::Native => {
                let ty = |path: &[String]| checker.visible.ty(path, place);
                list.ty(&ty).is_none_or(|ty| Ty::List(&Ty::Any).fits(&ty))
            }
            Part::List(_) => true,
            Part::Map(_) => false,
        });
        if !fine || !is_list {
            checker.error("type", foreach.list.span, "`foreach` needs a list").help =
                Some("such as foreach: \"{{ inputs.items }}\"".to_owned());
        }
        let inside = Place { item: Some((name, Ty::Any)), ..place.clone() };
        let key = foreach.key.as_ref().map(|key| checker.template(key, &inside, cond));
        if let Some(Some(key)) = &key
            && key.literal().is_some()
            && money
        {
            let message = "the key is the same at every turn";
            checker.error("key-needed", key.span(), message).help =
                Some("take it from the item: key: \"{{ item.id }}\"".to_owned());
        }
        let key = match key {
            Some(None) => return None,
            Some(some) => some,
            None => None,
        };
        Some(Foreach { list: list?, item: name.to_owned(), key })
    }

    fn needs(&self, checker: &mut Checker<'_>) -> Vec<String> {
        let mut needs = Vec::new();
        for need in &self.step.needs {
            let steps = &checker.visible.steps;
            let before: Vec<String> =
                steps[self.first..self.at].iter().map(|step| step.id.clone()).collect();
            if before.contains(&need.value) {
                needs.push(need.value.clone());
                continue;
            }
            let below = steps.iter().skip(self.at).any(|step| step.id == need.value);
            let (message, help) = if below {
                let message = format!("the step `{}` stands below this one", need.value);
                (message, Some("steps are written in an order in which they could run".to_owned()))
            } else {
                let message = format!("there is no step `{}` before this one", need.value);
                (message, suggest(&need.value, before.iter().map(String::as_str)))
            };
            checker.error("unknown-step", need.span, message).help = help;
        }
        needs
    }

    /// The kind, for those who check parameters.
    pub fn kind(&self) -> Option<Kind> {
        match &self.uses {
            Some(Uses::Kind(kind)) => Some(*kind),
            _ => None,
        }
    }
}

fn foreach_ty(checker: &Checker<'_>, node: &crate::base::node::Node, place: &Place<'_>) -> Ty {
    let ty = |path: &[String]| checker.visible.ty(path, place);
    let list = crate::expr::Template::new(node, checker.source).ok().and_then(|t| t.ty(&ty));
    match list {
        Some(Ty::List(item)) => *item,
        _ => Ty::Any,
    }
}

/// In a graph, a step of the same section that is read is a step that is needed.
fn add_references(plan: &mut PlanStep, before: &[&str]) {
    let mut read: BTreeSet<String> = BTreeSet::new();
    let mut note = |path: &[String]| {
        if let [root, id, ..] = path
            && root == "steps"
        {
            read.insert(id.clone());
        }
    };
    let templates =
        plan.with.iter().map(|(_, template)| template).chain(
            plan.foreach.iter().flat_map(|each| std::iter::once(&each.list).chain(&each.key)),
        );
    for template in templates {
        template.references().iter().for_each(|reference| note(&reference.path));
    }
    for condition in plan.cond.iter().chain(&plan.expect) {
        condition.references().iter().for_each(|reference| note(&reference.path));
    }
    read.retain(|id| before.contains(&id.as_str()) && !plan.needs.contains(id));
    plan.needs.extend(read);
}
