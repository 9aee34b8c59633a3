//! The loop that carries out one run in this process: decide, write down, send, write down, again.

use std::future::pending;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};

pub use super::broken::Broken;
use super::gate::{Gate, Passed};
use super::in_flight::{Flight, Landed};
use super::patience::{Patience, not_sat_out};
use super::ports::{Clock, Entry, FlowText, Journal, Record, RunRow, Transport};
use super::stop::Stop;
use super::tokens;
use super::tokens::{Got, Tokens, Ways};
use crate::base::ids::RunId;
use crate::base::scrub::{Scope, Secrets, gather};
use crate::base::secret::Secret;
use crate::base::shell::quoted;
use crate::flow::bundle;
use crate::run::action::{Action, Auth, Send};
use crate::run::decide::decide;
use crate::run::delivery::Delivery;
use crate::run::event::Event;
use crate::run::exchange::Held;
use crate::run::history::{BadHistory, Finished, Recorded};
use crate::run::outcome::{Failure, FailureKind, Outcome};
use crate::run::reporter::{Warning, Watch};
use crate::run::state::State;

/// Everything the runs of a process share.
#[derive(Debug)]
pub struct Engine<T, C, J> {
    /// Carries the requests.
    pub transport: T,
    /// Tells the time.
    pub clock: C,
    /// Keeps the facts.
    pub journal: J,
    /// The access tokens.
    pub tokens: Tokens,
    /// The pause after a 429.
    pub gate: Gate,
    /// The secrets that must not leave the process but in requests.
    pub secrets: Secrets,
    /// Rings when the process is to stop.
    pub stop: Stop,
    /// How long a `wait` is sat out.
    pub patience: Patience,
}

impl<T: Transport, C: Clock, J: Journal> Engine<T, C, J> {
    /// Writes a new run's first event, durably, with the flow's text and its row in the index.
    pub async fn start(&self, state: &State, watch: &mut impl Watch) -> Result<(), Broken> {
        self.start_over(state, None, watch).await
    }

    /// The same for a run that takes over the key of a failed one.
    pub async fn start_over(
        &self,
        state: &State,
        failed: Option<RunId>,
        watch: &mut impl Watch,
    ) -> Result<(), Broken> {
        let event = Event::RunStarted(state.started.clone());
        let recorded = Recorded { n: 1, at: state.started_at, event };
        let flow = FlowText {
            digest: state.plan.digest.clone(),
            name: state.plan.name.clone(),
            text: bundle::text(&state.plan),
        };
        let records = vec![record(&recorded)?];
        let entry = Entry::durable(state.run, records).row(RunRow::of(state)).flow(flow);
        let entry = failed.map_or(entry.clone(), |failed| entry.supersedes(failed));
        self.journal.append(entry).await?;
        watch.event(state, &recorded);
        Ok(())
    }

    /// Takes up a run that stopped: what was in flight may have arrived.
    pub async fn take_up(&self, state: &mut State, watch: &mut impl Watch) -> Result<(), Broken> {
        self.append(state, Event::RunResumed { supplied: Vec::new() }, true, watch).await?;
        self.heed_again(state);
        Ok(())
    }

    /// What an earlier process was told by a 429 holds for this one too.
    fn heed_again(&self, state: &State) {
        state.root.each(&mut |at| {
            let Some(Held::Answered(last)) = &at.step.exchange.held else { return };
            let busy = matches!(&last.delivery, Delivery::Answered(answer) if answer.status == 429);
            let until = last.asks_to_wait.and_then(|wait| last.at.saturating_add(wait).ok());
            if let Some(until) = until.filter(|_| busy) {
                self.gate.close(state.clocks.on_wall(until));
            }
        });
    }

    /// Writes down a fact that is none of the run's own doing.
    pub async fn note(&self, state: &mut State, event: Event) -> Result<(), Broken> {
        self.append(state, event, true, &mut ()).await
    }

    /// Carries a run to its end, or to where it stops for now.
    pub async fn drive(
        &self,
        state: &mut State,
        watch: &mut impl Watch,
    ) -> Result<Finished, Broken> {
        let mut hand = Hand::default();
        loop {
            match self.advance(state, &mut hand, watch).await? {
                Pause::Ended(finished) => return Ok(finished),
                Pause::Waits(until) => {
                    // after the wait it is that late, whatever the clock says
                    let at = tokio::select! {
                        () = self.clock.sleep_until(until) => until,
                        () = self.stop.wait() => state.clocks.wall,
                    };
                    self.woke(state, at, watch).await?;
                }
            }
        }
    }

