//! The keys a test file may have: one table for the reader and for the schema of editors.

use crate::flow::text::form::Form;
use crate::flow::text::shape::{Key, Shape, key};
use crate::flow::{FAULTS, SETTINGS};

/// How a run can end, in the word that `run --output json` uses.
pub const STATUSES: &[&str] = &["succeeded", "failed", "paused", "unclear", "cancelled"];

/// How a step can end.
pub const STEP_STATUSES: &[&str] = &["succeeded", "failed", "skipped", "pending", "unclear"];

/// What sort of end a failure is.
pub const FAILURE_KINDS: &[&str] = &[
    "declined",
    "rejected",
    "credentials",
    "assertion",
    "template",
    "limit",
    "network",
    "reply",
    "timeout",
    "not_final",
    "requires_action",
    "approval",
    "refused",
    "unclear",
    "interrupted",
];

/// When a process dies.
pub const MOMENTS: &[&str] = &["written", "sent", "answered"];

/// The test file itself.
pub const FILE: &[Key] = &[
    key("version", Shape::Version, "The version of the test language: 1."),
    key(
        "flow",
        Shape::Text,
        "The recipe under test. Default: the file beside this one with the same name, without `.test`.",
    ),
    key(
        "defaults",
        Shape::Object(DEFAULTS),
        "What holds for every test that doesn't say otherwise.",
    ),
    key("tests", Shape::List(&Shape::Object(TEST)), "The tests."),
];

/// What holds for every test.
pub const DEFAULTS: &[Key] = &[
    key(
        "inputs",
        Shape::Named(&Shape::Value),
        "Inputs of every test; a test's own come before them.",
    ),
    key("secrets", Shape::Named(&Shape::Text), "Stand-ins for the flow's secrets."),
    key(
        "client_id",
        Shape::Text,
        "The sandbox's API client that the runs use. Default: sbx_client.",
    ),
    key(
        "sandbox",
        Shape::Form(&Form::Object(SETTINGS)),
        "Settings of the sandbox, as in its settings file.",
    ),
    key(
        "before",
        Shape::List(&Shape::Object(BEFORE)),
        "What happens before every test's own `before`.",
    ),
    key(
        "started_at",
        Shape::Text,
        "When the run starts, in virtual time. Default: 2026-02-02T02:40:00Z.",
    ),
];

const ANSWERS: Key = key(
    "answers",
    Shape::Named(&Shape::Either(&[Shape::Words(&["yes", "no"]), Shape::Bool])),
    "What a person answers to `approve` steps, by step: yes or no.",
);
const KILLED: Key = key(
    "crash",
    Shape::OneOrMore(&Shape::Object(CRASH)),
    "Where the process is killed; another one takes the run up.",
);
const EXPECTED: Key = key(
    "expect",
    Shape::Object(EXPECT),
    "What must have happened when the run ends or stops. Default: it succeeded.",
);

/// One test.
pub const TEST: &[Key] = &[
    key("name", Shape::Text, "What the test shows, in a few words; unique in the file."),
    key(
        "inputs",
        Shape::Named(&Shape::Value),
        "The run's inputs; those not given take their example or default.",
    ),
    DEFAULTS[1],
    DEFAULTS[2],
    DEFAULTS[3],
    key(
        "before",
        Shape::List(&Shape::Object(BEFORE)),
        "What happens first: other flows, or calls; what they yield is `before.<id>`.",
    ),
    DEFAULTS[5],
    key(
        "faults",
        Shape::Form(&FAULTS),
        "What goes wrong from the moment the run starts, as in a faults file.",
    ),
    ANSWERS,
    KILLED,
    EXPECTED,
    key(
        "resume",
        Shape::List(&Shape::Object(RESUME)),
        "How a run that stopped is taken up again, once for each entry.",
    ),
];

/// Something that happens first.
pub const BEFORE: &[Key] = &[
    key(
        "id",
        Shape::Name,
        "The name of what it yields: before.<id>. Default: the flow's file name; a call needs none.",
    ),
    key(
        "flow",
        Shape::Text,
        "A flow that is run to its end; it yields its outputs, and must succeed.",
    ),
    key("inputs", Shape::Named(&Shape::Value), "The flow's inputs."),
    ANSWERS,
    key(
        "call",
        Shape::Text,
        "A request to the sandbox, such as POST /v1/parties/create, or one of its control calls; it yields the answer.",
    ),
    key("body", Shape::Value, "The request's body."),
];

/// A place where the process is killed.
pub const CRASH: &[Key] = &[
    key("event", Shape::Count, "After the run's event with this number was written down."),
    key("step", Shape::Name, "At the first request of this step."),
    key(
        "at",
        Shape::Words(MOMENTS),
        "When: once it is written down, before it is sent; sent, before the answer is heard; answered, before anything else. Default: sent.",
    ),
];

/// What must have happened.
pub const EXPECT: &[Key] = &[
    key("status", Shape::Words(STATUSES), "How the run ended or stopped. Default: succeeded."),
    key("exit_code", Shape::Number, "The exit code `run` would have."),
    key(
        "outputs",
        Shape::Named(&Shape::Value),
        "Every output, exactly; { any: true } stands for any value, { matches: EXPRESSION } for a text.",
    ),
    key("steps", Shape::Named(&Shape::Words(STEP_STATUSES)), "How these steps ended."),
    key("error", Shape::Object(ERROR), "Why the run did not succeed."),
    key(
        "requests",
        Shape::Either(&[Shape::Named(&Shape::Number), Shape::List(&Shape::Text)]),
        "How often these requests were sent; or a list of all requests, in order.",
    ),
    key(
        "order",
        Shape::List(&Shape::Text),
        "Requests in the order they were first sent; others may come between.",
    ),
    key(
        "charges",
        Shape::Either(&[Shape::Words(&["none"]), Shape::Object(CHARGES)]),
        "What moved, as the sandbox's books say; what is not named did not move.",
    ),
    key(
        "that",
        Shape::OneOrMore(&Shape::Condition),
        "What else must hold of `inputs`, `before`, `steps`, `outputs` and `error`.",
    ),
];

/// Why a run did not succeed.
pub const ERROR: &[Key] = &[
    key("step", Shape::Name, "The step at fault."),
    key("kind", Shape::Words(FAILURE_KINDS), "What sort of end it is."),
    key("message", Shape::Text, "Words that its message has."),
    key("http_status", Shape::Number, "The HTTP status that said so."),
];

/// What moved while the run went on.
pub const CHARGES: &[Key] = &[
    key("completed", Shape::Number, "How many payments COMPLETED."),
    key("failed", Shape::Number, "How many FAILED."),
    key("in_flight", Shape::Number, "How many are not final."),
    key(
        "collected",
        Shape::OneOrMore(&Shape::Text),
        "What collections brought, such as 250.00 USD; one or more currencies.",
    ),
    key(
        "paid_out",
        Shape::OneOrMore(&Shape::Text),
        "What payouts took out of wallets, fees included.",
    ),
    key("transferred", Shape::OneOrMore(&Shape::Text), "What transfers took out."),
    key("refunded", Shape::OneOrMore(&Shape::Text), "What refunds took out."),
    key(
        "documents",
        Shape::Named(&Shape::Number),
        "What was collected for each document, by its number, in its currency.",
    ),
];

/// How a run that stopped is taken up again.
pub const RESUME: &[Key] = &[
    key(
        "before",
        Shape::List(&Shape::Object(BEFORE)),
        "What happens before; `steps`, `outputs` and `error` of the run so far are at hand.",
    ),
    ANSWERS,
    KILLED,
    EXPECTED,
];
