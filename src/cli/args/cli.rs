//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::recipe_test::{SimulateArgs, TestArgs};
use super::shared::{Common, InputArgs, PaceArgs, TargetArgs};
use super::values::{moment, whole};
use crate::cli::statuses;

/// Runs payment procedures written in YAML against the Dollr API, and always knows what happened to the money.
#[derive(Debug, Parser)]
#[command(name = "dollr-flow", version, about, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 succeeded, 1 failed, 2 not started, 3 paused (resume later), \
4 unclear (money may have moved; do not start it again), 130 interrupted (and paused)."
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one flow
    Run(RunArgs),
    /// Go on with a run that is paused, interrupted, crashed or unclear
    Resume(ResumeArgs),
    /// Run a flow once per row of a table; started again, it goes on where it stopped
    Batch(BatchArgs),
    /// Ask the API about every payment that is not final, and say where journal and API differ
    Reconcile(ReconcileArgs),
    /// Run a recipe through crash and fault schedules in virtual time, and audit the money
    Simulate(SimulateArgs),
    /// Run recipe tests (*.test.yaml) on the sandbox, in virtual time
    Test(TestArgs),
    /// Check flows without sending anything; all problems at once
    Check(CheckArgs),
    /// The history of runs, from the journal
    Runs(RunsArgs),
    /// Serve the Dollr emulator on this machine
    Sandbox(SandboxArgs),
    /// Print a step of a kind to fill in, every parameter explained
    New(NewArgs),
    /// Print the JSON schema of a sort of file, for editors
    Schema {
        /// The sort of file
        #[arg(value_enum, default_value_t = SchemaOf::Flow)]
        of: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What files a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Flows.
    Flow,
    /// Faults of the sandbox.
    Faults,
    /// Settings of the sandbox.
    Settings,
    /// Tests of recipes.
    Test,
}

/// `run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The flow file
    pub flow: PathBuf,
    /// The inputs
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where requests go
    #[command(flatten)]
    pub target: TargetArgs,
    /// The same flow and key is the same run: a second start resumes it or prints its result
    #[arg(long, value_name = "K")]
    pub key: Option<String>,
    /// The most this run may move, such as "500.00 USD"
    #[arg(long, value_name = "MONEY")]
    pub max_total: Option<String>,
}

/// `batch`
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// The flow file
    pub flow: PathBuf,
    /// The rows: CSV with a line of names, or JSON Lines; - for standard input
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The column that tells the payments apart, such as an invoice number; default: all of the row and the file's name
    #[arg(long, value_name = "COLUMN")]
    pub key: Option<String>,
    /// Inputs that are the same for every row
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Where requests go
    #[command(flatten)]
    pub target: TargetArgs,
    /// How the table is read
    #[command(flatten)]
    pub table: TableArgs,
    /// How fast it goes
    #[command(flatten)]
    pub pace: PaceArgs,
    /// The most all rows together may move, such as "5000.00 USD": it stops before the row that would cross it
    #[arg(long, value_name = "MONEY")]
    pub max_total: Option<String>,
    /// Try failed rows again whose runs moved nothing
    #[arg(long)]
    pub retry_failed: bool,
    /// Only check the rows
    #[arg(long, conflicts_with = "dry_run")]
    pub check: bool,
    /// Only count the rows and what they would move
    #[arg(long)]
    pub dry_run: bool,
    /// Write a line per row as it ends: key, status, reference_id, amount, currency, error
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// The batch's name; default: from the flow's and the file's
    #[arg(long, value_name = "B")]
    pub batch: Option<String>,
}

/// How a table is read.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// The input that a column is for; COLUMN= passes the column over; may be repeated
    #[arg(long, value_name = "COLUMN=INPUT")]
    pub map: Vec<String>,
    /// What the rows are; default: what the file's name or its start says
    #[arg(long, value_enum)]
    pub data_format: Option<TableFormat>,
    /// What stands between cells; default: what the first line says
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<String>,
    /// What the text is, if not UTF-8, such as windows-1252 or utf-16
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// Leave rows out that are not valid, and write them to a file with the reason
    #[arg(long)]
    pub skip_invalid: bool,
    /// Where those rows go; default: beside the data, with .rejects before its ending
    #[arg(long, value_name = "FILE", requires = "skip_invalid")]
    pub rejects: Option<PathBuf>,
}

/// What rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// A line of names, then a line of cells per row.
    Csv,
    /// A JSON object per line.
    Jsonl,
}

/// `resume`
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The run, or the start of its id
    #[arg(required_unless_present_any = ["all", "batch"], conflicts_with_all = ["all", "batch"])]
    pub run: Option<String>,
    /// Every run that is not final, side by side; one whose `wait` has more than a minute to go is left paused
    #[arg(long)]
    pub all: bool,
    /// Every run of this batch that is not final, many at once
    #[arg(long, value_name = "B", conflicts_with_all = ["all", "approve", "reject"])]
    pub batch: Option<String>,
    /// How fast many runs go
    #[command(flatten)]
    pub pace: PaceArgs,
    /// Say yes to the step that asks for it
    #[arg(long, value_name = "STEP", conflicts_with_all = ["all", "reject"])]
    pub approve: Option<String>,
    /// Say no to the step that asks: the run fails
    #[arg(long, value_name = "STEP", conflicts_with = "all")]
    pub reject: Option<String>,
    /// Inputs that are secrets have to be given again
    #[arg(short = 'i', long = "input", value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// Where requests go
    #[command(flatten)]
    pub target: TargetArgs,
}

