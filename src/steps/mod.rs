//! Floor 2: the step kinds. A new kind is one file and one line in [`KINDS`].

pub mod step;

use step::Step;

/// Every kind there is.
pub static KINDS: &[&dyn Step] = &[];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static dyn Step> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}
