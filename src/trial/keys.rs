//! The keys a test file may have: one table for the reader and for the schema of editors.

use crate::flow::keys::{Key, Shape, key};

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
    key("flow", Shape::Text, "The recipe under test. Default: the file beside this one with the same name, without `.test`."),
    key("defaults", Shape::Object(DEFAULTS), "What holds for every test that doesn't say otherwise."),
    key("tests", Shape::List(&Shape::Object(TEST)), "The tests."),
];

/// What holds for every test.
pub const DEFAULTS: &[Key] = &[
    key("inputs", Shape::Named(&Shape::Value), "Inputs of every test; a test's own come before them."),
    key("secrets", Shape::Named(&Shape::Text), "Stand-ins for the flow's secrets."),
    key("client_id", Shape::Text, "The sandbox's API client that the runs use. Default: sbx_client."),
    key("sandbox", Shape::Object(SANDBOX), "Settings of the sandbox, as in its settings file."),
    key("before", Shape::List(&Shape::Object(BEFORE)), "What happens before every test's own `before`."),
    key("started_at", Shape::Text, "When the run starts, in virtual time. Default: 2026-02-02T02:40:00Z."),
];

const ANSWERS: Key = key("answers", Shape::Named(&Shape::Bool), "What a person answers to `approve` steps: true for yes, by step.");
const KILLED: Key = key("crash", Shape::OneOrMore(&Shape::Object(CRASH)), "Where the process is killed; another one takes the run up.");
const EXPECTED: Key = key("expect", Shape::Object(EXPECT), "What must have happened when the run ends or stops. Default: it succeeded.");

/// One test.
pub const TEST: &[Key] = &[
    key("name", Shape::Text, "What the test shows, in a few words; unique in the file."),
    key("inputs", Shape::Named(&Shape::Value), "The run's inputs; those not given take their example or default."),
    DEFAULTS[1],
    DEFAULTS[2],
    DEFAULTS[3],
    key("before", Shape::List(&Shape::Object(BEFORE)), "What happens first: other flows, or calls; what they yield is `before.<id>`."),
    DEFAULTS[5],
    key("faults", Shape::List(&Shape::Object(FAULT)), "What goes wrong from the moment the run starts, as in a faults file."),
    ANSWERS,
    KILLED,
    EXPECTED,
    key("resume", Shape::List(&Shape::Object(RESUME)), "How a run that stopped is taken up again, once for each entry."),
];

/// Something that happens first.
pub const BEFORE: &[Key] = &[
    key("id", Shape::Name, "The name of what it yields: before.<id>. Default: the flow's file name; a call needs none."),
    key("flow", Shape::Text, "A flow that is run to its end; it yields its outputs, and must succeed."),
    key("inputs", Shape::Named(&Shape::Value), "The flow's inputs."),
    key("call", Shape::Text, "A request to the sandbox, such as POST /v1/parties/create, or one of its control calls; it yields the answer."),
    key("body", Shape::Value, "The request's body."),
];

/// A place where the process is killed.
pub const CRASH: &[Key] = &[
    key("event", Shape::Count, "After the run's event with this number was written down."),
    key("step", Shape::Name, "At the first request of this step."),
    key("at", Shape::Words(MOMENTS), "When: once it is written down, before it is sent; sent, before the answer is heard; answered, before anything else. Default: sent."),
];

/// What must have happened.
pub const EXPECT: &[Key] = &[
    key("status", Shape::Words(STATUSES), "How the run ended or stopped. Default: succeeded."),
    key("exit_code", Shape::Either(&[Shape::Words(&[]), Shape::Number]), "The exit code `run` would have."),
    key("outputs", Shape::Named(&Shape::Value), "Every output, exactly; { any: true } stands for any value, { matches: EXPRESSION } for a text."),
    key("steps", Shape::Named(&Shape::Words(STEP_STATUSES)), "How these steps ended."),
    key("error", Shape::Object(ERROR), "Why the run did not succeed."),
    key("requests", Shape::Either(&[Shape::Named(&Shape::Number), Shape::List(&Shape::Text)]), "How often these requests were sent; or a list of all requests, in order."),
    key("order", Shape::List(&Shape::Text), "Requests in the order they were first sent; others may come between."),
    key("charges", Shape::Either(&[Shape::Words(&["none"]), Shape::Object(CHARGES)]), "What moved, as the sandbox's books say; what is not named did not move."),
    key("that", Shape::OneOrMore(&Shape::Condition), "What else must hold of `inputs`, `before`, `steps`, `outputs` and `error`."),
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
    key("collected", Shape::OneOrMore(&Shape::Text), "What collections brought, such as 250.00 USD; one or more currencies."),
    key("paid_out", Shape::OneOrMore(&Shape::Text), "What payouts took out of wallets, fees included."),
    key("transferred", Shape::OneOrMore(&Shape::Text), "What transfers took out."),
    key("refunded", Shape::OneOrMore(&Shape::Text), "What refunds took out."),
    key("documents", Shape::Named(&Shape::Number), "What was collected for each document, by its number, in its currency."),
];