    /// Carries a run on for as long as there is something to do now: to its end, or to where it waits for time
    /// to pass. Whoever waits calls [`Engine::woke`] first and then this again.
    pub async fn advance(
        &self,
        state: &mut State,
        hand: &mut Hand,
        watch: &mut impl Watch,
    ) -> Result<Pause, Broken> {
        hand.scope.learn(&self.secrets, state.secrets());
        let overlaps = state.plan.overlaps();
        let mut flights = FuturesUnordered::new();
        let mut held: Option<(String, Timestamp)> = None;
        loop {
            if let Some(finished) = &state.finished {
                return Ok(Pause::Ended(finished.clone()));
            }
            let mut action = decide(state);
            let holds =
                matches!(action, Action::Send(_) | Action::Wait { .. } | Action::Ask { .. });
            let ends = match &held {
                _ if self.stop.asked() => Some(interrupted(state)),
                None => None,
                Some((step, until)) => Some(left_alone(state, step, *until)),
            };
            if let Some(end) = ends.filter(|_| holds) {
                // requests in hand are heard first
                action = match flights.is_empty() {
                    true => Action::Finish(end),
                    false => Action::Listen { until: None },
                };
            }
            match action {
                Action::Record(event) => self.append(state, event, false, watch).await?,
                Action::Finish(event) => self.append(state, event, true, watch).await?,
                Action::Send(send) => {
                    let step = send.intent.step.clone();
                    match self.launch(state, *send, hand, watch).await? {
                        Launch::Flies(flight) if overlaps => flights.push(flight.land(self.ways())),
                        Launch::Flies(flight) => {
                            let landed = flight.land(self.ways()).await;
                            self.hear(state, landed, hand, watch).await?;
                        }
                        Launch::Held(until) => held = Some((step, until)),
                        Launch::Settled => {}
                    }
                }
                Action::Listen { until } => {
                    let time = async {
                        match until {
                            Some(until) => self.clock.sleep_until(until).await,
                            None => pending().await,
                        }
                    };
                    tokio::select! {
                        // what has arrived is heard before time passes
                        biased;
                        Some(landed) = flights.next() => {
                            self.hear(state, landed, hand, watch).await?;
                        }
                        () = time => {
                            let at = until.unwrap_or(state.clocks.wall);
                            self.append_at(state, at, Event::Waited {}, false, watch).await?;
                        }
                        else => return Err(Broken::History(BadHistory::Contradiction(
                            "it waits for an answer that nobody can give".to_owned(),
                        ))),
                    }
                }
                Action::Wait { until, why, step } => {
                    let left = |_: &String| !self.patience.bears(self.clock.now(), until);
                    if let Some(step) = step.filter(left) {
                        let event = not_sat_out(state, &step, until);
                        self.append(state, event, true, watch).await?;
                        continue;
                    }
                    watch.waiting(state, until, &why);
                    return Ok(Pause::Waits(until));
                }
                Action::Ask { step, question } => {
                    let event = unanswered(state, step, question);
                    self.append(state, event, true, watch).await?;
                }
            }
        }
    }

    /// Writes down that time passed while a run had nothing to do.
    pub async fn woke(
        &self,
        state: &mut State,
        at: Timestamp,
        watch: &mut impl Watch,
    ) -> Result<(), Broken> {
        self.append_at(state, at, Event::Waited {}, false, watch).await
    }

    /// What a request needs on its way.
    fn ways(&self) -> (&T, &C, &Gate, &Stop) {
        (&self.transport, &self.clock, &self.gate, &self.stop)
    }

