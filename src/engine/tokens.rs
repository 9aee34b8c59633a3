//! The access tokens of the process: one per API client, shared by every run, obtained by one at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex as Turn;

use super::gate::Gate;
use super::ports::{Clock, Transport};
use crate::api::rejection;
use crate::api::words::TOKEN_PATH;
use crate::base::secret::Secret;
use crate::base::value::{Map, Value};
use crate::run::action::Credentials;
use crate::run::delivery::{Answer, Cause, CauseKind, Delivery};
use crate::steps::step::Call;

/// A token is renewed when less than this remains, or less than a fifth of its life.
const MARGIN_MIN: i64 = 5;

/// How long the token call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The tokens of a process.
#[derive(Debug, Default)]
pub struct Tokens {
    default: Option<Credentials>,
    cells: Mutex<HashMap<String, Arc<Turn<Option<Token>>>>>,
}

#[derive(Debug, Clone)]
struct Token {
    secret: Secret,
    answer: Answer,
    renew_at: Timestamp,
}

impl Tokens {
    /// Tokens of these credentials, where a flow names none itself.
    pub fn new(default: Option<Credentials>) -> Self {
        Self { default, cells: Mutex::default() }
    }

    /// A valid token that is not `refused`, from the store or from the API. Whoever comes while one is
    /// being obtained waits for that one. The delivery is the token call's; it holds the token if it has one.
    pub async fn get<T: Transport, C: Clock>(
        &self,
        credentials: Option<&Credentials>,
        refused: Option<&Secret>,
        (transport, clock, gate): (&T, &C, &Gate),
    ) -> (Option<Secret>, Delivery) {
        let Some(credentials) = credentials.or(self.default.as_ref()) else {
            let message = "there are no credentials: set DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET";
            return (None, Delivery::Never(Cause::new(CauseKind::Credentials, message)));
        };
        let cell = self.cell(credentials);
        let mut held = cell.lock().await;
        let valid = |token: &&Token| token.renew_at > clock.now() && refused != Some(&token.secret);
        if let Some(token) = held.as_ref().filter(valid) {
            return (Some(token.secret.clone()), Delivery::Answered(token.answer.clone()));
        }
        gate.pass(clock).await;
        let asked_at = clock.now();
        let body = Map::from_iter([
            ("client_id".to_owned(), Value::Secret(credentials.client_id.clone())),
            ("client_secret".to_owned(), Value::Secret(credentials.client_secret.clone())),
        ]);
        let delivery = transport.send(&Call::post(TOKEN_PATH, body), None, TIMEOUT).await;
        *held = read(&delivery, asked_at);
        (held.as_ref().map(|token| token.secret.clone()), delivery)
    }

    fn cell(&self, credentials: &Credentials) -> Arc<Turn<Option<Token>>> {
        let client = credentials.client_id.expose().unwrap_or_default().to_owned();
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.entry(client).or_default().clone()
    }
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
