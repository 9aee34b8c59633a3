//! The `dollr-flow` binary: parse, call, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(dollr_flow::cli::main())
}
