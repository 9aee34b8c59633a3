//! What to do about a request of which no clear answer came: delivery times class gives a remedy.
//!
//! | delivery | read | idempotent, create | harmless | money |
//! |---|---|---|---|---|
//! | never left | again | again | again | again |
//! | may have arrived | again | look up; without a lookup: idempotent again, create unclear | again | look up |
//!
//! A lookup that finds it: adopt. One that finds nothing: the answer may only be late, so it is repeated
//! ([`Patience`]) before the same request goes out again. Money has two fences more: the source must not
//! have moved, and the number of sendings is bounded.

use crate::steps::step::Class;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The same request again, after a pause.
    SendAgain,
    /// Ask the API whether it landed.
    LookUp,
    /// Nobody can say: stop.
    Unclear,
}

/// The remedy for a request that may have arrived.
pub fn remedy(class: Class, has_lookup: bool) -> Remedy {
    match (class, has_lookup) {
        (Class::Read | Class::Harmless | Class::Local, _) | (Class::Idempotent, false) => {
            Remedy::SendAgain
        }
        (Class::Idempotent | Class::Create | Class::Money, true) => Remedy::LookUp,
        (Class::Create | Class::Money, false) => Remedy::Unclear,
    }
}

/// How patiently "not found" is doubted, and how often a request goes out at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How many lookups must find nothing.
    pub lookups: u32,
    /// Between two of them.
    pub apart_ms: u64,
    /// From the first to the last of them, at least.
    pub span_ms: u64,
    /// How many lookups are made while something else says that it did land.
    pub lookups_at_most: u32,
    /// How often the main request is sent by one process at most.
    pub sends: u32,
    /// How often in a row one purpose may go unanswered.
    pub troubles: u32,
}

/// The patience a class deserves.
pub fn patience(class: Class) -> Patience {
    match class {
        Class::Money => Patience {
            lookups: 3,
            apart_ms: 5_000,
            span_ms: 10_000,
            lookups_at_most: 8,
            sends: 3,
            troubles: 8,
        },
        Class::Read | Class::Idempotent | Class::Create | Class::Harmless | Class::Local => {
            Patience {
                lookups: 2,
                apart_ms: 2_000,
                span_ms: 2_000,
                lookups_at_most: 2,
                sends: 5,
                troubles: 5,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lookup_or_harmlessness_lets_a_lost_request_go_out_again() {
        use Class::*;
        for class in [Read, Harmless, Local] {
            assert_eq!(remedy(class, false), Remedy::SendAgain);
        }
        for class in [Create, Money] {
            assert_eq!(remedy(class, false), Remedy::Unclear);
            assert_eq!(remedy(class, true), Remedy::LookUp);
        }
        assert_eq!(remedy(Idempotent, true), Remedy::LookUp);
        assert_eq!(remedy(Idempotent, false), Remedy::SendAgain);
    }
}
