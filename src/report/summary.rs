//! The closing words of a run: how it ended, what that means for the money, what to do next.

use std::io::{self, Write};

use super::aside::Aside;
use super::money::movements;
use super::paint::{self, Paint, lasting, outcome_mark};
use crate::base::value::Value;
use crate::run::documents::left_open;
use crate::run::outcome::Outcome;
use crate::run::pii::Pii;
use crate::run::state::State;

/// Writes the summary of a run that ended or stopped.
pub fn write(
    out: &mut impl Write,
    state: &State,
    pii: &Pii,
    paint: Paint,
    aside: &Aside,
) -> io::Result<()> {
    let Some(finished) = &state.finished else { return Ok(()) };
    let outcome = finished.outcome;
    let said = format!("{} {} {}", outcome_mark(outcome), state.started.flow, outcome.word());
    let took = lasting(state.started_at, state.now);
    writeln!(out)?;
    write!(out, "{}", paint.outcome(outcome, &said))?;
    match finished.failure.as_ref().and_then(|failure| failure.step.as_deref()) {
        Some(step) => {
            writeln!(out, " at step {} {}", paint.bold(step), paint.dim(&format!("after {took}")))?
        }
        None => writeln!(out, " {}", paint.dim(&format!("in {took}")))?,
    }
    let widest = finished.outputs.keys().map(|name| name.chars().count()).max();
    let width = widest.unwrap_or(0).max("reference".len());
    let mut row = |name: &str, text: &str| paint::row(out, paint, name, width, text);
    if let Some(failure) = &finished.failure {
        row("what", &pii.text(&failure.message))?;
        if failure.detail.len() > 1
            || failure.detail.first().is_some_and(|d| !failure.message.contains(d))
        {
            for line in &failure.detail {
                row("", &pii.text(line))?;
            }
        }
    }
    let movements = movements(state);
    if movements.is_empty() && outcome != Outcome::Succeeded {
        row("money", "no payment was executed; nothing moved")?;
    }
    for movement in &movements {
        row("money", &movement.words(aside.had_moved(movement)))?;
        let reference = movement.reference_id.to_string();
        let told = |value: &Value| value.as_str() == Some(&reference);
        if !finished.outputs.values().any(told) {
            row("reference", &reference)?;
        }
    }
    if matches!(outcome, Outcome::Failed | Outcome::Cancelled) {
        for seen in left_open(state) {
            let mut name = "left";
            for line in aside.left(&seen) {
                row(std::mem::take(&mut name), &pii.text(&line))?;
            }
        }
    }
    for (name, value) in pii.map(&finished.outputs) {
        row(&name, &plain(&value))?;
    }
    row("run", &state.run.to_string())?;
    if let Some(help) = finished.failure.as_ref().and_then(|failure| failure.help.as_deref()) {
        row("next", &aside.commands.fit(help))?;
    }
    Ok(())
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.masked().to_string(),
    }
}
