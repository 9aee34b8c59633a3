//! From the command line to an exit code.

use std::io::ErrorKind;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use super::args::cli::{Cli, Command};
use super::args::shared::LogFormat;
use super::batch::start;
use super::console::Emit;
use super::resume::one;
use super::runs::verb;
use super::{check, exit, generate, new, reconcile, run, sandbox, simulate, test};
use crate::base::visible;
use crate::engine::stop::Stop;
use crate::io::streams;
use crate::io::streams::{Lost, Reader};
use crate::io::{host, signals};

/// Runs the command line of this process.
pub fn main() -> u8 {
    let cli = match Cli::filled() {
        Ok(cli) => cli,
        // help and version are results, all else is bad usage
        Err(error) if error.use_stderr() => {
            Emit::usage(&refused(error));
            return exit::NOT_STARTED;
        }
        Err(error) => {
            return match error.print() {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => exit::FAILED,
                _ => exit::SUCCEEDED,
            };
        }
    };
    let emit = Emit::new(cli.common);
    emit.edge.guard_panics();
    if let Err(problem) = logs(&emit) {
        emit.error(&problem);
        return exit::NOT_STARTED;
    }
    // whoever can't read how it ended must not take it for a failure, and start it again
    let untold = match &cli.command {
        Command::Run(_) | Command::Resume(_) => exit::UNCLEAR,
        Command::Batch(args) if !args.check && !args.dry_run => exit::UNCLEAR,
        _ => exit::FAILED,
    };
    let code = carry_out(cli.command, &emit);
    match streams::lost() {
        Some(Lost::Unwritten(why)) => {
            emit.error(&format!("the result could not be written to standard output: {why}"));
            if code == exit::SUCCEEDED { untold } else { code }
        }
        // as when anything else is piped into `head`
        Some(Lost::Reader) | None => code,
    }
}

fn carry_out(command: Command, emit: &Emit) -> u8 {
    match command {
        Command::Check(args) => check::check(&args, emit),
        Command::Test(args) => test::test(&args, emit),
        Command::New(args) => new::new(&args, emit),
        Command::Schema { of } => generate::schema(of, emit),
        Command::Completions { shell } => generate::completions(shell, emit),
        Command::Man => generate::man(emit),
        Command::Simulate(args) => simulate::simulate(&args, emit),
        Command::Batch(args) => asynchronous(emit, |stop| start::batch(args, emit, stop)),
        Command::Run(args) => asynchronous(emit, |stop| run::run(args, emit, stop)),
        Command::Resume(args) => asynchronous(emit, |stop| one::resume(args, emit, stop)),
        Command::Reconcile(args) => {
            asynchronous(emit, |stop| reconcile::reconcile(args, emit, stop))
        }
        Command::Runs(args) => asynchronous(emit, |stop| verb::runs(args, emit, stop)),
        Command::Sandbox(args) => asynchronous(emit, |stop| sandbox::sandbox(args, emit, stop)),
    }
}

/// What is wrong with the command line, in which what was typed is quoted with every letter visible.
fn refused(error: clap::Error) -> String {
    let shown = host::arguments().map(|text| visible::line(&text, None).into_owned());
    let again = Cli::try_parse_from(shown).err().filter(clap::Error::use_stderr);
    again.unwrap_or(error).render().to_string()
}

fn asynchronous<F: Future<Output = u8>>(emit: &Emit, work: impl FnOnce(Stop) -> F) -> u8 {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            emit.error(&format!("the runtime could not be started: {error}"));
            return exit::NOT_STARTED;
        }
    };
    let stop = Stop::default();
    let code = runtime.block_on(async {
        signals::listen(stop.clone(), exit::INTERRUPTED);
        work(stop).await
    });
    // a blocking read must not hold up the exit
    runtime.shutdown_background();
    code
}

fn logs(emit: &Emit) -> Result<(), String> {
    let common = &emit.common;
    let level = match (common.quiet, common.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "dollr_flow=info,warn",
        (false, _) => "dollr_flow=debug,info",
    };
    let wanted = host::setting("DOLLR_FLOW_LOG")?;
    let filter = EnvFilter::try_new(wanted.as_deref().unwrap_or(level))
        .map_err(|error| format!("the environment variable DOLLR_FLOW_LOG: {error}"))?;
    let reader = match common.log_format {
        LogFormat::Text => Reader::People,
        LogFormat::Json => Reader::Json,
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter);
    let logs = logs.with_writer(emit.edge.logs(reader));
    let set = match common.log_format {
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    // a second initialisation in one process keeps the first
    let _ = set;
    Ok(())
}