/// How a run that stopped is taken up again.
pub const RESUME: &[Key] = &[
    key("before", Shape::List(&Shape::Object(BEFORE)), "What happens before; `steps`, `outputs` and `error` of the run so far are at hand."),
    ANSWERS,
    KILLED,
    EXPECTED,
];

/// A fault.
pub const FAULT: &[Key] = &[
    key("action", Shape::Text, "What happens to the request: lost-after, error-before, rate-limited, …"),
    key("operation", Shape::Text, "Only for this operation, such as execute_collection."),
    key("method", Shape::Words(&["GET", "POST", "PUT", "DELETE"]), "Only for this method."),
    key("path", Shape::Text, "Only for this path, or a beginning that ends with `*`."),
    key("nth", Shape::Count, "From which matching request on. Default: 1."),
    key("times", Shape::Count, "How many requests it befalls. Default: 1, or any number with a probability."),
    key("probability", Shape::Number, "How likely it is, from 0 to 1."),
    key("status", Shape::Number, "The status of an error. Default: 500."),
    key("ms", Shape::Number, "How long a delay is."),
    key("retry_after", Shape::Number, "How many seconds a 429 asks for. Default: 2."),
];

/// The sandbox's settings.
pub const SANDBOX: &[Key] = &[
    key("seed", Shape::Number, "Decides tokens, page addresses, and which requests a fault with a probability hits."),
    key("credentials", Shape::Value, "Who may obtain a token."),
    key("token_lifetime_minutes", Shape::Number, "How long a token lives."),
    key("merchant", Shape::Value, "Whose account it is."),
    key("passcode", Shape::Value, "What approves a payout."),
    key("wallets", Shape::Value, "The merchant's wallets: a list of id, currency and balance."),
    key("rates_per_usd", Shape::Value, "Units of a currency for one US dollar."),
    key("fees", Shape::Value, "The fees."),
    key("operators", Shape::Value, "Which operator a phone number belongs to."),
    key("card_currencies", Shape::Value, "Currencies cards can pay in."),
    key("provider_style", Shape::Words(&["gateway", "method"]), "What predictions name as the provider of a mobile method."),
    key("lenient_types", Shape::Bool, "Whether a wrong JSON type is coerced instead of refused."),
    key("require_note", Shape::Bool, "Whether a document without a note is refused."),
    key("checkout_fee_bearer", Shape::Words(&["PAYER", "PAYEE"]), "Who carries the fees of a document made by a checkout."),
    key("session_minutes", Shape::Number, "How long a checkout or payout session lives."),
    key("ticks", Shape::Words(&["poll", "clock", "instant"]), "What makes a payment advance."),
    key("step_ms", Shape::Number, "How long one tick is when the clock makes them."),
    key("triggers", Shape::Bool, "Whether special phone numbers and amounts do anything."),
    key("delay_ms", Shape::Number, "How long a delayed answer takes."),
    key("hosted_payer", Shape::Words(&["auto", "manual"]), "Whether payers act on hosted pages by themselves."),
    key("rate_limit", Shape::Value, "How many requests are let through: burst, per_minute."),
    key("dedup", Shape::Words(&["replay", "refuse", "off"]), "What a repeated payment reference leads to."),
    key("late_visibility", Shape::Number, "How many status reads do not find a payment that has just landed."),
    key("realtime_key_seconds", Shape::Number, "How long a realtime key lives."),
    key("first_ids", Shape::Value, "The first id of every kind of row."),
    key("public_url", Shape::Text, "How the addresses of hosted pages and links begin."),
];
