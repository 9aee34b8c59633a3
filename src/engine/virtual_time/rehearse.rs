//! What a run would move, found out without sending anything: it is carried out against a sandbox of its own, in
//! virtual time, where nothing goes wrong.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::simulate::{Choices, World, run_id};
use super::single_run_journal::OneRun;
use crate::base::ids::Seed;
use crate::base::money::Money;
use crate::base::scrub::Secrets;
use crate::base::secret::Secret;
use crate::base::value::Map;
use crate::engine::engine::{Broken, Engine};
use crate::engine::gate::Gate;
use crate::engine::patience::Patience;
use crate::engine::ports::Clock;
use crate::engine::stop::Stop;
use crate::engine::tokens::Tokens;
use crate::flow::plan::Plan;
use crate::run::action::Credentials;
use crate::run::decide::question;
use crate::run::event::{Event, FORMAT, RunStarted};
use crate::run::history::Outside;
use crate::run::index_row::RunRow;
use crate::run::outcome::{FailureKind, Outcome};
use crate::run::state::State;
use crate::sandbox::{Ledger, Settings, Ticks};

/// How often somebody may say yes in one rehearsal.
const MAX_ANSWERS: usize = 20;

/// What the payments of a run would add up to, per currency; or why that can't be known beforehand.
pub fn price(plan: &Arc<Plan>, inputs: &Map, outside: &Outside) -> Result<Vec<Money>, String> {
    // what is real elsewhere is not refused here, or what comes after it would not be counted
    let settings =
        Settings { triggers: false, ticks: Ticks::Instant, trusting: true, ..Settings::default() };
    let world = World::new(Ledger::new(settings), Choices::script(Vec::new()), false, false);
    let client = |text: &str| Secret::new(text);
    let credentials =
        Credentials { client_id: client("sbx_client"), client_secret: client("sbx_secret") };
    let engine = Engine {
        transport: world.clone(),
        clock: world.clone(),
        journal: OneRun(world.clone()),
        tokens: Tokens::new(Some(credentials)),
        gate: Gate::default(),
        secrets: Secrets::default(),
        stop: Stop::default(),
        patience: Patience::ENDLESS,
    };
    let started = RunStarted {
        format: FORMAT,
        flow: plan.name.clone(),
        flow_digest: plan.digest.clone(),
        file: plan.source.name().to_owned(),
        key: None,
        seed: Seed(uuid::Uuid::from_u128(7)),
        inputs: inputs.clone(),
        base_url: "rehearsal".to_owned(),
        sandbox: true,
        max_total: None,
        batch: None,
    };
    let now = engine.clock.now();
    let mut state = State::begin(run_id(), plan.clone(), started, now, outside.clone());
    // every wait is virtual: it is over at once, or never
    let played = pin!(play(&engine, &mut state)).poll(&mut Context::from_waker(Waker::noop()));
    match played {
        Poll::Ready(Ok(())) => priced(&state),
        Poll::Ready(Err(broken)) => Err(broken.to_string()),
        Poll::Pending => Err("it does not end".to_owned()),
    }
}

async fn play(
    engine: &Engine<World, World, OneRun<World>>,
    state: &mut State,
) -> Result<(), Broken> {
    engine.start(state, &mut ()).await?;
    engine.drive(state, &mut ()).await?;
    for _ in 0..MAX_ANSWERS {
        let Some((step, _)) = question(state) else { break };
        engine.take_up(state, &mut ()).await?;
        engine.note(state, Event::Answered { step, approved: true, by: None }).await?;
        engine.drive(state, &mut ()).await?;
    }
    Ok(())
}

/// An amount is known once its payment was to be sent, whatever the sandbox made of it: a passcode or a wallet
/// that only the real API knows.
fn priced(state: &State) -> Result<Vec<Money>, String> {
    let row = RunRow::of(state);
    let Some(finished) = &state.finished else { return Err("it does not end".to_owned()) };
    let failure = finished.failure.as_ref();
    let refused = failure.is_some_and(|failure| {
        matches!(failure.kind, FailureKind::Rejected | FailureKind::Declined)
    });
    match finished.outcome {
        Outcome::Succeeded => Ok(row.amount),
        _ if refused && !row.amount.is_empty() => Ok(row.amount),
        _ => Err(failure.map_or_else(|| "it stops".to_owned(), |failure| failure.message.clone())),
    }
}
