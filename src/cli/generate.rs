//! `schema`, `completions`, `man`: what editors, shells and man pages want.

use clap::CommandFactory;

use super::args::cli::{Cli, SchemaOf};
use super::console::Emit;
use super::exit;
use crate::flow::{FaultsFile, schema, settings_schema};

/// Prints the JSON schema of a sort of file.
pub fn schema(of: SchemaOf, emit: &Emit) -> u8 {
    emit.result_json(&match of {
        SchemaOf::Flow => schema::flow(),
        SchemaOf::Faults => FaultsFile::schema(),
        SchemaOf::Settings => settings_schema(),
        SchemaOf::Test => crate::recipe_test::schema::trial(),
    });
    exit::SUCCEEDED
}

/// Prints a completion script.
pub fn completions(shell: clap_complete::Shell, emit: &Emit) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dollr-flow", &mut script);
    emit.result(String::from_utf8_lossy(&script).trim_end());
    exit::SUCCEEDED
}

/// Prints the manual page.
pub fn man(emit: &Emit) -> u8 {
    let mut page = Vec::new();
    match clap_mangen::Man::new(Cli::command()).render(&mut page) {
        Ok(()) => {
            emit.result(String::from_utf8_lossy(&page).trim_end());
            exit::SUCCEEDED
        }
        Err(error) => {
            emit.error(&format!("the manual page could not be made: {error}"));
            exit::FAILED
        }
    }
}
