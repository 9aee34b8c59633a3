//! A test file as it was read: everything with its place.

use jiff::Timestamp;

use super::expect::Expect;
use crate::base::node::Key;
use crate::base::span::{Source, Span};
use crate::expr::Template;
use crate::flow::ast::Placed;
use crate::sandbox::{Fault, Settings};

/// A test file as it was read.
#[derive(Debug)]
pub struct TrialFile {
    /// The text it came from.
    pub source: Source,
    /// The recipe under test, if the file names it.
    pub flow: Option<Placed<String>>,
    /// The tests.
    pub trials: Vec<Trial>,
}

/// One test of a recipe.
#[derive(Debug)]
pub struct Trial {
    /// What it shows.
    pub name: Placed<String>,
    /// The inputs of the run.
    pub inputs: Given,
    /// Stand-ins for secrets.
    pub secrets: Vec<(Key, String)>,
    /// The API client the run uses, if the test says so.
    pub client_id: Option<Placed<String>>,
    /// The sandbox it runs on.
    pub sandbox: Settings,
    /// When it starts.
    pub started_at: Timestamp,
    /// What goes wrong once it has started.
    pub faults: Vec<Fault>,
    /// The start of the run, then every time it is taken up again.
    pub stages: Vec<Stage>,
}

/// Values by name, each a template.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Where they stand, if they stand anywhere.
    pub span: Option<Span>,
    /// The values.
    pub values: Vec<(Key, Template)>,
    /// The same as they are written.
    pub nodes: Vec<(Key, crate::base::node::Node)>,
}

/// From a start, or a resume, to where the run ends or stops.
#[derive(Debug)]
pub struct Stage {
    /// What happens first.
    pub before: Vec<Before>,
    /// What a person answers, by step.
    pub answers: Vec<(Key, bool)>,
    /// Where the process is killed.
    pub crashes: Vec<Crash>,
    /// What must have happened then.
    pub expect: Expect,
}

/// Something that happens before a run starts or goes on.
#[derive(Debug, Clone)]
pub struct Before {
    /// What it yields is called so.
    pub id: Option<String>,
    /// Where it stands.
    pub span: Span,
    /// What happens.
    pub what: Happens,
}

/// What happens before a run.
#[derive(Debug, Clone)]
pub enum Happens {
    /// A flow is run to its end.
    Flow {
        /// Its path, from the test file's folder.
        path: Placed<String>,
        /// Its inputs.
        inputs: Given,
        /// What a person answers in it, by step.
        answers: Vec<(Key, bool)>,
    },
    /// A request is sent to the sandbox.
    Call {
        /// Method and path, in one text.
        request: Template,
        /// The body.
        body: Option<Template>,
    },
}

/// Where a process is killed. Each is met once.
#[derive(Debug, Clone, PartialEq)]
pub enum Crash {
    /// After this event was written down.
    Event(u64),
    /// At the first request of a step.
    Step {
        /// The step.
        step: Placed<String>,
        /// When.
        at: Moment,
    },
}

/// When a process dies at a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It is written down and not sent.
    Written,
    /// It was sent, and the answer is never heard.
    Sent,
    /// The answer was heard and written down.
    Answered,
}
