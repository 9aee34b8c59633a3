//! Amounts that their currency can't have, found before anything is sent: from the inputs of a run, or from what a flow takes
//! where it is given nothing. What depends on an answer is looked at when it is about to be sent.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::inputs::declared::Input;
use super::plan::{Plan, PlanStep, Uses};
use crate::base::diagnostic::Diagnostic;
use crate::base::ids::RunId;
use crate::base::money::Currency;
use crate::base::span::Span;
use crate::base::value::{Map, Value};
use crate::expr::{RunFacts, Scope, Template};
use crate::steps::decimals::{Odd, odd};

/// An amount of a step that its currency can't have.
#[derive(Debug, Clone)]
pub struct OddAmount {
    /// The step's place among all steps of the flow.
    pub step: usize,
    /// The step's name, with its path.
    pub name: String,
    /// The amount.
    pub odd: Odd,
    /// Where the parameter stands that holds it.
    pub span: Span,
    /// The input of the flow that it comes from.
    pub input: Option<String>,
}

impl OddAmount {
    /// What is wrong, as a problem of the flow.
    pub fn diagnostic(&self, plan: &Plan, span: Span) -> Diagnostic {
        let message = match self.name.contains('/') {
            true => format!("in `{}`: {}", self.name, self.odd.message()),
            false => self.odd.message(),
        };
        Diagnostic::error("decimals", &plan.source, span, message).help(self.odd.help())
    }
}

/// The amounts that these inputs would bring about. What is not among them is not known.
pub fn odd_amounts(plan: &Plan, inputs: &Map) -> Vec<OddAmount> {
    let mut found = Vec::new();
    look(plan, inputs, "", &mut found);
    found
}

/// The inputs that a flow takes where it is given nothing.
pub(super) fn taken_for_granted(inputs: &[Input]) -> Map {
    let known = inputs.iter().filter_map(|input| {
        let value = input.default.clone().or_else(|| input.example.clone());
        let value = value.or_else(|| (!input.required).then_some(Value::Null))?;
        Some((input.name.clone(), value))
    });
    known.collect()
}

fn look(plan: &Plan, inputs: &Map, path: &str, found: &mut Vec<OddAmount>) {
    let run = RunFacts {
        id: RunId(Uuid::nil()),
        key: None,
        flow: plan.name.clone(),
        started_at: Timestamp::UNIX_EPOCH,
    };
    let scope = Scope::new(inputs.clone(), Default::default(), run);
    let mut documents: HashMap<&str, Currency> = HashMap::new();
    for (at, step) in plan.all().enumerate() {
        // what may be skipped is looked at when it is not
        if step.cond.as_ref().is_some_and(|cond| cond.holds(&scope) != Ok(true)) {
            continue;
        }
        for scope in turns(step, &scope) {
            let given = given(step, &scope);
            if let Some(currency) = currency(&given) {
                documents.insert(&step.id, currency);
            }
            let name = format!("{path}{}", step.id);
            match &step.uses {
                Uses::Kind(_) => {
                    let around = document(step).and_then(|id| documents.get(id)).copied();
                    let odd = odd(&given, around).into_iter();
                    found.extend(odd.map(|odd| placed(step, at, name.clone(), odd)));
                }
                Uses::Flow { plan: inner, .. } => {
                    let mut inside = Vec::new();
                    look(
                        inner,
                        &inner_inputs(step, inner, given),
                        &format!("{name}/"),
                        &mut inside,
                    );
                    let here = |odd: OddAmount| OddAmount {
                        step: at,
                        span: step.span,
                        input: None,
                        ..odd
                    };
                    found.extend(inside.into_iter().map(here));
                }
            }
        }
    }
}

/// The scopes of a step: one, or one per item where the items are known.
fn turns(step: &PlanStep, scope: &Scope) -> Vec<Scope> {
    let Some(foreach) = &step.foreach else { return vec![scope.clone()] };
    let Ok(Value::List(items)) = foreach.list.eval(scope) else { return Vec::new() };
    let length = items.len();
    let turn = |(at, item)| scope.with_item(&foreach.item, item, at, length);
    items.into_iter().enumerate().map(turn).collect()
}

/// The parameters that are known.
fn given(step: &PlanStep, scope: &Scope) -> Map {
    let known = step
        .with
        .iter()
        .filter_map(|(name, template)| Some((name.clone(), template.eval(scope).ok()?)));
    known.collect()
}

fn currency(given: &Map) -> Option<Currency> {
    given.get("currency")?.as_str()?.parse().ok()
}

/// The step that made the document whose lines these are.
fn document(step: &PlanStep) -> Option<&str> {
    let names = ["invoice_id", "order_id"];
    let (_, template) = step.with.iter().find(|(name, _)| names.contains(&name.as_str()))?;
    let path = &template.references().first()?.path;
    match path.as_slice() {
        [root, id, ..] if root == "steps" => Some(id),
        _ => None,
    }
}

fn inner_inputs(step: &PlanStep, inner: &Plan, given: Map) -> Map {
    let mut inputs = taken_for_granted(&inner.inputs);
    for (name, _) in &step.with {
        // handed over, and not known yet
        inputs.shift_remove(name);
    }
    for input in &inner.inputs {
        let value = given.get(&input.name).filter(|value| **value != Value::Null);
        if let Some(value) = value.and_then(|value| input.accept(value.clone()).ok()) {
            inputs.insert(input.name.clone(), value);
        }
    }
    inputs
}

fn placed(step: &PlanStep, at: usize, name: String, odd: Odd) -> OddAmount {
    let param = odd.path.split(['.', '[']).next().unwrap_or_default();
    let template = step.with.iter().find(|(name, _)| name == param).map(|(_, template)| template);
    let input = template.and_then(input_of);
    let list = || step.foreach.as_ref().and_then(|foreach| input_of(&foreach.list));
    let span = template.map_or(step.span, Template::span);
    OddAmount { step: at, name, odd, span, input: input.or_else(list) }
}

fn input_of(template: &Template) -> Option<String> {
    template.references().into_iter().find_map(|reference| match reference.path.as_slice() {
        [root, name, ..] if root == "inputs" => Some(name.clone()),
        _ => None,
    })
}