    /// Writes a request down, so that it may leave.
    async fn launch(
        &self,
        state: &mut State,
        mut send: Send,
        hand: &mut Hand,
        watch: &mut impl Watch,
    ) -> Result<Launch, Broken> {
        let (step, purpose) = (send.intent.step.clone(), send.intent.purpose);
        let hold = SignedDuration::from_millis(i64::try_from(send.hold_ms).unwrap_or(i64::MAX));
        let ways = Ways {
            transport: &self.transport,
            clock: &self.clock,
            gate: &self.gate,
            stop: &self.stop,
            hold,
            seed: state.started.seed,
        };
        hand.know_sent(&self.secrets, &send);
        let (own, refused, bearer) = match &send.auth {
            Auth::Obtain(own) => (own, None, false),
            Auth::Bearer(own) => (own, None, true),
            Auth::Fresh(own) => (own, hand.used.as_ref(), true),
        };
        let (token, delivery) = match self.tokens.get(own.as_ref(), refused, ways).await {
            Got::Token(token, delivery) => (Some(token), delivery),
            Got::None(delivery) => (None, delivery),
            Got::Held(until) => return Ok(Launch::Held(until)),
            Got::Stopped => return Ok(Launch::Settled),
        };
        self.secrets.learn(&token);
        if !bearer || token.is_none() {
            self.append(state, Event::RequestIntended(send.intent), false, watch).await?;
            let delivery = if bearer { tokens::none(&delivery) } else { delivery };
            self.hear(state, Landed { step, purpose, delivery }, hand, watch).await?;
            return Ok(Launch::Settled);
        }
        hand.used.clone_from(&token);
        match self.gate.pass(&self.clock, &self.stop, hold).await {
            Passed::Open => {}
            // nothing is written down yet, so the run can stop right here
            Passed::Held(until) => return Ok(Launch::Held(until)),
            Passed::Stopped => return Ok(Launch::Settled),
        }
        send.intent.api_at = self.gate.api_at(self.clock.now());
        let durable = send.intent.changes();
        self.append(state, Event::RequestIntended(send.intent), durable, watch).await?;
        let timeout = Duration::from_millis(send.timeout_ms);
        Ok(Launch::Flies(Flight { step, purpose, call: send.call, token, timeout, hold }))
    }

    /// Writes down what became of a request.
    async fn hear(
        &self,
        state: &mut State,
        landed: Landed,
        hand: &mut Hand,
        watch: &mut impl Watch,
    ) -> Result<(), Broken> {
        let Landed { step, purpose, delivery } = landed;
        // what it brings may be repeated by the next
        hand.know_brought(&self.secrets, &delivery);
        self.append(state, Event::ReplyObserved { step, purpose, delivery }, false, watch).await
    }

    /// Writes an event down, then lets the state and the watchers know.
    async fn append(
        &self,
        state: &mut State,
        event: Event,
        durable: bool,
        watch: &mut impl Watch,
    ) -> Result<(), Broken> {
        // by the clock, also where it shows less than at the last event: the fold makes the run's own time of it
        self.append_at(state, Timestamp::MIN, event, durable, watch).await
    }

    async fn append_at(
        &self,
        state: &mut State,
        earliest: Timestamp,
        event: Event,
        durable: bool,
        watch: &mut impl Watch,
    ) -> Result<(), Broken> {
        let at = self.clock.now().max(earliest);
        let mut event = event;
        event.scrub(&self.secrets.scrub());
        let recorded = Recorded { n: state.n + 1, at, event };
        let records = vec![record(&recorded)?];
        let mut entry = match durable {
            true => Entry::durable(state.run, records),
            false => Entry::ordered(state.run, records),
        };
        // the index has to say what the run will be once the event is there
        if let Some(row) = RunRow::after(state, &recorded) {
            entry = entry.row(row);
        }
        self.journal.append(entry).await?;
        let was_off = state.clocks.off().is_some();
        state.apply(&recorded)?;
        log(state, &recorded);
        warn(state, &recorded, was_off, watch);
        watch.event(state, &recorded);
        Ok(())
    }
}

/// For people who can set a clock right.
fn warn(state: &State, recorded: &Recorded, was_off: bool, watch: &mut impl Watch) {
    let back = state.clocks.set_back.filter(|_| matches!(recorded.event, Event::RunResumed { .. }));
    if let Some(back) = back {
        watch.warning(Warning::ClockSetBack(back));
    }
    if let Some(ahead) = state.clocks.off().filter(|_| !was_off) {
        watch.warning(Warning::ClockOff(ahead));
    }
}

