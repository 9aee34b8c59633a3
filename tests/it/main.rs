//! Every test that goes through a public door of the crate, in one program: one link instead of thirty. A file has one
//! subject; what several subjects need is in `support/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout
)]

#[cfg(unix)]
mod batch_kills;
mod check;
mod cli_batch;
mod cli_clocks;
mod cli_decimals;
mod cli_digits;
mod cli_edges;
mod cli_errors;
mod cli_graph;
mod cli_history;
mod cli_journal;
mod cli_keys;
mod cli_money;
mod cli_nulls;
mod cli_once;
#[cfg(unix)]
mod cli_pace;
mod cli_people;
mod cli_reconcile;
#[cfg(unix)]
mod cli_resume;
mod cli_run;
mod cli_secrets;
mod cli_settings;
mod cli_steps;
mod cli_subflows;
mod cli_tables;
mod cli_words;
mod clients;
mod docs;
mod io_http;
mod io_journal;
mod io_journal_index;
mod io_sandbox;
mod journal_format;
#[cfg(unix)]
mod kills;
mod kinds;
mod late_words;
mod picture;
mod recipes;
mod sandbox_api;
mod sandbox_files;
mod schema;
mod shapes;
mod simulation;
mod suites;
mod support;
mod tidy;
mod trials;
