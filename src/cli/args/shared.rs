//! Options that several verbs have.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::whole;

/// What holds for every command.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Where the journal is: a path or sqlite:PATH
    #[arg(
        long,
        global = true,
        env = JOURNAL_VARIABLE,
        default_value = JOURNAL,
        value_name = "URL"
    )]
    pub journal: String,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// How logs are printed
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// More logs: -v for info, -vv for debug
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress, and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Show phones and emails unmasked
    #[arg(long, global = true)]
    pub show_pii: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// How logs are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where inputs come from.
#[derive(Debug, Clone, Args)]
pub struct InputArgs {
    /// An input, name=value; may be repeated
    #[arg(short = 'i', long = "input", value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// Inputs from a YAML or JSON file
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
}

/// Where requests go.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// Use the embedded sandbox: no account, no network, no money
    #[arg(long, conflicts_with = "base_url")]
    pub sandbox: bool,
    /// Where the API is; default: DOLLR_BASE_URL, else the live API
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Do not ask before moving money on the live API
    #[arg(long)]
    pub yes: bool,
}

/// How fast many runs go.
#[derive(Debug, Args)]
pub struct PaceArgs {
    /// How many rows are at work at once; default: as many as the API bears
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=4096))]
    pub concurrency: Option<u32>,
    /// The most requests, such as 20/s or 300/m
    #[arg(long, value_name = "N/s")]
    pub rate: Option<String>,
    /// Begin no more rows once N have failed
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1..=u64::MAX))]
    pub stop_after_failures: Option<u64>,
}

/// Where the journal is if nothing says otherwise.
pub const JOURNAL: &str = ".dollr-flow/journal.db";

/// The variable that names it.
pub const JOURNAL_VARIABLE: &str = "DOLLR_FLOW_JOURNAL";