/// `check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Flow files, or folders of them
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// How problems are printed
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// With carets, for people.
    Text,
    /// One JSON array.
    Json,
    /// As GitHub annotations.
    Github,
    /// As SARIF 2.1.0.
    Sarif,
}

/// `new`
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The kind of step, such as invoice
    pub kind: String,
}

/// `runs`
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// What to do; default: list
    #[command(subcommand)]
    pub verb: Option<RunsVerb>,
}

/// What to do with the history.
#[derive(Debug, Subcommand)]
pub enum RunsVerb {
    /// List runs, newest first
    List(ListArgs),
    /// One run with its timeline
    Show {
        /// The run, or the start of its id
        run: String,
    },
    /// Check that no event of a run, or of all runs, was changed, lost or cut off
    Verify {
        /// The run, or the start of its id; default: all
        run: Option<String>,
    },
    /// One run's events, a JSON object per line
    Events {
        /// The run, or the start of its id
        run: String,
    },
    /// Runs with all of their events, a JSON object per line and run, oldest first
    Export(ExportArgs),
    /// Copy the runs of a damaged journal that are whole into a new one
    Rescue {
        /// The new journal
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Remove runs that are over, and give their space back
    Prune(PruneArgs),
}

/// The statuses after which nothing more happens.
const FINAL: [&str; 3] = ["succeeded", "failed", "cancelled"];

/// `runs export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Only these runs, each by its id or the start of it; default: all that match
    pub runs: Vec<String>,
    /// Only runs with this status; may be repeated
    #[arg(long, value_parser = statuses::parser(), conflicts_with = "runs")]
    pub status: Vec<String>,
    /// Only runs of this flow
    #[arg(long, conflicts_with = "runs")]
    pub flow: Option<String>,
    /// Only rows of this batch
    #[arg(long, conflicts_with = "runs")]
    pub batch: Option<String>,
    /// Only runs that started at or after this time, such as 2026-11-01 or 2026-11-01T18:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "runs")]
    pub since: Option<jiff::Timestamp>,
    /// Only runs that started before this time
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "runs")]
    pub until: Option<jiff::Timestamp>,
}

/// `runs prune`
#[derive(Debug, Args)]
pub struct PruneArgs {
    /// Only runs that ended before this time, such as 2026-11-01 or 2026-11-01T18:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub before: jiff::Timestamp,
    /// Only runs with this status; may be repeated; default: all that are final
    #[arg(long, value_parser = FINAL)]
    pub status: Vec<String>,
    /// Only runs of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// Only rows of this batch
    #[arg(long)]
    pub batch: Option<String>,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Which runs to list.
#[derive(Debug, Default, Args)]
pub struct ListArgs {
    /// Only runs with this status; may be repeated
    #[arg(long, value_parser = statuses::parser())]
    pub status: Vec<String>,
    /// Only runs of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// Only rows of this batch
    #[arg(long)]
    pub batch: Option<String>,
    /// Only runs that started at or after this time, such as 2026-11-01 or 2026-11-01T18:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<jiff::Timestamp>,
    /// At most this many; 0 for all
    #[arg(long, default_value_t = 50, value_parser = whole::<u32>(0..=u32::MAX.into()))]
    pub limit: u32,
}

/// `sandbox`
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub listen: String,
    /// Faults to inject, a YAML file with a list under `faults`, and a `seed` if they come by chance
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Decides tokens, page addresses, hosted references and which requests are hit by chance; the same
    /// seed gives the same ones
    #[arg(long, value_name = "S", value_parser = whole::<u64>(0..=u64::MAX))]
    pub seed: Option<u64>,
    /// What makes payments advance; default: poll
    #[arg(long, value_enum, value_name = "HOW")]
    pub ticks: Option<Timing>,
    /// Settings of the sandbox, a YAML file
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// What makes payments in the sandbox advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Timing {
    /// Every read of a payment is a step.
    Poll,
    /// Every step takes a while (`step_ms`), read or not.
    Clock,
    /// A payment ends as it lands.
    Instant,
}

/// `reconcile`
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 journal and API say the same, 1 they differ (the journal is brought up to date), \
2 nothing could be asked, 4 the API could not tell about a payment, 130 interrupted."
)]
pub struct ReconcileArgs {
    /// Final payments of runs that started at or after this time too, such as 2026-11-01 or 2026-11-01T18:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<jiff::Timestamp>,
    /// Where requests go
    #[command(flatten)]
    pub target: TargetArgs,
}
