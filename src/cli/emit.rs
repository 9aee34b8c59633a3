//! Where results, progress and errors of a command go.

use std::io::Write;

use serde_json::Value as Json;

use super::args::{Color, Common, Output};
use crate::base::scrub::Secrets;
use crate::engine::patience::Patience;
use crate::io::host::Terminal;
use crate::io::out;
use crate::report::live::Live;
use crate::report::paint::Paint;
use crate::report::progress::Plain;
use crate::run::watch::Watch;

/// The streams of one command.
pub struct Emit {
    /// What the command line says.
    pub common: Common,
    /// What the streams are.
    pub terminal: Terminal,
    /// The secrets that the process knows: none of them gets out.
    pub secrets: Secrets,
}

impl Emit {
    /// The streams of this process.
    pub fn new(common: Common) -> Self {
        Self { common, terminal: Terminal::look(), secrets: Secrets::default() }
    }

    /// Whether results are JSON.
    pub fn json(&self) -> bool {
        self.common.output == Output::Json
    }

    /// Colours for standard output.
    pub fn paint_out(&self) -> Paint {
        self.paint(self.terminal.stdout)
    }

    /// Colours for standard error.
    pub fn paint_err(&self) -> Paint {
        self.paint(self.terminal.stderr)
    }

    fn paint(&self, terminal: bool) -> Paint {
        Paint(match self.common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !self.terminal.no_color,
        })
    }

    /// How long a `wait` of a flow is sat out: for as long as it takes while somebody sees until when, else only a short one.
    pub fn patience(&self) -> Patience {
        match self.terminal.stderr {
            true => Patience::ENDLESS,
            false => Patience::SHORT,
        }
    }

    /// A line of results. A reader that went away is no error of ours.
    pub fn result(&self, text: &str) {
        let _ = writeln!(out::stdout(), "{text}");
    }

    /// A JSON result.
    pub fn result_json(&self, json: &Json) {
        let text = serde_json::to_string_pretty(json).unwrap_or_default();
        self.result(&text);
    }

    /// A line for people that is no result.
    pub fn say(&self, text: &str) {
        let _ = writeln!(out::stderr(), "{text}");
    }

    /// An error, with what to do about it.
    pub fn error(&self, message: &str) {
        let mark = match self.paint_err().0 {
            true => "\u{1b}[1;31merror\u{1b}[0m",
            false => "error",
        };
        self.say(&format!("{mark}: {message}"));
    }

    /// Who watches a run.
    pub fn watch(&self) -> Box<dyn Watch> {
        let (paint, pii) = (self.paint_err(), self.common.show_pii);
        if self.common.quiet {
            return Box::new(());
        }
        match self.terminal.stderr {
            true => Box::new(Live::new(out::bar(), paint, pii)),
            false => Box::new(Plain::new(out::stderr(), paint, pii)),
        }
    }
}
