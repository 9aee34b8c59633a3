//! The keys a flow file may have: one table for the reader and for the schema of editors.

use super::form::Form;

/// What may stand at a key.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The number 1.
    Version,
    /// Text.
    Text,
    /// An identifier.
    Name,
    /// `true` or `false`.
    Bool,
    /// A whole number from 1 on.
    Count,
    /// A length of time.
    Duration,
    /// A number, digit for digit.
    Number,
    /// Any value, without templates.
    Plain,
    /// Any value, with templates.
    Value,
    /// An expression without braces.
    Condition,
    /// One or more of the same.
    OneOrMore(&'static Shape),
    /// Amounts with currency.
    Money,
    /// The name of a type.
    TypeName,
    /// An object with these keys.
    Object(&'static [Key]),
    /// An object with names of the author's choosing.
    Named(&'static Shape),
    /// A list of steps.
    Steps,
    /// What a step runs.
    Uses,
    /// A step's parameters.
    With,
    /// What a step goes through.
    Foreach,
    /// The rules of an input's parts.
    Rules,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list of the same.
    List(&'static Shape),
    /// Any of these.
    Either(&'static [Shape]),
    /// What stands in other files too.
    Form(&'static Form),
}

/// A key and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// What it is for, in one or two sentences.
    pub doc: &'static str,
}

/// A key of a table.
pub const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc }
}

/// The flow itself.
pub const FLOW: &[Key] = &[
    key("version", Shape::Version, "The version of the flow language: 1."),
    key("name", Shape::Text, "The flow's name, as runs and reports show it."),
    key("description", Shape::Text, "What the flow is for, in a sentence."),
    key("inputs", Shape::Named(&Shape::Object(INPUT)), "What the flow may be given, by name."),
    key("secrets", Shape::Named(&Shape::Object(SECRET)), "Where its secrets come from, by name."),
    key("defaults", Shape::Object(DEFAULTS), "What holds for steps that don't say otherwise."),
    key("limits", Shape::Object(LIMITS), "What a run may move at most."),
    key("steps", Shape::Steps, "The steps, in the order they run."),
    key("on_failure", Shape::Steps, "Steps that run when one of `steps` failed."),
    key("finally", Shape::Steps, "Steps that run at the end, whatever happened."),
    key("outputs", Shape::Named(&Shape::Value), "What the flow yields, by name."),
];

/// An input.
pub const INPUT: &[Key] = &[
    key("type", Shape::TypeName, "What values are accepted. Default: string."),
    key("description", Shape::Text, "What it is, for people."),
    key(
        "required",
        Shape::Bool,
        "Whether it must be given. Default: true unless there is a default.",
    ),
    key("default", Shape::Plain, "What it is when it is not given."),
    key("enum", Shape::OneOrMore(&Shape::Plain), "The only values there are."),
    key("pattern", Shape::Text, "A regular expression that the whole text must match."),
    key("minimum", Shape::Number, "The least a number may be."),
    key("maximum", Shape::Number, "The most a number may be."),
    key("secret", Shape::Bool, "Whether it is shown as *** everywhere. Default: false."),
    key("items", Shape::Rules, "For a list: what its values are."),
    key("properties", Shape::Named(&Shape::Rules), "For an object: what its fields are."),
    key("env", Shape::Text, "The environment variable that is read when it is not given."),
    key(
        "example",
        Shape::Plain,
        "What the embedded sandbox and `simulate` take when it is not given. A live run never does.",
    ),
];

/// The rules of a list's values, or of an object's field.
pub const RULES: &[Key] = &[
    INPUT[0], INPUT[1], INPUT[2], INPUT[3], INPUT[4], INPUT[5], INPUT[6], INPUT[7], INPUT[9],
    INPUT[10],
];

/// A secret.
pub const SECRET: &[Key] = &[
    key("env", Shape::Text, "The environment variable that holds it."),
    key("file", Shape::Text, "The file that holds it."),
    key(
        "command",
        Shape::OneOrMore(&Shape::Text),
        "The program, and its arguments, that prints it.",
    ),
];

/// What holds for steps that don't say otherwise.
pub const DEFAULTS: &[Key] = &[
    key("timeout", Shape::Duration, "How long a step may take: 30s, 10m, 1h30m."),
    key("retry", Shape::Object(RETRY), "How a step that may be repeated is repeated."),
];

/// A retry.
pub const RETRY: &[Key] = &[
    key("attempts", Shape::Count, "How often it is tried at most, the first time included."),
    key(
        "interval",
        Shape::Duration,
        "The wait before the second attempt; it doubles. Default: 1s.",
    ),
    key("max_interval", Shape::Duration, "The longest wait between two attempts. Default: 30s."),
];

/// Limits.
pub const LIMITS: &[Key] = &[key(
    "per_run",
    Shape::OneOrMore(&Shape::Money),
    "The most one run may move, such as \"500.00 USD\"; one or more currencies.",
)];

/// A step.
pub const STEP: &[Key] = &[
    key("uses", Shape::Uses, "The kind of step, or ./other.yaml for a sub-flow."),
    key("id", Shape::Name, "The name of its outputs: steps.<id>. Default: the kind."),
    key("name", Shape::Text, "What people call it."),
    key("with", Shape::With, "Its parameters."),
    key("if", Shape::Condition, "Runs only if this holds; skipped otherwise."),
    key("foreach", Shape::Foreach, "A list: the step runs once for each of its values, as `item`."),
    key("item", Shape::Name, "What the value is called instead of `item`."),
    key("key", Shape::Value, "What tells the turns of a money step apart, such as {{ item.id }}."),
    key(
        "needs",
        Shape::OneOrMore(&Shape::Text),
        "The steps that must be done first. Makes the flow a graph.",
    ),
    key("timeout", Shape::Duration, "How long it may take: 30s, 10m, 1h30m."),
    key("retry", Shape::Object(RETRY), "How it is repeated. Not on a money step."),
    key(
        "expect",
        Shape::OneOrMore(&Shape::Condition),
        "What must hold of its `response` and `outputs`.",
    ),
    key(
        "continue_on_error",
        Shape::Bool,
        "Whether the flow goes on when it fails. Default: false.",
    ),
];

/// A `foreach` that says all in one place.
pub const FOREACH: &[Key] = &[
    key("list", Shape::Value, "The list."),
    key("item", Shape::Name, "What a value is called. Default: item."),
    key("key", Shape::Value, "What tells the turns of a money step apart."),
];

/// The names of the keys.
pub fn names(keys: &'static [Key]) -> impl Iterator<Item = &'static str> + Clone {
    keys.iter().map(|key| key.name)
}
