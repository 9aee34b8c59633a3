//! What is told of a run while it goes on: a line per step.

use std::io::Write;

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::fit::{NARROWEST, cut};
use super::paint::{Paint, lasting, mark};
use crate::base::value::{Map, Value};
use crate::run::event::Event;
use crate::run::frame::At;
use crate::run::history::Recorded;
use crate::run::pii::Pii;
use crate::run::reporter::{Warning, Watch};
use crate::run::settle::pace::FIRST_QUESTION;
use crate::run::state::State;

/// The outputs worth a glance, most telling first.
const TELLING: &[&str] = &[
    "url",
    "status",
    "invoice_number",
    "order_number",
    "id",
    "payment_method",
    "count",
    "expires_in",
    "reference_id",
];

/// How many of them are told.
const MOST: usize = 3;

/// Between two of them.
const GAP: &str = "  ";

/// The line of a step that ended.
pub fn line(at: &At<'_>, pii: &Pii, paint: Paint) -> String {
    let step = at.step;
    let id = paint.bold(&format!("{:<14}", at.name()));
    let took =
        step.started_at.zip(step.ended_at).map_or(String::new(), |(from, to)| lasting(from, to));
    let begins = at.name().width().max(14) + took.width().max(7) + 5;
    let room = paint.width.map(|width| width.max(NARROWEST).saturating_sub(begins));
    let found = step.found.then(|| found(at).to_owned());
    let told = match (&step.failure, room) {
        (Some(failure), Some(room)) => cut(&pii.text(&failure.message), room),
        (Some(failure), None) => pii.text(&failure.message),
        (None, room) => telling(&pii.map(&step.outputs), found, room),
    };
    let took = paint.dim(&format!("{took:>7}"));
    format!("{} {id} {took}  {told}", paint.step(step.status, mark(step.status)))
}

/// What is said of a step whose answer was lost.
fn found(at: &At<'_>) -> &'static str {
    match at.step.payments.is_empty() {
        true => "answer lost, found again",
        false => "answer lost, found by reference",
    }
}

/// What is worth a glance: what is said of the step first, then the amount, then as many outputs as have room.
fn telling(outputs: &Map, found: Option<String>, room: Option<usize>) -> String {
    let money = |amount: &str, currency: &str| {
        let amount = outputs.get(amount)?.as_amount()?;
        Some(format!("{amount} {}", outputs.get(currency)?.as_str()?))
    };
    let amount =
        money("payer_amount", "payer_currency").or_else(|| money("total_amount", "currency"));
    let one = |name: &&str| match outputs.get(*name)? {
        Value::Text(text) if matches!(*name, "url" | "status" | "payment_method") => {
            Some(text.clone())
        }
        Value::Text(text) => Some(format!("{name} {text}")),
        Value::Number(n) => Some(format!("{name} {n}")),
        _ => None,
    };
    let all = TELLING.iter().filter_map(one).take(MOST);
    let mut left = room.unwrap_or(usize::MAX);
    let mut fits = |text: &String| {
        let wide = text.width() + GAP.len();
        let fits = wide <= left.saturating_add(GAP.len());
        left = if fits { left.saturating_sub(wide) } else { left };
        fits
    };
    let found = found.filter(&mut fits);
    let amount = amount.filter(&mut fits);
    let all: Vec<String> = all.filter(&mut fits).collect();
    all.into_iter().chain(amount).chain(found).collect::<Vec<_>>().join(GAP)
}

/// Plain lines, for logs and pipes.
pub struct Plain<W> {
    out: W,
    paint: Paint,
    show_pii: bool,
    waiting: Option<String>,
}

impl<W: Write> Plain<W> {
    /// Writes to `out`.
    pub fn new(out: W, paint: Paint, show_pii: bool) -> Self {
        Self { out, paint, show_pii, waiting: None }
    }
}

impl<W: Write + Send> Watch for Plain<W> {
    fn event(&mut self, state: &State, recorded: &Recorded) {
        if let Some(at) = ended(state, recorded) {
            let text = line(&at, &Pii::of(state, self.show_pii), self.paint);
            // a reporter that fails never stops a run
            let _ = writeln!(self.out, "{text}");
            self.waiting = None;
        }
    }

    fn waiting(&mut self, state: &State, _until: Timestamp, why: &str) {
        if self.waiting.as_deref() != Some(why) && why != FIRST_QUESTION {
            let step = state.root.current().map_or("run".to_owned(), |at| at.name());
            let _ = writeln!(self.out, "{} {step:<14}          {why}", self.paint.dim("·"));
            self.waiting = Some(why.to_owned());
        }
    }

    fn warning(&mut self, warning: Warning) {
        let _ = writeln!(self.out, "warning: {warning}");
    }
}

/// The step that an event ended.
pub fn ended<'a>(state: &'a State, recorded: &Recorded) -> Option<At<'a>> {
    match &recorded.event {
        Event::StepSucceeded { step, .. }
        | Event::StepFailed { step, .. }
        | Event::StepUnclear { step, .. }
        | Event::StepSkipped { step, .. } => state.root.find(step),
        _ => None,
    }
}
