//! `simulate FLOW`: what the promises about money are worth, tried many thousand times.

use std::thread;

use serde_json::json;

use super::args::recipe_test::SimulateArgs;
use super::console::Emit;
use super::load::{self, NotStarted};
use super::{exit, exit_report};
use crate::base::shell::command;
use crate::engine::virtual_time::simulate::{
    Found, Replay, Scenario, Search, Trace, Violation, explore, replay,
};
use crate::io::host::Stopwatch;
use crate::io::streams;
use crate::report::simulation::{self, Counts, Refused};
use crate::sandbox::{Dedup, Settings};

/// The first seed when nobody names one.
const SEED: u64 = 1;

/// A quarter of the schedules is spent on every schedule with few deviations.
const EXHAUSTIVE_SHARE: u64 = 4;

/// Plays schedules, or one again.
pub fn simulate(args: &SimulateArgs, emit: &Emit) -> u8 {
    let scenario = match scenario(args, emit) {
        Ok(scenario) => scenario,
        Err(why) => return exit_report::not_started(&why, None, emit),
    };
    match again(args) {
        Err(message) => exit_report::not_started(&NotStarted::Message(message), None, emit),
        Ok(Some(again)) => tell_one(&replay(&scenario, &again), emit),
        Ok(None) => many(&scenario, args, emit),
    }
}

fn scenario(args: &SimulateArgs, emit: &Emit) -> Result<Scenario, NotStarted> {
    let source = load::source(&args.flow)?;
    let (plan, _) = load::plan(&source)?;
    let inputs = load::inputs(&plan, &args.inputs, true, emit)?;
    let secrets = load::sample_secrets(&plan, &args.secrets)?;
    // no stand-in is the sandbox's own credential or passcode
    let mut settings = Settings { log_limit: 0, trusting: true, ..Settings::default() };
    if args.no_dedup {
        settings.dedup = Dedup::Off;
    }
    if !emit.common.quiet && !emit.json() {
        emit.say(&format!("simulating {} in virtual time; nothing is sent", plan.name));
    }
    let (late_delivery, fickle) = (args.late_delivery, args.fickle);
    let (books, sabotage) = (None, None);
    Ok(Scenario { plan, inputs, secrets, settings, books, late_delivery, fickle, sabotage })
}

fn again(args: &SimulateArgs) -> Result<Option<Replay>, String> {
    if let Some(script) = &args.script {
        let pair = |text: &str| {
            let (point, way) = text.split_once(':')?;
            Some((point.trim().parse().ok()?, way.trim().parse().ok()?))
        };
        // an empty one is the schedule in which nothing goes wrong
        let pairs = script.split(',').filter(|_| !script.trim().is_empty());
        let script: Option<Vec<(u32, u32)>> = pairs.map(pair).collect();
        let script = script.ok_or("--script is not of the form 3:1,5:2")?;
        return Ok(Some(Replay::Script(script)));
    }
    Ok(args.seed.filter(|_| args.schedules == 1).map(Replay::Seed))
}

fn tell_one(trace: &Trace, emit: &Emit) -> u8 {
    if emit.json() {
        emit.result_json(&json!({
            "outcome": trace.outcome.map(|outcome| outcome.word()),
            "violations": trace.violations,
            "trace": trace.told,
        }));
    } else {
        // a reader that went away is no error
        let Trace { told, outcome, violations, .. } = trace;
        let _ = simulation::trace(&mut emit.out(), told, *outcome, violations, emit.paint_out());
    }
    match trace.violations.is_empty() {
        true => exit::SUCCEEDED,
        false => exit::FAILED,
    }
}

fn many(scenario: &Scenario, args: &SimulateArgs, emit: &Emit) -> u8 {
    let watch = Stopwatch::start();
    let bar = streams::bar();
    let live = emit.terminal.stderr && !emit.common.quiet;
    let found = spread(scenario, args, &|played| {
        if live {
            bar.set_message(format!("{played} schedules per core"));
            bar.tick();
        }
    });
    bar.finish_and_clear();
    let counts = Counts {
        played: found.played,
        exhaustive: found.exhaustive,
        distinct: found.distinct.len() as u64,
        states: found.states.len() as u64,
        outcomes: found.outcomes.iter().map(|(word, count)| (*word, *count)).collect(),
        moved: found.moved,
        pays: scenario.plan.moves_money,
        proves_nothing: found.proves_nothing(&scenario.plan),
        seconds: watch.seconds(),
    };
    let refused: Vec<Refused<'_>> = found.violations.iter().map(|one| refused(one, args)).collect();
    if emit.json() {
        emit.result_json(&simulation::json(&counts, &refused));
    } else {
        let mut out = emit.out();
        if let Some(first) = found.violations.first() {
            let Trace { told, outcome, violations, .. } = replay(scenario, &first.replay);
            let _ = simulation::trace(&mut out, &told, outcome, &violations, emit.paint_out());
        }
        // a reader that went away is no error
        let _ = simulation::summary(&mut out, &counts, &refused, emit.paint_out());
    }
    match refused.is_empty() && counts.proves_nothing.is_none() {
        true => exit::SUCCEEDED,
        false => exit::FAILED,
    }
}

fn refused<'a>(violation: &'a Violation, args: &SimulateArgs) -> Refused<'a> {
    let mut words = vec!["dollr-flow".to_owned(), "simulate".to_owned()];
    words.push(args.flow.display().to_string());
    match &violation.replay {
        Replay::Seed(seed) => {
            words.extend(["--schedules", "1", "--seed"].map(str::to_owned));
            words.push(seed.to_string());
        }
        Replay::Script(script) => {
            let pairs: Vec<String> = script.iter().map(|(at, way)| format!("{at}:{way}")).collect();
            words.extend(["--script".to_owned(), pairs.join(",")]);
        }
    }
    for pair in &args.inputs.input {
        words.extend(["-i".to_owned(), pair.clone()]);
    }
    if let Some(file) = &args.inputs.inputs {
        words.extend(["--inputs".to_owned(), file.display().to_string()]);
    }
    for secret in &args.secrets {
        words.extend(["--secret".to_owned(), secret.clone()]);
    }
    words.extend(args.late_delivery.then(|| "--late-delivery".to_owned()));
    words.extend(args.no_dedup.then(|| "--no-dedup".to_owned()));
    words.extend(args.fickle.then(|| "--fickle".to_owned()));
    Refused { again: command(words.iter().map(String::as_str)), what: &violation.what }
}

/// Each core takes a share of the seeds; the first also takes the schedules with few deviations.
fn spread(scenario: &Scenario, args: &SimulateArgs, heard: &(dyn Fn(u64) + Sync)) -> Found {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let first = args.seed.unwrap_or(SEED);
    let share = args.schedules.div_ceil(cores);
    let mut all = Found::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|core| {
                let schedules = share.min(args.schedules.saturating_sub(core * share));
                let exhaustive = match core {
                    0 => (args.schedules / EXHAUSTIVE_SHARE).min(schedules),
                    _ => 0,
                };
                let seed = first.wrapping_add(core * share);
                let search = Search { schedules, exhaustive, seed };
                scope.spawn(move || match schedules {
                    0 => Found::default(),
                    _ => explore(scenario, search, heard),
                })
            })
            .collect();
        for worker in workers {
            match worker.join() {
                Ok(found) => all.join(found),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    all
}
