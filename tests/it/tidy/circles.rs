//! No file leads back to itself through what it imports.

use std::path::Path;

use super::complain;
use super::imports::{circles, imports, parsed};

/// Data that holds itself: a step of a run holds the flow that it uses, a map holds values.
const RECURSIVE: &[&[&str]] =
    &[&["run/frame.rs", "run/step_state.rs"], &["base/map.rs", "base/value.rs"]];

#[test]
fn no_files_lead_back_to_each_other() {
    let sources = parsed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let imports = imports(&sources);
    let name = |at: &usize| sources[*at].path.to_str().unwrap();
    let mut problems = Vec::new();
    for circle in circles(&imports) {
        let names: Vec<&str> = circle.iter().map(name).collect();
        if RECURSIVE.contains(&names.as_slice()) {
            continue;
        }
        problems.push(format!("a circle of {} files:", names.len()));
        for at in &circle {
            let inside: Vec<&str> = imports[*at].intersection(&circle).map(name).collect();
            problems.push(format!("  {} takes from {}", name(at), inside.join(", ")));
        }
    }
    complain(&problems);
}
