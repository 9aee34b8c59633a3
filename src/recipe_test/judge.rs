//! Holds what happened against what a test expects.

use super::expect::{Expect, ExpectError};
use super::happened::Happened;
use super::mismatch::Mismatch;
use super::{judge_money, judge_wire};
use crate::base::value::{Map, Value};
use crate::expr::Scope;
use crate::run::history::Finished;
use crate::run::outcome::{Failure, Outcome};

/// Everything that is not as expected, in the order of the test file.
pub fn judge(expect: &Expect, happened: &Happened<'_>) -> Vec<Mismatch> {
    let Some(finished) = &happened.state.finished else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(status) = &expect.status
        && status.value != finished.outcome.word()
    {
        let got = finished.outcome.word();
        found.push(Mismatch::new("status", status.span, status.value, got));
    }
    if let Some(code) = &expect.exit_code
        && code.value != happened.exit_code
    {
        let (expected, got) = (code.value.to_string(), happened.exit_code.to_string());
        found.push(Mismatch::new("exit_code", code.span, expected, got));
    }
    let scope = scope(happened);
    outputs(expect, finished, &scope, &mut found);
    steps(expect, happened, &mut found);
    if let Some(error) = &expect.error {
        failure(error, finished.failure.as_ref(), &mut found);
    }
    // an output that could not be made: the run stands, but nobody expects that
    if let (Some(status), None, Outcome::Succeeded, Some(odd)) =
        (&expect.status, &expect.error, finished.outcome, &finished.failure)
    {
        found.push(Mismatch::new("outputs", status.span, "all of them", odd.message.clone()));
    }
    judge_wire::judge(expect, happened.requests, &mut found);
    if let Some(charges) = &expect.charges {
        judge_money::judge(charges, happened.moved, &mut found);
    }
    for condition in &expect.that {
        match condition.holds(&scope) {
            Ok(true) => {}
            Ok(false) => {
                let got = "it does not hold";
                found.push(Mismatch::new("that", condition.span(), condition.text(), got));
            }
            Err(error) => {
                let text = condition.text();
                found.push(Mismatch::new("that", condition.span(), text, error.message));
            }
        }
    }
    found.sort_by_key(|mismatch| mismatch.span.start);
    found
}

/// What templates see once a run ended or stopped.
pub fn scope(happened: &Happened<'_>) -> Scope {
    let finished = happened.state.finished.as_ref();
    let outputs = finished.map(|finished| finished.outputs.clone()).unwrap_or_default();
    let error = finished.and_then(|finished| finished.failure.as_ref());
    happened.state.root.scope.with_locals([
        ("before", happened.before.clone()),
        ("outputs", Value::Map(outputs)),
        ("error", error.map_or(Value::Null, told)),
    ])
}

fn told(failure: &Failure) -> Value {
    let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    let reference = failure.reference_id.map(|reference| reference.to_string());
    Value::Map(Map::from_iter([
        ("step".to_owned(), text(failure.step.clone())),
        ("kind".to_owned(), Value::text(failure.kind.word())),
        ("message".to_owned(), Value::text(failure.message.clone())),
        (
            "http_status".to_owned(),
            failure.http_status.map_or(Value::Null, |status| Value::int(status.into())),
        ),
        ("reference_id".to_owned(), text(reference)),
    ]))
}

fn outputs(expect: &Expect, finished: &Finished, scope: &Scope, found: &mut Vec<Mismatch>) {
    let Some(outputs) = &expect.outputs else { return };
    for (key, wanted) in &outputs.value {
        let what = format!("outputs.{}", key.name);
        wanted.compare(&what, finished.outputs.get(&key.name), scope, found);
    }
    let named = |name: &String| outputs.value.iter().any(|(key, _)| key.name == *name);
    for (name, value) in finished.outputs.iter().filter(|(name, _)| !named(name)) {
        let got = super::wanted::shown(Some(value));
        found.push(Mismatch::new(format!("outputs.{name}"), outputs.span, "nothing", got));
    }
}

fn steps(expect: &Expect, happened: &Happened<'_>, found: &mut Vec<Mismatch>) {
    for (key, status) in &expect.steps {
        let got = happened.state.root.find(&key.name);
        let got = got.map_or("pending", |at| at.step.status.word());
        if got != status.value {
            let what = format!("steps.{}", key.name);
            found.push(Mismatch::new(what, status.span, status.value, got));
        }
    }
}

fn failure(expect: &ExpectError, got: Option<&Failure>, found: &mut Vec<Mismatch>) {
    let Some(got) = got else {
        found.push(Mismatch::new("error", expect.span, "an error", "none"));
        return;
    };
    let nothing = || "nothing".to_owned();
    if let Some(step) = &expect.step
        && got.step.as_ref() != Some(&step.value)
    {
        let other = got.step.clone().unwrap_or_else(nothing);
        found.push(Mismatch::new("error.step", step.span, &step.value, other));
    }
    if let Some(kind) = &expect.kind
        && got.kind.word() != kind.value
    {
        found.push(Mismatch::new("error.kind", kind.span, kind.value, got.kind.word()));
    }
    if let Some(words) = &expect.message
        && !got.message.contains(&words.value)
        && !got.detail.iter().any(|line| line.contains(&words.value))
    {
        let expected = format!("words with `{}`", words.value);
        found.push(Mismatch::new("error.message", words.span, expected, &got.message));
    }
    if let Some(status) = &expect.http_status
        && got.http_status.map(u64::from) != Some(status.value)
    {
        let other = got.http_status.map_or_else(nothing, |status| status.to_string());
        let expected = status.value.to_string();
        found.push(Mismatch::new("error.http_status", status.span, expected, other));
    }
}
