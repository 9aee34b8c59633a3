//! Where results, progress and errors of a command go.

use std::io::Write;

use serde_json::Value as Json;

use super::args::shared::{Color, Common, Output};
use super::args::shared::{JOURNAL, JOURNAL_VARIABLE};
use crate::base::diagnostic::Diagnostic;
use crate::base::scrub::Secrets;
use crate::engine::patience::Patience;
use crate::io::host;
use crate::io::host::Terminal;
use crate::io::streams;
use crate::io::streams::{Edge, Reader};
use crate::report::aside::Commands;
use crate::report::diagnostics::carets;
use crate::report::live::Live;
use crate::report::paint::Paint;
use crate::report::progress::Plain;
use crate::run::reporter::Watch;

/// The streams of one command.
pub struct Emit {
    /// What the command line says.
    pub common: Common,
    /// What the streams are.
    pub terminal: Terminal,
    /// The secrets that the process knows: none of them gets out.
    pub secrets: Secrets,
    /// What everything passes on its way out.
    pub edge: Edge,
    /// How commands are spelled in advice.
    pub commands: Commands,
}

impl Emit {
    /// The streams of this process.
    pub fn new(common: Common) -> Self {
        let secrets = Secrets::default();
        let edge = Edge::new(secrets.clone());
        // named in the environment it is found again without being said
        let set = host::variable(JOURNAL_VARIABLE).ok().flatten();
        let said = common.journal != JOURNAL && set.as_ref() != Some(&common.journal);
        let commands = Commands { journal: said.then(|| common.journal.clone()) };
        Self { common, terminal: Terminal::look(), secrets, edge, commands }
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
        let on = match self.common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !self.terminal.no_color,
        };
        let width = self.terminal.width.filter(|_| terminal).map(usize::from);
        Paint { colour: on.then(|| self.edge.mark()), width }
    }

    /// How long a `wait` of a flow is sat out: for as long as it takes while somebody sees until when, else only a short one.
    pub fn patience(&self) -> Patience {
        match self.terminal.stderr {
            true => Patience::ENDLESS,
            false => Patience::SHORT,
        }
    }

    /// Standard output for people, line by line.
    pub fn out(&self) -> impl Write + Send + use<> {
        self.edge.stdout(Reader::People)
    }

    /// Standard error for people, line by line.
    pub fn err(&self) -> impl Write + Send + use<> {
        self.edge.stderr(Reader::People)
    }

    /// Results, of one line or of several. A reader that went away is no error of ours.
    pub fn result(&self, text: &str) {
        let _ = writeln!(self.edge.stdout(Reader::Text), "{text}");
    }

    /// A JSON result.
    pub fn result_json(&self, json: &Json) {
        let _ = self.edge.document(json);
    }

    /// A line for people that is no result.
    pub fn say(&self, text: &str) {
        let _ = writeln!(self.err(), "{}", self.commands.fit(text));
    }

    /// Problems in files, drawn with carets.
    pub fn draw(&self, problems: &[Diagnostic]) {
        let mark = self.paint_err().colour;
        let text = carets::render(problems, mark);
        let _ = writeln!(self.edge.stderr(Reader::Text), "{}", text.trim_end());
    }

    /// What is wrong with the command line, as its parser says it.
    pub fn usage(text: &str) {
        let edge = Edge::new(Secrets::default());
        let terminal = Terminal::look();
        let colour = (terminal.stderr && !terminal.no_color).then(|| edge.mark());
        let paint = Paint { colour, width: None };
        let told = match text.strip_prefix("error") {
            Some(rest) => format!("{}{rest}", paint.style("1;31", "error")),
            None => text.to_owned(),
        };
        let _ = writeln!(edge.stderr(Reader::Text), "{}", told.trim_end());
    }

    /// An error, with what to do about it. Further lines of it stand apart from the margin, where messages begin.
    pub fn error(&self, message: &str) {
        let mark = self.paint_err().style("1;31", "error");
        let mut lines = message.lines();
        self.say(&format!("{mark}: {}", lines.next().unwrap_or_default()));
        lines.for_each(|line| self.say(&format!("       {}", line.trim_start())));
    }

    /// Who watches a run.
    pub fn watch(&self) -> Box<dyn Watch> {
        let (paint, pii) = (self.paint_err(), self.common.show_pii);
        if self.common.quiet {
            return Box::new(());
        }
        match self.terminal.stderr {
            true => {
                let edge = self.edge.clone();
                let shown = Box::new(move |text: &str| edge.line(text));
                Box::new(Live::new(streams::bar(), shown, paint, pii))
            }
            false => Box::new(Plain::new(self.err(), paint, pii)),
        }
    }
}
