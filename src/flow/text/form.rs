//! Files that are no flows: what may stand where, for their reader and for the schema of editors alike.

/// What may stand in a place.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds.
    Whole {
        /// The least it may be.
        least: u64,
        /// The most it may be.
        most: u64,
    },
    /// A decimal, digit for digit, not below zero.
    Decimal,
    /// A decimal above zero.
    Positive,
    /// A decimal from 0 to 1.
    Probability,
    /// A currency.
    Currency,
    /// A word of a set.
    Word(&'static Words),
    /// The same, or null for nothing.
    Maybe(&'static Form),
    /// An object with these keys.
    Object(&'static [Entry]),
    /// A list of the same.
    List(&'static Form),
    /// The same for some words of a set.
    ByWord(&'static Words, &'static Form),
    /// The same for some currencies.
    ByCurrency(&'static Form),
}

/// A closed set of words.
#[derive(Debug)]
pub struct Words {
    /// What one of them is called.
    pub what: &'static str,
    /// Every word.
    pub all: fn() -> Vec<&'static str>,
    /// Whether a text stands for one of them; some have other names too.
    pub knows: fn(&str) -> bool,
}

/// A key of an object.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub form: Form,
    /// What it is for, in one or two sentences.
    pub doc: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// A key that may be there.
pub(crate) const fn entry(name: &'static str, form: Form, doc: &'static str) -> Entry {
    Entry { name, form, doc, required: false }
}

impl Entry {
    /// A key that must be there.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}
