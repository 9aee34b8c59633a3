//! A server whose answers are not so, once per schedule: it says FAILED of a payment that is alive, COMPLETED of one that
//! may still fail, or answers about something else.

use uuid::Uuid;

use super::choices::Choices;
use super::scenario::Sabotage;
use crate::api::asked::{Asked, Subject};
use crate::api::wire::{Reply, Request};
use crate::base::value::{Map, Value};

/// The server's one answer that is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// FAILED of a payment that is alive.
    Failed,
    /// COMPLETED, in answer to the execution.
    Completed,
    /// An answer about something else.
    Stranger,
}

/// A server that may lie.
#[derive(Debug, Default)]
pub struct Fickle {
    /// Whether it still may.
    may: bool,
    /// What it said that is not so, and of which payment.
    pub lie: Option<(Lie, Option<Uuid>)>,
    /// Whether the process that heard it has died since.
    pub forgotten: bool,
    /// Whether the runner asks only to make sure that a payment failed.
    pub asked_again: bool,
    /// Whether it was told how the payment of the lie really stands when it asked so.
    pub corrected: bool,
}

impl Fickle {
    /// A server that may lie, or one that never does.
    pub fn new(may: bool) -> Self {
        Self { may, ..Self::default() }
    }

    /// From now on it is honest.
    pub fn reform(&mut self) {
        self.may = false;
    }

    /// A process dies, and with it what it heard and had not written down yet.
    pub fn forget(&mut self) {
        self.forgotten |= self.lie.is_some();
    }

    /// What the server answers instead. A guard that looks at an answer is as good as gone when it can't see what is wrong
    /// with it.
    pub fn answer(
        &mut self,
        request: &Request,
        reply: &mut Reply,
        choices: &mut Choices,
        sabotage: Option<Sabotage>,
    ) -> Option<Lie> {
        let body = Value::from_json(std::str::from_utf8(&request.body).ok()?).ok();
        let asked = Asked::of(&request.path, &request.query, body.as_ref());
        let told = Value::from_json(std::str::from_utf8(&reply.body).ok()?).ok()?;
        let mut map = told.as_map().filter(|_| reply.status == 200)?.clone();
        let payment = match &asked.subject {
            Some(Subject::Payment(reference)) => Some(*reference),
            _ => None,
        };
        if self.asked_again && sabotage == Some(Sabotage::AskAgain) && payment.is_some() {
            map.insert("status".to_owned(), Value::text("FAILED"));
            write(reply, map);
            return None;
        }
        let lied = self.lie.and_then(|(_, about)| about);
        self.corrected |= self.asked_again && payment.is_some() && payment == lied;
        if !self.may || self.asked_again || asked.names().next().is_none() {
            return None;
        }
        let executes = request.path.starts_with("/v1/executions/");
        let failed = map.get("status").and_then(Value::as_str) == Some("FAILED");
        let lie = match (choices.wrong(3), payment) {
            (1, Some(_)) if !failed => Lie::Failed,
            (2, Some(_)) if executes => Lie::Completed,
            (3, _) => Lie::Stranger,
            _ => return None,
        };
        self.reform();
        self.lie = Some((lie, payment));
        match lie {
            Lie::Failed => drop(map.insert("status".to_owned(), Value::text("FAILED"))),
            Lie::Completed if sabotage == Some(Sabotage::Contradiction) => {}
            Lie::Completed => drop(map.insert("status".to_owned(), Value::text("COMPLETED"))),
            Lie::Stranger => estrange(&mut map, &asked, sabotage != Some(Sabotage::Stranger)),
        }
        write(reply, map);
        Some(lie)
    }
}

/// Makes an answer one about something else, which stands otherwise.
fn estrange(map: &mut Map, asked: &Asked, named: bool) {
    let status = match map.get("status").and_then(Value::as_str) {
        Some("FAILED" | "PROCESSING" | "PENDING") => "COMPLETED",
        Some("COMPLETED") => "FAILED",
        Some("PAID") => "CANCELED",
        _ => "PAID",
    };
    if map.contains_key("status") {
        map.insert("status".to_owned(), Value::text(status));
    }
    for name in asked.names().filter(|_| named) {
        let other = match map.get(name) {
            Some(Value::Number(number)) => {
                number.as_str().parse::<i64>().ok().map(|n| Value::int(n + 1))
            }
            Some(Value::Text(text)) if text.parse::<Uuid>().is_ok() => {
                Some(Value::text("00000000-0000-4000-8000-000000000000"))
            }
            _ => None,
        };
        if let Some(other) = other {
            map.insert(name.to_owned(), other);
        }
    }
}

fn write(reply: &mut Reply, map: Map) {
    // nothing in an answer of the sandbox can't be written
    reply.body = serde_json::to_vec(&Value::Map(map)).unwrap_or_default();
}
