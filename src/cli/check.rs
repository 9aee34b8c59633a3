//! `check PATH...`: every problem of every file at once, and nothing is sent.

use std::path::{Path, PathBuf};

use super::args::cli::{CheckArgs, CheckFormat};
use super::console::Emit;
use super::exit;
use super::load::Beside;
use super::load::{self, NotStarted};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::span::{Source, Span};
use crate::flow::file_kind::FileKind;
use crate::io::disk;
use crate::recipe_test;
use crate::report::diagnostics::formats;

/// Checks flows, their tests, and files for the sandbox.
pub fn check(args: &CheckArgs, emit: &Emit) -> u8 {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut problems: Vec<Diagnostic> = Vec::new();
    for path in &args.paths {
        let found = disk::flow_files(path);
        files.extend(found.files);
        problems.extend(found.unreadable.into_iter().map(|(path, why)| unreadable(&path, why)));
    }
    for file in &files {
        one(file).into_iter().for_each(|one| add(&mut problems, one));
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

fn one(file: &Path) -> Vec<Diagnostic> {
    let found = load::source(file).and_then(|source| match FileKind::of(&source) {
        FileKind::Flow => load::plan(&source).map(|(_, warnings)| warnings),
        FileKind::Faults => load::faults(&source).map(|_| Vec::new()),
        FileKind::Settings => load::settings(&source).map(|_| Vec::new()),
        FileKind::Test => recipe_test::check(&source, &Beside)
            .map(|_| Vec::new())
            .map_err(NotStarted::Diagnostics),
    });
    match found {
        Ok(warnings) => warnings,
        Err(NotStarted::Diagnostics(problems)) => problems,
        Err(NotStarted::Message(message)) => vec![unreadable(file, message)],
    }
}

/// A file or folder that can't be read is a problem like any other: the rest is looked at all the same.
pub fn unreadable(path: &Path, message: String) -> Diagnostic {
    let source = Source::new(path.display().to_string(), "");
    Diagnostic::error("unreadable", &source, Span::default(), message)
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
                emit.draw(problems);
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
