//! What tells one flow text from another.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::plan::{PlanStep, Uses};
use crate::base::span::Source;

/// SHA-256 of a flow's text, hexadecimal; where there are sub-flows, of it and of their digests.
pub(super) fn digest(source: &Source, sections: [&Vec<PlanStep>; 3]) -> String {
    let mut hash = Sha256::new();
    hash.update(source.text().as_bytes());
    for step in sections.into_iter().flatten() {
        if let Uses::Flow { plan, .. } = &step.uses {
            hash.update(plan.digest.as_bytes());
        }
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // writing to a string can't fail
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
