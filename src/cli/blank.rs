//! No option is blank: `--base-url "$URL"` with an empty variable must not mean the default.

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command, CommandFactory, Error, FromArgMatches};

use super::args::cli::Cli;

/// Options whose value may be white space: what stands between cells is often a tab.
const SPACED: &[&str] = &["delimiter"];

impl Cli {
    /// The command line of this process, and the variables that stand for options; a blank value is bad usage.
    pub fn filled() -> Result<Self, Error> {
        let matches = Self::command().try_get_matches()?;
        let mut command = Self::command();
        command.build();
        match blank(&command, &matches) {
            Some(message) => Err(command.error(ErrorKind::InvalidValue, message)),
            None => Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command)),
        }
    }
}

fn blank(command: &Command, matches: &ArgMatches) -> Option<String> {
    let own = command.get_arguments().find_map(|arg| blank_argument(arg, matches));
    own.or_else(|| {
        let (name, inside) = matches.subcommand()?;
        blank(command.find_subcommand(name)?, inside)
    })
}

fn blank_argument(arg: &Arg, matches: &ArgMatches) -> Option<String> {
    let name = arg.get_id().as_str();
    // flags have no value of their own
    if !arg.get_action().takes_values() {
        return None;
    }
    let spaced = SPACED.contains(&name);
    let mut values = matches.try_get_raw(name).ok()??;
    values
        .any(|value| match value.to_str() {
            Some(text) if spaced => text.is_empty(),
            Some(text) => text.trim().is_empty(),
            None => false,
        })
        .then(|| match (matches.value_source(name), arg.get_env()) {
            (Some(clap::parser::ValueSource::EnvVariable), Some(variable)) => format!(
                "the environment variable {} is set, but blank: give it a value, or unset it",
                variable.display()
            ),
            _ => format!("{arg} is blank: give it a value, or leave it out"),
        })
}
