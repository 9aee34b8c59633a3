//! `new KIND`: a step to fill in.

use super::args::cli::NewArgs;
use super::console::Emit;
use super::load::NotStarted;
use super::{exit, exit_report};
use crate::base::nearest::suggest;
use crate::report::new_step;
use crate::steps::{KINDS, kind};

/// Prints a commented step.
pub fn new(args: &NewArgs, emit: &Emit) -> u8 {
    let Some(kind) = kind(&args.kind) else {
        let names = KINDS.iter().map(|kind| kind.name());
        let help = suggest(&args.kind, names).map(|help| format!(" ({help})")).unwrap_or_default();
        let message = format!("there is no kind `{}`{help}", args.kind);
        return exit_report::not_started(&NotStarted::Message(message), None, emit);
    };
    match new_step::step(kind) {
        Ok(text) if emit.json() => {
            emit.result_json(&serde_json::json!({ "kind": kind.name(), "step": text }));
        }
        Ok(text) => emit.result(text.trim_end()),
        Err(problem) => {
            return exit_report::not_started(&NotStarted::Diagnostics(vec![problem]), None, emit);
        }
    }
    exit::SUCCEEDED
}
