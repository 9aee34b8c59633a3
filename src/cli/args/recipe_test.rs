//! The command line of what tries recipes out: `test` and `simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::InputArgs;
use super::values::whole;

/// `simulate`
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The flow file
    pub flow: PathBuf,
    /// The inputs
    #[command(flatten)]
    pub inputs: InputArgs,
    /// A stand-in for a secret of the flow, where `sample-NAME` does not do; may be repeated
    #[arg(long = "secret", value_name = "NAME=VALUE")]
    pub secrets: Vec<String>,
    /// How many schedules to play
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    pub schedules: u64,
    /// The first seed; with --schedules 1 it plays just that one again and tells what happens
    #[arg(long, value_name = "S", value_parser = whole::<u64>(0..=u64::MAX))]
    pub seed: Option<u64>,
    /// Plays one script again, such as 3:1,5:2 (a point, and what goes wrong there)
    #[arg(long, value_name = "SCRIPT", conflicts_with_all = ["seed", "schedules"])]
    pub script: Option<String>,
    /// Requests may also arrive up to two minutes after the client gave up on them
    #[arg(long)]
    pub late_delivery: bool,
    /// The server does not recognise a reference it has seen: shows what its guarantee is worth
    #[arg(long)]
    pub no_dedup: bool,
    /// The server may say once what is not so: FAILED of a payment that completes, COMPLETED of one that fails, or an answer
    /// about something else. A run that fails is begun anew, as --retry-failed does
    #[arg(long)]
    pub fickle: bool,
}

/// `test`
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Test files, or folders of them
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
    /// Only tests with this text in their name or in their file's
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Fail if a step or branch of a recipe is not covered
    #[arg(long, conflicts_with = "filter")]
    pub fail_uncovered: bool,
    /// Another seed makes other ids and other faults by chance
    #[arg(long, default_value_t = 0, value_name = "S", value_parser = whole::<u64>(0..=u64::MAX))]
    pub seed: u64,
}

/// How the results of tests are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people.
    Text,
    /// JUnit's XML, for CI.
    Junit,
    /// One JSON object.
    Json,
}
