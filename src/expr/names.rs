//! The names that templates may use: all of them pure, none of them a clock, a file or a dice.

/// Every filter.
pub(super) const FILTERS: &[&str] = &[
    "capitalize",
    "count",
    "d",
    "default",
    "first",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "minus",
    "plus",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round_to",
    "select",
    "selectattr",
    "sort",
    "split",
    "string",
    "sum",
    "times",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
];

/// Every test.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "endingwith",
    "eq",
    "equalto",
    "even",
    "false",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

/// Every function.
pub(super) const FUNCTIONS: &[&str] = &["range"];

/// What to use instead of filters that other template languages have.
pub(super) fn instead_of_filter(name: &str) -> Option<&'static str> {
    Some(match name {
        "round" => "amounts are rounded by `round_to(currency)`",
        "abs" | "int" | "float" | "format" | "filesizeformat" => {
            "numbers stay exact here: `plus`, `minus`, `times`, `sum(attribute)`, `round_to(currency)`"
        }
        "add" => "amounts are added by `plus`",
        "sub" | "subtract" => "amounts are subtracted by `minus`",
        "mul" | "multiply" => "amounts are multiplied by `times`",
        "now" | "date" | "strftime" => {
            "templates read no clock: the run's start is `run.started_at`"
        }
        "random" | "shuffle" => "templates are the same at every run",
        "safe" | "escape" | "e" => "values are never escaped here",
        _ => return None,
    })
}