/// For whoever follows the logs: what happened, without what anybody's data is.
fn log(state: &State, recorded: &Recorded) {
    let step = recorded.event.step().unwrap_or_default();
    let name = recorded.event.name();
    match &recorded.event {
        Event::RunFinished { outcome, .. } => {
            tracing::info!(run = %state.run, event = name, outcome = outcome.word());
        }
        Event::ReplyObserved { delivery, .. } => match delivery {
            Delivery::Answered(answer) => {
                tracing::debug!(run = %state.run, step, event = name, status = answer.status);
            }
            Delivery::Maybe(cause) | Delivery::Never(cause) => {
                tracing::info!(run = %state.run, step, event = name, cause = ?cause.kind);
            }
        },
        _ => tracing::debug!(run = %state.run, step, event = name),
    }
}

/// What became of the wish to send a request.
enum Launch {
    /// It may leave.
    Flies(Flight),
    /// It can't, and that is written down; or the process is to stop.
    Settled,
    /// It may not before this.
    Held(Timestamp),
}

/// Why a run stands still.
#[derive(Debug)]
pub enum Pause {
    /// It ended, or stopped for now.
    Ended(Finished),
    /// There is nothing to do before this time.
    Waits(Timestamp),
}

/// What one run keeps at hand while it is carried out.
#[derive(Debug, Default)]
pub struct Hand {
    used: Option<Secret>,
    scope: Scope,
}

impl Hand {
    /// The server gets to see the secrets of a request, those that templates made included, and may repeat them.
    fn know_sent(&mut self, home: &Secrets, send: &Send) {
        let mut sent = Vec::new();
        send.call.body.iter().for_each(|body| gather(body, &mut sent));
        if let Auth::Obtain(Some(own)) | Auth::Bearer(Some(own)) | Auth::Fresh(Some(own)) =
            &send.auth
        {
            sent.extend([&own.client_id, &own.client_secret]);
        }
        self.scope.learn(home, sent);
    }

    /// Secrets that an answer hands out.
    fn know_brought(&mut self, home: &Secrets, delivery: &Delivery) {
        if let Delivery::Answered(answer) = delivery {
            let mut brought = Vec::new();
            gather(&answer.body, &mut brought);
            self.scope.learn(home, brought);
        }
    }
}

fn interrupted(state: &State) -> Event {
    let message = "told to stop; the request in hand was finished and written down";
    let help = format!("`dollr-flow resume {}` goes on where it stopped", state.run);
    let failure = Failure::new(FailureKind::Interrupted, message).help(help);
    Event::RunFinished {
        outcome: Outcome::Paused,
        outputs: crate::base::value::Map::new(),
        failure: Some(failure),
    }
}

/// The gate stays closed for longer than the run may wait: nothing was sent, and the run stops until then.
fn left_alone(state: &State, step: &str, until: Timestamp) -> Event {
    let message = format!("the API asks to be left alone until {until:.0}; nothing more was sent");
    let help = format!("after that, `dollr-flow resume {}` goes on where it stopped", state.run);
    let mut failure = Failure::new(FailureKind::Network, message).help(help);
    failure.step = Some(step.to_owned());
    failure.due = Some(until);
    let outputs = crate::base::value::Map::new();
    Event::RunFinished { outcome: Outcome::Paused, outputs, failure: Some(failure) }
}

/// Nobody is asked down here: the run stops, durably, until somebody hands the answer in.
fn unanswered(state: &State, step: String, question: String) -> Event {
    let help = format!(
        "`dollr-flow resume {run} --approve {step}` says yes, `dollr-flow resume {run} --reject {step}` says no",
        run = state.run,
        step = quoted(&step)
    );
    let mut failure = Failure::new(FailureKind::Approval, question).help(help);
    failure.step = Some(step);
    let outputs = crate::base::value::Map::new();
    Event::RunFinished { outcome: Outcome::Paused, outputs, failure: Some(failure) }
}

fn record(recorded: &Recorded) -> Result<Record, Broken> {
    let (kind, data) =
        recorded.event.encode().map_err(|error| Broken::Encoding(error.to_string()))?;
    Ok(Record { n: recorded.n, at: recorded.at, kind, data })
}

/// Reads a run's records back into events.
pub fn events(records: Vec<Record>) -> Result<Vec<Recorded>, Broken> {
    let read = |record: Record| {
        let event = Event::decode(&record.kind, &record.data).map_err(|error| {
            BadHistory::Contradiction(format!(
                "event {} ({}) can't be read: {error}",
                record.n, record.kind
            ))
        })?;
        Ok(Recorded { n: record.n, at: record.at, event })
    };
    records.into_iter().map(read).collect()
}
