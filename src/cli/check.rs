//! `check PATH...`: every problem of every file at once, and nothing is sent.

use std::path::{Path, PathBuf};

use super::args::{CheckArgs, CheckFormat};
use super::emit::Emit;
use super::load::{self, NotStarted};
use super::test::Beside;
use super::{exit, finish};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::flow::files::FileKind;
use crate::io::disk;
use crate::report::{carets, diagnostics_formats as formats};
use crate::trial;

/// Checks flows, their tests, and files for the sandbox.
pub fn check(args: &CheckArgs, emit: &Emit) -> u8 {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in &args.paths {
        match disk::flow_files(path) {
            Ok(found) => files.extend(found),
            Err(message) => return finish::not_started(&message.into(), None, emit),
        }
    }
    let mut problems: Vec<Diagnostic> = Vec::new();
    for file in &files {
        match one(file) {
            Ok(found) => found.into_iter().for_each(|one| add(&mut problems, one)),
            Err(why) => {
                why.tell(emit);
                return exit::NOT_STARTED;
            }
        }
    }
    tell(&problems, files.len(), args.format, emit);
    match problems.iter().any(|problem| problem.severity == Severity::Error) {
        true => exit::NOT_STARTED,
        false => exit::SUCCEEDED,
    }
}

/// A flow is checked by itself and with its tests: what is wrong with it is said once.
fn add(problems: &mut Vec<Diagnostic>, new: Diagnostic) {
    let same = |old: &Diagnostic| {
        old.source.name() == new.source.name()
            && (old.span, &old.message) == (new.span, &new.message)
    };
    if !problems.iter().any(same) {
        problems.push(new);
    }
}

fn one(file: &Path) -> Result<Vec<Diagnostic>, NotStarted> {
    let source = load::source(file)?;
    let found = match FileKind::of(&source) {
        FileKind::Flow => load::plan(&source).map(|(_, warnings)| warnings),
        FileKind::Faults => load::faults(&source).map(|_| Vec::new()),
        FileKind::Settings => load::settings(&source).map(|_| Vec::new()),
        FileKind::Test => {
            trial::check(&source, &Beside).map(|_| Vec::new()).map_err(NotStarted::Diagnostics)
        }
    };
    match found {
        Err(NotStarted::Diagnostics(problems)) => Ok(problems),
        other => other,
    }
}

fn tell(problems: &[Diagnostic], files: usize, format: CheckFormat, emit: &Emit) {
    let format = match (format, emit.json()) {
        (CheckFormat::Text, true) => CheckFormat::Json,
        (format, _) => format,
    };
    match format {
        CheckFormat::Json => emit.result_json(&formats::json(problems)),
        CheckFormat::Sarif => emit.result_json(&formats::sarif(problems)),
        CheckFormat::Github => emit.result(formats::github(problems).trim_end()),
        CheckFormat::Text => {
            if !problems.is_empty() {
                emit.say(carets::render(problems, emit.paint_err().0).trim_end());
            }
            let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
            let warnings = problems.len() - errors;
            let files = format!("{files} file{}", if files == 1 { "" } else { "s" });
            match (errors, warnings) {
                (0, 0) => emit.result(&format!("{files} checked, no problems")),
                _ => emit.say(&format!("{files} checked: {errors} errors, {warnings} warnings")),
            }
        }
    }
}
