//! `test PATH...`: recipe tests, on the sandbox, in virtual time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::args::recipe_test::{TestArgs, TestFormat};
use super::check::unreadable;
use super::console::Emit;
use super::load::{Beside, NotStarted};
use super::{exit, exit_report, load};
use crate::base::diagnostic::Diagnostic;
use crate::engine::virtual_time::recipe_test::play;
use crate::flow::file_kind::FileKind;
use crate::io::host::Stopwatch;
use crate::io::{disk, streams};
use crate::recipe_test::coverage::Coverage;
use crate::recipe_test::file::Trial;
use crate::recipe_test::suite::Suite;
use crate::recipe_test::tally::{FileTally, RecipeTally, Tally, TestTally};
use crate::report::recipe_test::{formats, text};

/// Runs the tests of test files, and of folders of them.
pub fn test(args: &TestArgs, emit: &Emit) -> u8 {
    let (suites, recipes) = match suites(&args.paths) {
        Ok(found) => found,
        Err(why) => return exit_report::not_started(&why, None, emit),
    };
    let tally = play_all(&suites, recipes, args, emit);
    if tally.tests().next().is_none() {
        let message = match &args.filter {
            Some(filter) => format!("no test's name has `{filter}`"),
            None => "there are no tests".to_owned(),
        };
        return exit_report::not_started(&NotStarted::Message(message), None, emit);
    }
    if let Err(message) = tell(&tally, args, emit) {
        emit.error(&message);
        return exit::FAILED;
    }
    let (_, failed) = tally.passed_failed();
    match failed > 0 || (args.fail_uncovered && !tally.missing().is_empty()) {
        true => exit::FAILED,
        false => exit::SUCCEEDED,
    }
}

fn tell(tally: &Tally, args: &TestArgs, emit: &Emit) -> Result<(), String> {
    match args.format {
        TestFormat::Junit => emit.result(&formats::junit(tally)?),
        TestFormat::Json => emit.result_json(&formats::json(tally)),
        TestFormat::Text if emit.json() => emit.result_json(&formats::json(tally)),
        TestFormat::Text => {
            // a reader that went away is no error
            let _ = text::write(&mut emit.out(), tally, emit.paint_out());
        }
    }
    Ok(())
}

/// Every test file that the paths name, checked; and every recipe below those that are folders.
fn suites(paths: &[PathBuf]) -> Result<(Vec<Suite>, Vec<String>), NotStarted> {
    let mut suites = Vec::new();
    let mut recipes = Vec::new();
    let mut problems: Vec<Diagnostic> = Vec::new();
    for path in paths {
        let found = disk::flow_files(path);
        let missing = found.unreadable.into_iter();
        problems.extend(missing.map(|(path, message)| unreadable(&path, message)));
        for file in found.files {
            let source = match load::source(&file) {
                Ok(source) => source,
                Err(why) => {
                    problems.push(unreadable(&file, why.summary()));
                    continue;
                }
            };
            match (FileKind::of(&source), file == *path) {
                (FileKind::Test, _) => match crate::recipe_test::check(&source, &Beside) {
                    Ok(suite) => suites.push(suite),
                    Err(more) => problems.extend(more),
                },
                (FileKind::Flow, false) => recipes.push(source.name().to_owned()),
                (FileKind::Faults | FileKind::Settings, false) => {}
                (_, true) => {
                    let message = format!("{} is no test file (*.test.yaml)", file.display());
                    return Err(NotStarted::Message(message));
                }
            }
        }
    }
    if !problems.is_empty() {
        return Err(NotStarted::Diagnostics(problems));
    }
    if suites.is_empty() {
        return Err(NotStarted::Message("there is no test file (*.test.yaml) here".to_owned()));
    }
    Ok((suites, recipes))
}

/// Plays the tests on all cores; each is on its own, so the order does not matter.
fn play_all(suites: &[Suite], recipes: Vec<String>, args: &TestArgs, emit: &Emit) -> Tally {
    let watch = Stopwatch::start();
    let chosen = |suite: &Suite, trial: &Trial| {
        let has = |text: &String| {
            trial.name.value.contains(text.as_str()) || suite.source.name().contains(text.as_str())
        };
        args.filter.as_ref().is_none_or(has)
    };
    let all: Vec<(usize, &Trial)> = suites
        .iter()
        .enumerate()
        .flat_map(|(at, suite)| suite.trials.iter().map(move |trial| (at, trial)))
        .collect();
    let mine: Vec<(usize, &Trial)> = all
        .iter()
        .copied()
        .filter(|(at, trial)| suites.get(*at).is_some_and(|suite| chosen(suite, trial)))
        .collect();
    let results: Mutex<Vec<(usize, TestTally)>> = Mutex::default();
    let next = AtomicUsize::new(0);
    let bar = streams::bar();
    let live = emit.terminal.stderr && !emit.common.quiet;
    let cores = thread::available_parallelism().map_or(1, usize::from).min(mine.len().max(1));
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((of, trial)) = mine.get(at) else { break };
                    let Some(suite) = suites.get(*of) else { break };
                    let tally = one(suite, trial, args.seed);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((at, tally));
                    if live {
                        bar.set_message(format!("{} of {} tests", at + 1, mine.len()));
                        bar.tick();
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    let left_out = all.len() - mine.len();
    let mut tally = Tally { left_out, ..Tally::default() };
    tally.files.extend(suites.iter().map(|suite| FileTally {
        source: suite.source.clone(),
        flow: suite.plan.source.name().to_owned(),
        tests: Vec::new(),
    }));
    for (at, test) in results {
        if let Some(file) = mine.get(at).and_then(|(of, _)| tally.files.get_mut(*of)) {
            file.tests.push(test);
        }
    }
    if left_out == 0 {
        tally.recipes = covered(suites, recipes, &tally);
    }
    tally.seconds = watch.seconds();
    tally
}

fn one(suite: &Suite, trial: &Trial, seed: u64) -> TestTally {
    let watch = Stopwatch::start();
    let ruling = play(suite, trial, seed);
    let (line, _) = suite.source.line_col(trial.name.span.start);
    TestTally { name: trial.name.value.clone(), line, ruling, seconds: watch.seconds() }
}

/// What all tests together took of each recipe.
fn covered(suites: &[Suite], recipes: Vec<String>, tally: &Tally) -> Vec<RecipeTally> {
    let mut all: BTreeMap<String, Option<Coverage>> =
        recipes.into_iter().map(|flow| (flow, None)).collect();
    for (suite, file) in suites.iter().zip(&tally.files) {
        let coverage = all.entry(file.flow.clone()).or_default();
        let coverage = coverage.get_or_insert_with(|| Coverage::none(&suite.plan));
        file.tests.iter().for_each(|test| coverage.join(&test.ruling.coverage));
    }
    all.into_iter().map(|(flow, coverage)| RecipeTally { flow, coverage }).collect()
}
