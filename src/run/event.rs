//! The facts of a run, in the past tense. Their JSON is what the journal keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::delivery::Delivery;
use super::outcome::{Failure, Outcome};
use crate::api::wire::Method;
use crate::base::ids::Seed;
use crate::base::key::Key;
use crate::base::scrub::Scrub;
use crate::base::value::{Map, Value};
use crate::steps::step::{Call, Class};

/// The version of the events' format, kept in each run's first event.
pub const FORMAT: u32 = 1;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To do what the step does.
    Main,
    /// To learn whether a main request whose answer was lost has landed.
    Lookup,
    /// To make sure a refused or deferred main request has not landed before it is sent again.
    Confirm,
    /// To learn whether anything else moved the source.
    Fence,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The run began. Its randomness enters here, once.
    RunStarted(RunStarted),
    /// A process took the run up again: what was in flight may or may not have arrived.
    RunResumed {
        /// The inputs that are secrets have to be supplied again; these names were.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        supplied: Vec<String>,
    },
    /// A step's `if` did not hold.
    StepSkipped {
        /// The step.
        step: String,
        /// The condition.
        reason: String,
    },
    /// A request is about to be sent.
    RequestIntended(RequestIntended),
    /// What became of a request.
    ReplyObserved {
        /// The step.
        step: String,
        /// What the request was for.
        purpose: Purpose,
        /// What became of it.
        delivery: Delivery,
    },
    /// A lost request turned out to have landed; this body stands for its answer.
    RequestAdopted {
        /// The step.
        step: String,
        /// The body.
        body: Value,
    },
    /// One of several requests of a step is done.
    RequestDone {
        /// The step.
        step: String,
        /// The body of its answer.
        body: Value,
    },
    /// A step's request was answered "not yet".
    NotFinalYet {
        /// The step.
        step: String,
        /// What it waits for, in the API's word.
        status: String,
        /// What a person has to do first, if that is so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<String>,
    },
    /// A person answered the question of a step.
    Answered {
        /// The step.
        step: String,
        /// Whether it was yes.
        approved: bool,
        /// Who gave it, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Time passed while nothing was to do.
    Waited {},
    /// A step that runs once per item is done with one.
    TurnSucceeded {
        /// The step.
        step: String,
        /// What this turn yields.
        outputs: Map,
    },
    /// A step is done.
    StepSucceeded {
        /// The step.
        step: String,
        /// What it yields.
        outputs: Map,
    },
    /// A step failed, definitely.
    StepFailed {
        /// The step.
        step: String,
        /// Why.
        failure: Failure,
        /// What came back all the same.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        outputs: Map,
    },
    /// Nobody can say what happened to a step.
    StepUnclear {
        /// The step.
        step: String,
        /// Why not.
        failure: Failure,
    },
    /// The API was asked again where a payment stands; the run itself did not go on.
    Reconciled {
        /// The step that executed it.
        step: String,
        /// The payment.
        reference_id: Uuid,
        /// What the API answered; nothing if it knows no such payment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<Value>,
    },
    /// The run ended, or stopped for now.
    RunFinished {
        /// How.
        outcome: Outcome,
        /// What it yields.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        outputs: Map,
        /// Why it did not succeed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
}

/// What a run began with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The version of the events' format.
    pub format: u32,
    /// The flow's name.
    pub flow: String,
    /// The digest of the flow's text; the text is kept with the run.
    pub flow_digest: String,
    /// The file the flow came from, as people typed it.
    pub file: String,
    /// The key it was started under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// All of the run's randomness.
    pub seed: Seed,
    /// What it was given.
    pub inputs: Map,
    /// Where its requests go.
    pub base_url: String,
    /// Whether that is the embedded sandbox.
    #[serde(default)]
    pub sandbox: bool,
    /// The most the command line lets it move, `500.00 USD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_total: Option<String>,
    /// The batch it is a row of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
}

/// A request as it is written down before it is sent. Secrets are masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestIntended {
    /// The step.
    pub step: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What a lost answer means.
    pub class: ClassWord,
    /// The HTTP method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The payment's reference, if this moves money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<Uuid>,
    /// What it moves, `250.00 USD`, where that is known beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<String>,
    /// The API's time then, where this machine's clock is known to be wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_at: Option<Timestamp>,
}

