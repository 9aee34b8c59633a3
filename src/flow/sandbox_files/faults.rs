//! Files of faults: requests to the sandbox that go wrong on purpose.

use crate::flow::text::form_check;
use crate::flow::text::form_schema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Node};
use crate::base::span::{Source, Span};
use crate::flow::text::form::{Entry, Form, Words, entry};
use crate::flow::text::form_check::MANY;
use crate::flow::text::reader::Reader;
use crate::sandbox::{Fault, FaultAction, OPERATIONS};

/// A file of faults.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultsFile {
    /// Decides which requests a fault with a probability befalls.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The faults, the first one that fits is the one that happens.
    pub faults: Vec<Fault>,
}

/// The names of the operations.
const OPERATION: Words = Words {
    what: "operation",
    all: || OPERATIONS.iter().map(|operation| operation.name).collect(),
    knows: |text| OPERATIONS.iter().any(|operation| operation.name == text),
};

const ACTION: Words = Words {
    what: "action",
    all: || FaultAction::ALL.iter().map(|(_, name, _)| *name).collect(),
    knows: |text| FaultAction::named(text).is_some(),
};

const METHOD: Words =
    Words { what: "method", all: || METHODS.to_vec(), knows: |text| METHODS.contains(&text) };
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// A fault.
pub const FAULT: &[Entry] = &[
    entry("action", Form::Word(&ACTION), "What happens. Nothing lands: refused, reset-before, error-before, rate-limited, expired-token. It lands: delay, lost-after, error-after, truncated, malformed.")
        .required(),
    entry(
        "operation",
        Form::Word(&OPERATION),
        "Only for the operation with this name. Default: any operation.",
    ),
    entry("method", Form::Word(&METHOD), "Only for this method. Default: any method."),
    entry(
        "path",
        Form::Text,
        "Only for this path: whole, with its open parts in braces or filled in, or a beginning that ends with *. Default: any path.",
    ),
    entry(
        "nth",
        Form::Whole { least: 1, most: MANY },
        "From which request that fits on, counted from 1. Default: 1.",
    ),
    entry(
        "times",
        Form::Whole { least: 1, most: MANY },
        "How many requests it befalls. Default: 1; with a probability: no end.",
    ),
    entry(
        "probability",
        Form::Probability,
        "How likely it befalls a request that fits, from 0 to 1. The seed decides. Default: it always does.",
    ),
    entry(
        "status",
        Form::Whole { least: 400, most: 599 },
        "For error-before and error-after: the status. Default: 500.",
    ),
    entry(
        "ms",
        Form::Whole { least: 0, most: MANY },
        "For delay: how many milliseconds the answer takes. Default: the setting delay_ms.",
    ),
    entry(
        "retry_after",
        Form::Whole { least: 0, most: MANY },
        "For rate-limited: the seconds its Retry-After asks for. Default: 2.",
    ),
];

/// A list of faults.
pub const FAULTS: Form = Form::List(&Form::Object(FAULT));

const FILE: Form = Form::Object(&[
    entry(
        "seed",
        Form::Whole { least: 0, most: u64::MAX },
        "Decides which requests a fault with a probability befalls. Default: the sandbox's seed.",
    ),
    entry("faults", FAULTS, "The faults. Of those that fit a request the first one happens.")
        .required(),
]);

impl FaultsFile {
    /// Reads a file; all problems at once.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        form_check::read(source, &FILE, "a file of faults", |reader, node| {
            sense_in(reader, node);
        })
    }

    /// The schema of such files.
    pub fn schema() -> Json {
        let doc = "Faults of the sandbox: requests that go wrong on purpose.";
        form_schema::file_schema(&FILE, "dollr-flow faults", doc)
    }
}

/// Reads a list of faults that stands in another document; all problems at once.
pub fn faults(source: &Source, node: &Node) -> Result<Vec<Fault>, Vec<Diagnostic>> {
    let mut reader = Reader::new(source);
    form_check::check(&mut reader, node, &FAULTS, "a fault");
    sense(&mut reader, node);
    form_check::take(reader, node, &FAULTS)
}

/// Complains about faults that can never happen, in the list `faults` of an object.
pub(crate) fn sense_in(reader: &mut Reader<'_>, node: &Node) {
    if let Data::Map(entries) = &node.data
        && let Some((_, list)) = entries.iter().find(|(key, _)| key.name == "faults")
    {
        sense(reader, list);
    }
}

fn sense(reader: &mut Reader<'_>, list: &Node) {
    let Data::List(items) = &list.data else { return };
    for item in items {
        // what can't be read has been complained about
        let Ok(fault) =
            serde_json::from_value::<Fault>(form_check::json_of(item, &Form::Object(FAULT)))
        else {
            continue;
        };
        for flaw in fault.flaws() {
            reader.error("fault", place(item, flaw.field), flaw.message).help = flaw.help;
        }
    }
}

fn place(item: &Node, field: &str) -> Span {
    let Data::Map(entries) = &item.data else { return item.span };
    let found = entries.iter().find(|(key, _)| key.name == field);
    found.map_or(item.span, |(key, value)| match value.data {
        Data::Map(_) | Data::List(_) | Data::Null => key.span,
        _ => value.span,
    })
}
