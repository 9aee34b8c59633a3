//! The `dollr-flow` binary: parse, call, exit code.

use std::process::ExitCode;

/// A run is many small values: a quarter of a batch's processor time goes with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(dollr_flow::cli::main())
}