/// [`Class`] as the journal spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is documented at `Class`")]
pub enum ClassWord {
    Read,
    Idempotent,
    Create,
    Harmless,
    Money,
    Local,
}

impl From<Class> for ClassWord {
    fn from(class: Class) -> Self {
        match class {
            Class::Read => Self::Read,
            Class::Idempotent => Self::Idempotent,
            Class::Create => Self::Create,
            Class::Harmless => Self::Harmless,
            Class::Money => Self::Money,
            Class::Local => Self::Local,
        }
    }
}

impl RequestIntended {
    /// Whether the request could change something at the API.
    pub fn changes(&self) -> bool {
        self.purpose == Purpose::Main && !matches!(self.class, ClassWord::Read | ClassWord::Local)
    }

    /// Whether a call would send just what was written down, secrets aside.
    pub fn matches(&self, call: &Call) -> bool {
        let masked = |body: &Option<Value>| body.as_ref().map(Value::masked);
        self.method == call.method
            && self.path == call.path
            && self.query == call.query
            && masked(&self.body) == masked(&call.body)
    }
}

impl Event {
    /// The step it is about.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::RunStarted(_)
            | Self::RunResumed { .. }
            | Self::Waited {}
            | Self::RunFinished { .. } => None,
            Self::RequestIntended(intent) => Some(&intent.step),
            Self::StepSkipped { step, .. }
            | Self::ReplyObserved { step, .. }
            | Self::RequestAdopted { step, .. }
            | Self::RequestDone { step, .. }
            | Self::NotFinalYet { step, .. }
            | Self::Answered { step, .. }
            | Self::TurnSucceeded { step, .. }
            | Self::StepSucceeded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepUnclear { step, .. }
            | Self::Reconciled { step, .. } => Some(step),
        }
    }

    /// Hides what it repeats of secrets from elsewhere. What the run itself was given and sends stays as it is: a secret
    /// there is one by its type.
    pub fn scrub(&mut self, scrub: &Scrub) {
        if scrub.is_empty() {
            return;
        }
        match self {
            Self::ReplyObserved { delivery, .. } => delivery.scrub(scrub),
            Self::RequestAdopted { body, .. } | Self::RequestDone { body, .. } => scrub.value(body),
            Self::Reconciled { found, .. } => found.iter_mut().for_each(|body| scrub.value(body)),
            Self::StepFailed { failure, .. } | Self::StepUnclear { failure, .. } => {
                failure.scrub(scrub);
            }
            Self::RunFinished { failure, .. } => {
                failure.iter_mut().for_each(|failure| failure.scrub(scrub));
            }
            Self::RunStarted(_)
            | Self::RunResumed { .. }
            | Self::StepSkipped { .. }
            | Self::RequestIntended(_)
            | Self::NotFinalYet { .. }
            | Self::Answered { .. }
            | Self::Waited {}
            | Self::TurnSucceeded { .. }
            | Self::StepSucceeded { .. } => {}
        }
    }

    /// Its name, as a journal keeps it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "RunStarted",
            Self::RunResumed { .. } => "RunResumed",
            Self::StepSkipped { .. } => "StepSkipped",
            Self::RequestIntended(_) => "RequestIntended",
            Self::ReplyObserved { .. } => "ReplyObserved",
            Self::RequestAdopted { .. } => "RequestAdopted",
            Self::RequestDone { .. } => "RequestDone",
            Self::Answered { .. } => "Answered",
            Self::NotFinalYet { .. } => "NotFinalYet",
            Self::Waited {} => "Waited",
            Self::TurnSucceeded { .. } => "TurnSucceeded",
            Self::StepSucceeded { .. } => "StepSucceeded",
            Self::StepFailed { .. } => "StepFailed",
            Self::StepUnclear { .. } => "StepUnclear",
            Self::Reconciled { .. } => "Reconciled",
            Self::RunFinished { .. } => "RunFinished",
        }
    }

    /// Its name and its JSON, as a journal keeps them.
    pub fn encode(&self) -> Result<(String, String), serde_json::Error> {
        let mut json = serde_json::to_string(self)?;
        // an enum is written as {"Name":{...}}
        let name = self.name();
        json.drain(..name.len() + 4);
        json.pop();
        Ok((name.to_owned(), json))
    }

    /// Reads what [`Event::encode`] wrote.
    pub fn decode(name: &str, data: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&format!("{{\"{name}\":{data}}}"))
    }
}
