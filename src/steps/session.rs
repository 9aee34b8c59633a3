//! What the sessions for money that leaves share: they name an amount, and nothing moves yet.

use jiff::{SignedDuration, Timestamp};

use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::base::money::Amount;
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// How long a session lives whose end the API leaves to its client. Long enough for what follows it in a run, and
/// short, since a payment that is lost counts as unclear once its session is over.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// The parameter that says otherwise.
pub const EXPIRES_AT: Field = Field::optional(
    "expires_at",
    Ty::DateTime,
    "When it may no longer be executed; in the future. Default: an hour after the step begins.",
);

/// A kind that opens such a session.
pub struct SessionKind {
    /// Its name: `payout`, `transfer` or `refund`.
    pub name: &'static str,
    /// One sentence that says what it does.
    pub summary: &'static str,
    /// A step as it would stand in a flow.
    pub example: &'static str,
    /// The parameters it takes; all go into the body.
    pub params: &'static [Field],
    /// What it yields.
    pub outputs: &'static [Field],
}

impl Step for SessionKind {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Harmless
    }

    fn params(&self) -> &'static [Field] {
        self.params
    }

    fn outputs(&self) -> &'static [Field] {
        self.outputs
    }

    fn request(&self, params: &Params, progress: &Progress<'_>) -> Result<Call, String> {
        if !params.get("amount").and_then(Value::as_amount).is_some_and(Amount::is_positive) {
            return Err("`amount` is not above 0".to_owned());
        }
        let names: Vec<&str> = self.params.iter().map(|field| field.name).collect();
        let mut body = params.fields(&names);
        if names.contains(&"expires_at") {
            let end = || Value::Text(end(progress.began_on).to_string());
            body.entry("expires_at".to_owned()).or_insert_with(end);
        }
        Ok(Call::post(format!("/v1/sessions/{}", self.name), body))
    }

    /// What was asked for belongs to the session, also where the API does not repeat it: limits and reports need it.
    fn read(&self, params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        let mut outputs = match yields(body, &["id"]) {
            Verdict::Done(outputs) => outputs,
            other => return other,
        };
        for name in ["amount", "currency"] {
            let known = outputs.get(name).is_some_and(|value| *value != Value::Null);
            if let (false, Some(value)) = (known, params.get(name)) {
                outputs.insert(name.to_owned(), value.clone());
            }
        }
        Verdict::Done(outputs)
    }
}

/// When a session ends that nobody gave an end: a while after the step began, and the same at every attempt.
fn end(began_on: Timestamp) -> Timestamp {
    let end = began_on.saturating_add(LIFE).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(end.as_second()).unwrap_or(end)
}
