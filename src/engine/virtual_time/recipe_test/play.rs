//! One test from its start to what is to be said of it.

use jiff::Timestamp;

use super::harness::{Company, ended};
use super::world::Stage;
use crate::base::span::Span;
use crate::base::value::{Map, Value};
use crate::recipe_test::coverage::Coverage;
use crate::recipe_test::file::{Crash, Trial};
use crate::recipe_test::happened::{Happened, Moved, Ruling};
use crate::recipe_test::judge;
use crate::recipe_test::judge::scope;
use crate::recipe_test::mismatch::Mismatch;
use crate::recipe_test::suite::Suite;
use crate::run::state::State;
use crate::sandbox::{Audit, ExecutionCounts, Ledger, Settings};

/// Plays a test on a sandbox of its own and holds what happened against what it expects.
pub fn play(suite: &Suite, trial: &Trial, seed: u64) -> Ruling {
    let settings =
        Settings { seed: trial.sandbox.seed.wrapping_add(seed), ..trial.sandbox.clone() };
    let stage = Stage::new(Ledger::new(settings), trial.started_at);
    let company = Company { suite, trial, stage, seed };
    let mut play = Play { company, before: Map::new(), ruling: Ruling::default(), run: None };
    if let Err(mismatch) = play.all() {
        play.ruling.mismatches.push(mismatch);
    }
    play.close()
}

struct Play<'a> {
    company: Company<'a>,
    /// What happened before, by name.
    before: Map,
    ruling: Ruling,
    run: Option<State>,
}

impl Play<'_> {
    /// The start, then every time the run is taken up again, for as long as things are as expected.
    fn all(&mut self) -> Result<(), Mismatch> {
        let trial = self.company.trial;
        let mut from = None;
        for (at, part) in trial.stages.iter().enumerate() {
            let books = from.take();
            for before in &part.before {
                let scope = match (&self.run, &books) {
                    (Some(run), Some(books)) => self.see(run, books, scope),
                    _ => self.company.scope(&self.before),
                };
                let yields = self.company.before(before, &scope)?;
                self.before.extend(before.id.clone().map(|id| (id, yields)));
            }
            let books = books.unwrap_or_else(|| self.company.books());
            let ended = match self.run.take() {
                None => self.company.start(&self.before, part)?,
                Some(run) => self.company.resume(run, part, span_of(trial, at))?,
            };
            let found = self.see(&ended, &books, |seen| judge(&part.expect, seen));
            self.run = Some(ended);
            from = Some(books);
            if !found.is_empty() {
                self.ruling.mismatches.extend(found);
                return Ok(());
            }
        }
        let left = std::mem::take(&mut self.company.stage.lock().crashes);
        self.ruling.mismatches.extend(left.iter().map(|crash| never_met(crash, trial)));
        let idle = self.company.stage.lock().ledger.idle_faults();
        let span = trial.name.span;
        let never = |fault| Mismatch::new("faults", span, fault, "no such request came");
        self.ruling.mismatches.extend(idle.into_iter().map(never));
        Ok(())
    }

    /// What happened so far, for whoever looks at it.
    fn see<T>(
        &self,
        state: &State,
        from: &(Audit, ExecutionCounts),
        look: impl FnOnce(&Happened<'_>) -> T,
    ) -> T {
        let now = self.company.books();
        let requests = self.company.stage.lock().requests.clone();
        look(&Happened {
            state,
            exit_code: state.finished.as_ref().map_or(0, |finished| finished.outcome.exit_code()),
            requests: &requests,
            moved: &Moved::between((&from.0, from.1), (&now.0, now.1)),
            before: &Value::Map(self.before.clone()),
        })
    }

    /// The last word on the test: the books are audited whatever was expected.
    fn close(mut self) -> Ruling {
        let (audit, _) = self.company.books();
        let span = self.company.trial.name.span;
        for broken in audit.violations {
            let got = format!("{}: {} {}", broken.rule, broken.subject, broken.detail);
            self.ruling.mismatches.push(Mismatch::trouble("the books", span, got));
        }
        let now = self.company.stage.lock().now;
        self.ruling.virtual_ms = elapsed_ms(self.company.trial.started_at, now);
        self.ruling.coverage = Coverage::none(&self.company.suite.plan);
        if let Some(run) = &self.run {
            self.ruling.coverage = Coverage::of(run);
            self.ruling.ended = ended(run);
            let steps = run.root.all();
            self.ruling.steps = steps.iter().map(|at| (at.name(), at.step.status)).collect();
        }
        self.ruling
    }
}

fn elapsed_ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

fn span_of(trial: &Trial, at: usize) -> Span {
    let status = trial.stages.get(at).and_then(|part| part.expect.status.as_ref());
    status.map_or(trial.name.span, |status| status.span)
}

fn never_met(crash: &Crash, trial: &Trial) -> Mismatch {
    let (span, place) = match crash {
        Crash::Event(n) => (trial.name.span, format!("event {n}")),
        Crash::Step { step, .. } => (step.span, format!("a request of the step {}", step.value)),
    };
    Mismatch::new("crash", span, format!("the process is killed at {place}"), "it never came there")
}
