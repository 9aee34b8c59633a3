//! The access tokens of the process: one per API client, shared by every run, obtained by one at a time. So is the
//! trouble of obtaining one: runs that need the same token fail together and wait together, instead of asking one after
//! the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex as Turn;

use super::gate::{Gate, Passed};
use super::ports::{Clock, Transport};
use super::stop::Stop;
use crate::api::rejection;
use crate::api::words::TOKEN_PATH;
use crate::base::ids::Seed;
use crate::base::secret::Secret;
use crate::base::value::{Map, Value};
use crate::run::action::Credentials;
use crate::run::delivery::{Answer, Cause, CauseKind, Delivery};
use crate::run::settle::backoff;
use crate::steps::step::Call;

/// A token is renewed when less than this remains, or less than a fifth of its life.
const MARGIN_MIN: i64 = 5;

/// How long the token call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The tokens of a process.
#[derive(Debug, Default)]
pub struct Tokens {
    default: Option<Credentials>,
    cells: Mutex<Vec<(Credentials, Arc<Turn<Cell>>)>>,
}

/// What there is of one client's token.
#[derive(Debug, Default)]
struct Cell {
    token: Option<Token>,
    failed: Option<Failed>,
}

#[derive(Debug, Clone)]
struct Token {
    secret: Secret,
    answer: Answer,
    renew_at: Timestamp,
}

/// The last call, if it brought no token.
#[derive(Debug)]
struct Failed {
    delivery: Delivery,
    at: Timestamp,
    /// How many calls in a row.
    tries: u32,
    /// When to ask again; none if that is of no use.
    next: Option<Timestamp>,
}

/// How a token is obtained.
pub struct Ways<'a, T, C> {
    /// Carries the call.
    pub transport: &'a T,
    /// Tells the time.
    pub clock: &'a C,
    /// Holds it back.
    pub gate: &'a Gate,
    /// Calls it off.
    pub stop: &'a Stop,
    /// How long it may be held back.
    pub hold: SignedDuration,
    /// Whose chance spreads the back-off.
    pub seed: Seed,
}

/// What somebody gets who needs a token.
#[derive(Debug)]
pub enum Got {
    /// A token, and the answer it came in.
    Token(Secret, Delivery),
    /// None, because of this.
    None(Delivery),
    /// None, because the gate stays closed until then.
    Held(Timestamp),
    /// None, because the process is to stop.
    Stopped,
}

impl Tokens {
    /// Tokens of these credentials, where a flow names none itself.
    pub fn new(default: Option<Credentials>) -> Self {
        Self { default, cells: Mutex::default() }
    }

    /// A valid token that is not `refused`, from the store or from the API. Whoever comes while one is
    /// being obtained waits for that one, and shares what becomes of it.
    pub async fn get<T: Transport, C: Clock>(
        &self,
        credentials: Option<&Credentials>,
        refused: Option<&Secret>,
        ways: Ways<'_, T, C>,
    ) -> Got {
        let Some(credentials) = credentials.or(self.default.as_ref()) else {
            let message = "there are no credentials: set DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET";
            return Got::None(Delivery::Never(Cause::new(CauseKind::Credentials, message)));
        };
        let came = ways.clock.now();
        let cell = self.cell(credentials);
        let mut cell = tokio::select! {
            cell = cell.lock() => cell,
            () = ways.stop.wait() => return Got::Stopped,
        };
        let now = ways.clock.now();
        let valid = |token: &&Token| token.renew_at > now && refused != Some(&token.secret);
        if let Some(token) = cell.token.as_ref().filter(valid) {
            return Got::Token(token.secret.clone(), undated(&token.answer));
        }
        if let Some(failed) = &cell.failed {
            let latest = now.saturating_add(ways.hold).unwrap_or(Timestamp::MAX);
            match failed.next.filter(|next| failed.at < came && *next <= latest) {
                Some(next) => {
                    tokio::select! {
                        () = ways.clock.sleep_until(next) => {}
                        () = ways.stop.wait() => return Got::Stopped,
                    }
                }
                // asked while this one waited for its turn, or not to be asked again so soon
                None => return Got::None(failed.again()),
            }
        }
        match ways.gate.pass(ways.clock, ways.stop, ways.hold).await {
            Passed::Open => cell.ask(credentials, &ways).await,
            Passed::Held(until) => Got::Held(until),
            Passed::Stopped => Got::Stopped,
        }
    }

