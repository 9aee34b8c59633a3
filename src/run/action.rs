//! What the deciding core wishes to happen next.

use jiff::Timestamp;

use super::event::{Event, RequestIntended};
use crate::base::secret::Secret;
use crate::steps::step::Call;

/// The one next thing.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Send a request.
    Send(Box<Send>),
    /// Hear what comes of the requests that are in flight.
    Listen {
        /// There is something else to do then.
        until: Option<Timestamp>,
    },
    /// Let time pass.
    Wait {
        /// Until when.
        until: Timestamp,
        /// Why, in a word for people.
        why: String,
        /// The step that named the moment, if the flow itself waits for it; none where it is the pace of something.
        step: Option<String>,
    },
    /// Something was settled by thinking alone; write it down.
    Record(Event),
    /// Ask a person.
    Ask {
        /// The step that asks.
        step: String,
        /// What.
        question: String,
    },
    /// The run is over, or stops for now: write this down.
    Finish(Event),
}

/// A request to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// What to write down first. If it changes anything, that has to be durable before a byte leaves.
    pub intent: RequestIntended,
    /// What to send; its secrets are real.
    pub call: Call,
    /// How it proves who we are.
    pub auth: Auth,
    /// How long to wait for the answer.
    pub timeout_ms: u64,
    /// How long it may be held back before it leaves.
    pub hold_ms: u64,
}

/// How a request proves who sends it.
#[derive(Debug, Clone, PartialEq)]
pub enum Auth {
    /// It is the token call itself: any valid token of these credentials answers it.
    Obtain(Option<Credentials>),
    /// With the shared token of these credentials.
    Bearer(Option<Credentials>),
    /// With a token newer than the one that was just refused.
    Fresh(Option<Credentials>),
}

/// Credentials that a flow names itself; without, the environment's are used.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    /// The API client.
    pub client_id: Secret,
    /// Its secret.
    pub client_secret: Secret,
}
