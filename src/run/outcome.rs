//! How runs and steps end, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::scrub::Scrub;

/// How a run ended, or stopped for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All of it was done.
    Succeeded,
    /// It can't be done, definitely.
    Failed,
    /// Not final yet: `resume` goes on.
    Paused,
    /// Money may have moved and the API could not tell.
    Unclear,
    /// A person called it off.
    Cancelled,
}

impl Outcome {
    /// The word for it in JSON and in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Paused => "paused",
            Self::Unclear => "unclear",
            Self::Cancelled => "cancelled",
        }
    }

    /// The exit code that it alone gives.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Succeeded => 0,
            Self::Failed | Self::Cancelled => 1,
            Self::Paused => 3,
            Self::Unclear => 4,
        }
    }

    /// Whether nothing more can happen to the run.
    pub fn is_final(self) -> bool {
        match self {
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
            Self::Paused | Self::Unclear => false,
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Begun, not done.
    Running,
    /// Done.
    Succeeded,
    /// Failed, definitely.
    Failed,
    /// Its `if` did not hold.
    Skipped,
    /// Nobody can say yet.
    Unclear,
}

impl StepStatus {
    /// The word for it in JSON: a step that is under way is still pending there.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending | Self::Running => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unclear => "unclear",
        }
    }
}

/// What sort of end a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The API said the payment failed, or a thing is not as it must be.
    Declined,
    /// The API did not accept the request (403, 404, 422 and other 4xx).
    Rejected,
    /// The API does not accept the credentials.
    Credentials,
    /// A condition of the flow does not hold.
    Assertion,
    /// A parameter, condition or output could not be made.
    Template,
    /// A limit of the flow or the command line would be crossed.
    Limit,
    /// No answer could be had.
    Network,
    /// The API's answer can't be read.
    Reply,
    /// A time limit passed.
    Timeout,
    /// The payment is not final yet.
    NotFinal,
    /// The payer has to confirm the payment first (3-D Secure).
    RequiresAction,
    /// A person has to say yes or no first.
    Approval,
    /// A person said no.
    Refused,
    /// It is not known whether a request landed.
    Unclear,
    /// The runner was told to stop.
    Interrupted,
}

impl FailureKind {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Rejected => "rejected",
            Self::Credentials => "credentials",
            Self::Assertion => "assertion",
            Self::Template => "template",
            Self::Limit => "limit",
            Self::Network => "network",
            Self::Reply => "reply",
            Self::Timeout => "timeout",
            Self::NotFinal => "not_final",
            Self::RequiresAction => "requires_action",
            Self::Approval => "approval",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a run or a step did not succeed, and what that means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The step's id, if a step is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What sort of end it is.
    pub kind: FailureKind,
    /// What happened, in one sentence without a full stop.
    pub message: String,
    /// The HTTP status that said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// What the API said per field, `field: message`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detail: Vec<String>,
    /// The payment's reference, if one was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<Uuid>,
    /// What it means for the money, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// When there is something to do again, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

impl Failure {
    /// A failure of a sort.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            step: None,
            kind,
            message: message.into(),
            http_status: None,
            detail: Vec::new(),
            reference_id: None,
            help: None,
            due: None,
        }
    }

    /// Masks secrets in its words.
    pub fn scrub(&mut self, scrub: &Scrub) {
        let texts =
            std::iter::once(&mut self.message).chain(&mut self.detail).chain(&mut self.help);
        texts.for_each(|text| *text = scrub.text(text));
    }

    /// The same with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