    fn cell(&self, credentials: &Credentials) -> Arc<Turn<Cell>> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = cells.iter().find(|(known, _)| known == credentials) {
            return cell.clone();
        }
        let cell = Arc::<Turn<Cell>>::default();
        cells.push((credentials.clone(), cell.clone()));
        cell
    }
}

impl Cell {
    async fn ask<T: Transport, C: Clock>(
        &mut self,
        credentials: &Credentials,
        ways: &Ways<'_, T, C>,
    ) -> Got {
        let asked_at = ways.clock.now();
        let body = Map::from_iter([
            ("client_id".to_owned(), Value::Secret(credentials.client_id.clone())),
            ("client_secret".to_owned(), Value::Secret(credentials.client_secret.clone())),
        ]);
        let delivery = ways.transport.send(&Call::post(TOKEN_PATH, body), None, TIMEOUT).await;
        let at = ways.clock.now();
        self.token = read(&delivery, asked_at);
        match &self.token {
            Some(token) => {
                self.failed = None;
                ways.gate.compare_clocks(&delivery, at);
                Got::Token(token.secret.clone(), delivery)
            }
            None => {
                ways.gate.heed(&delivery, asked_at, at);
                let tries = self.failed.as_ref().map_or(0, |failed| failed.tries) + 1;
                let next = next_try(&delivery, at, tries, ways.seed);
                self.failed = Some(Failed { delivery: delivery.clone(), at, tries, next });
                Got::None(delivery)
            }
        }
    }
}

impl Failed {
    /// The same for somebody who did not ask.
    fn again(&self) -> Delivery {
        match &self.delivery {
            Delivery::Answered(answer) => undated(answer),
            other => other.clone(),
        }
    }
}

/// An answer that was given before: the API's time in it is over.
fn undated(answer: &Answer) -> Delivery {
    Delivery::Answered(Answer { server_date: None, ..answer.clone() })
}

/// When to ask again after a call without a token. Credentials that were refused stay refused.
fn next_try(delivery: &Delivery, at: Timestamp, tries: u32, seed: Seed) -> Option<Timestamp> {
    if matches!(none(delivery), Delivery::Never(cause) if cause.kind == CauseKind::Credentials) {
        return None;
    }
    let ms = backoff::exponential_ms(seed, "token", tries, backoff::FIRST_MS, backoff::CAP_MS);
    let backoff = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    let asked = match delivery {
        Delivery::Answered(answer) => answer.asks_to_wait(at),
        Delivery::Maybe(_) | Delivery::Never(_) => None,
    };
    let wait = asked.map_or(backoff, |asked| asked.max(backoff));
    Some(at.saturating_add(wait).unwrap_or(Timestamp::MAX))
}

fn read(delivery: &Delivery, asked_at: Timestamp) -> Option<Token> {
    let Delivery::Answered(answer) = delivery else { return None };
    if !answer.is_success() {
        return None;
    }
    let Some(Value::Secret(secret)) = answer.body.get("access_token") else { return None };
    let minutes = answer.body.get("expires_in").and_then(Value::as_i64)?.clamp(0, 60 * 24 * 365);
    let life = SignedDuration::from_mins(minutes);
    let margin = (life / 5).min(SignedDuration::from_mins(MARGIN_MIN));
    let renew_at = asked_at.saturating_add(life - margin).unwrap_or(Timestamp::MAX);
    Some(Token { secret: secret.clone(), answer: answer.clone(), renew_at })
}

/// What a token call without a token means for the request that needed it: it never left.
pub fn none(delivery: &Delivery) -> Delivery {
    let (kind, message) = match delivery {
        Delivery::Never(cause) | Delivery::Maybe(cause) => (cause.kind, cause.message.clone()),
        Delivery::Answered(answer) if answer.is_success() => {
            let message = "the token call's answer has no `access_token` or no `expires_in`";
            (CauseKind::Other, message.to_owned())
        }
        Delivery::Answered(answer) => {
            let said = rejection::summary(&rejection::read(&answer.body));
            let kind = match answer.status {
                401 | 403 | 422 => CauseKind::Credentials,
                _ => CauseKind::Other,
            };
            let said = if said.is_empty() { said } else { format!(": {said}") };
            (kind, format!("the token call was answered {}{said}", answer.status))
        }
    };
    Delivery::Never(Cause::new(kind, format!("no access token: {message}")))
}
