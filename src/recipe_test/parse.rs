//! From YAML to a [`TrialFile`]: every key known, every value of the right sort, all problems at once.

use jiff::Timestamp;

use super::expect::Expect;
use super::file::{Given, Stage, Trial, TrialFile};
use super::keys;
use crate::base::diagnostic::Diagnostic;
use crate::base::nearest::suggest;
use crate::base::node::{Data, Key, Node};
use crate::base::span::{Source, Span};
use crate::expr::Template;
use crate::flow;
use crate::flow::ast::Placed;
use crate::flow::text::reader::Reader;
use crate::flow::text::yaml;
use crate::sandbox::{Fault, Settings};

/// When runs start, unless a test says otherwise: 2026-02-02T02:40:00Z.
const STARTED_AT: i64 = 1_770_000_000;

/// The entries of an object with known keys.
pub(crate) type Entries<'n> = Vec<(&'static str, &'n Key, &'n Node)>;

/// Reads a test file. What can be read comes with whatever is wrong; `None` if nothing can be.
pub(crate) fn parse(source: &Source) -> (Option<TrialFile>, Vec<Diagnostic>) {
    let node = match yaml::read(source) {
        Ok(node) => node,
        Err(problem) => return (None, vec![problem]),
    };
    let mut reader = Reader::new(source);
    reader.duplicates(&node);
    let file = reader.trial_file(&node);
    (file, reader.problems)
}

/// The value of a key.
pub(crate) fn find<'n>(entries: &Entries<'n>, wanted: &str) -> Option<&'n Node> {
    entries.iter().find(|(name, ..)| *name == wanted).map(|(_, _, value)| *value)
}

impl Reader<'_> {
    fn trial_file(&mut self, node: &Node) -> Option<TrialFile> {
        if !matches!(node.data, Data::Map(_)) {
            let message = match node.data {
                Data::Null => "the file is empty".to_owned(),
                _ => format!("a test file is an object, not {}", node.sort()),
            };
            self.error("empty", node.span, message).help =
                Some("a test file begins with `version: 1` and `tests`".to_owned());
            return None;
        }
        let entries = self.known(node, "a test file", keys::FILE);
        self.needed(&entries);
        let defaults = match find(&entries, "defaults") {
            Some(node) => self.known(node, "`defaults`", keys::DEFAULTS),
            None => Vec::new(),
        };
        let tests = find(&entries, "tests");
        let mut trials: Vec<Trial> = Vec::new();
        for test in tests.map_or(&[][..], |tests| self.list(tests, "a list of tests")) {
            let Some(trial) = self.trial(test, &defaults) else { continue };
            let twin = trials.iter().find(|other| other.name.value == trial.name.value);
            if let Some(twin) = twin {
                let (line, _) = self.source.line_col(twin.name.span.start);
                let message = format!("two tests are called `{}`", trial.name.value);
                self.error("duplicate-name", trial.name.span, message).label =
                    Some(format!("first in line {line}"));
            }
            trials.push(trial);
        }
        if let Some(tests) = tests.filter(|_| trials.is_empty() && self.problems.is_empty()) {
            self.error("missing", tests.span, "there is no test in this file");
        }
        Some(TrialFile {
            source: self.source.clone(),
            flow: find(&entries, "flow").and_then(|value| self.fixed(value)),
            trials,
        })
    }

    fn needed(&mut self, entries: &Entries<'_>) {
        for (name, help) in [
            ("version", "begin the file with `version: 1`"),
            ("tests", "list the tests under `tests`, each with a `name`"),
        ] {
            if find(entries, name).is_none() {
                let first = entries.first().map_or(Span::default(), |(_, key, _)| key.span);
                self.error("missing", first, format!("the test file has no `{name}`")).help =
                    Some(help.to_owned());
            }
        }
        let version = find(entries, "version");
        if let Some(version) = version
            && !matches!(&version.data, Data::Number(n) if n.as_str() == "1")
        {
            let written = self.source.text().get(version.span.range()).unwrap_or("");
            let message = format!("version `{written}` of the test language is not known");
            self.error("version", version.span, message).help =
                Some("write `version: 1`".to_owned());
        }
    }

    fn trial(&mut self, node: &Node, defaults: &Entries<'_>) -> Option<Trial> {
        let entries = self.known(node, "a test", keys::TEST);
        let either = |name: &str| find(&entries, name).or_else(|| find(defaults, name));
        let both = |name: &str| [find(defaults, name), find(&entries, name)];
        let name = match find(&entries, "name") {
            Some(value) => self.fixed(value),
            None => {
                let line = self.source.first_line(node.span);
                self.error("missing", line, "the test has no `name`").help =
                    Some("say what it shows: `name: a customer who pays`".to_owned());
                None
            }
        };
        let start = Stage {
            before: self.befores(both("before")),
            answers: self.answers(find(&entries, "answers")),
            crashes: self.crashes(find(&entries, "crash")),
            expect: self.expectation(find(&entries, "expect"), node),
        };
        let resumes = find(&entries, "resume");
        let resumes = resumes.map_or(&[][..], |node| self.one_or_more(node)).iter();
        let stages = std::iter::once(start).chain(resumes.map(|node| self.resume(node)));
        let stages: Vec<Stage> = stages.collect();
        Some(Trial {
            inputs: self.given(both("inputs")),
            secrets: self.stand_ins(both("secrets")),
            client_id: either("client_id").and_then(|value| self.fixed(value)),
            sandbox: self.settings(both("sandbox")),
            started_at: either("started_at")
                .and_then(|value| self.moment(value))
                .unwrap_or_else(|| Timestamp::from_second(STARTED_AT).unwrap_or_default()),
            faults: self.faults(find(&entries, "faults")),
            stages,
            name: name?,
        })
    }

    fn resume(&mut self, node: &Node) -> Stage {
        let entries = self.known(node, "a resume", keys::RESUME);
        Stage {
            before: self.befores([None, find(&entries, "before")]),
            answers: self.answers(find(&entries, "answers")),
            crashes: self.crashes(find(&entries, "crash")),
            expect: self.expectation(find(&entries, "expect"), node),
        }
    }

    /// What is expected of a test or a resume; that it succeeded, where it does not say how it ends.
    fn expectation(&mut self, node: Option<&Node>, around: &Node) -> Expect {
        let mut expect = node.map(|node| self.expect(node)).unwrap_or_default();
        if expect.status.is_none() && expect.exit_code.is_none() && expect.error.is_none() {
            let span = self.source.first_line(node.unwrap_or(around).span);
            expect.status = Some(Placed { value: "succeeded", span });
        }
        expect
    }

    /// Values by name: those of the later objects replace those of the earlier ones.
    pub(crate) fn given(&mut self, nodes: [Option<&Node>; 2]) -> Given {
        let mut given = Given::default();
        for node in nodes.into_iter().flatten() {
            given.span = Some(self.source.first_line(node.span));
            for (key, value) in self.entries(node, "an object of inputs") {
                let template = match Template::new(value, self.source) {
                    Ok(template) => template,
                    Err(problems) => {
                        self.problems.extend(problems);
                        continue;
                    }
                };
                given.values.retain(|(other, _)| other.name != key.name);
                given.values.push((key.clone(), template));
                given.nodes.retain(|(other, _)| other.name != key.name);
                given.nodes.push((key.clone(), value.clone()));
            }
        }
        given
    }

    fn stand_ins(&mut self, nodes: [Option<&Node>; 2]) -> Vec<(Key, String)> {
        let mut all: Vec<(Key, String)> = Vec::new();
        for node in nodes.into_iter().flatten() {
            for (key, value) in self.entries(node, "an object of secrets") {
                let Some(text) = self.fixed(value) else { continue };
                all.retain(|(other, _)| other.name != key.name);
                all.push((key.clone(), text.value));
            }
        }
        all
    }

    /// The sandbox's settings: its own defaults, then those of the file, then those of the test.
    fn settings(&mut self, nodes: [Option<&Node>; 2]) -> Settings {
        let mut merged: Vec<(Key, Node)> = Vec::new();
        for node in nodes.into_iter().flatten() {
            for (key, value) in self.entries(node, "an object of settings") {
                merged.retain(|(other, _)| other.name != key.name);
                merged.push((key.clone(), value.clone()));
            }
        }
        let span = nodes.iter().flatten().last().map_or(Span::default(), |node| node.span);
        let merged = Node { span, data: Data::Map(merged) };
        self.take(flow::settings(self.source, &merged))
    }

    fn faults(&mut self, node: Option<&Node>) -> Vec<Fault> {
        node.map(|node| self.take(flow::faults(self.source, node))).unwrap_or_default()
    }

    fn take<T: Default>(&mut self, read: Result<T, Vec<Diagnostic>>) -> T {
        read.unwrap_or_else(|problems| {
            self.problems.extend(problems);
            T::default()
        })
    }

    fn moment(&mut self, node: &Node) -> Option<Timestamp> {
        let text = self.fixed(node)?;
        match text.value.parse() {
            Ok(moment) => Some(moment),
            Err(_) => {
                let message = format!("`{}` is no moment", text.value);
                self.error("type", node.span, message).help =
                    Some("write it with its offset: 2026-02-03T08:15:00Z".to_owned());
                None
            }
        }
    }

    /// One of some words.
    pub(crate) fn word(
        &mut self,
        node: &Node,
        words: &'static [&'static str],
    ) -> Option<Placed<&'static str>> {
        let text = self.text(node)?;
        match words.iter().find(|word| **word == text.value) {
            Some(word) => Some(Placed { value: *word, span: node.span }),
            None => {
                let message = format!("`{}` is no word for this", text.value);
                self.error("type", node.span, message).help =
                    suggest(&text.value, words.iter().copied());
                None
            }
        }
    }

    /// A whole number from 0 on.
    pub(crate) fn whole(&mut self, node: &Node) -> Option<Placed<u64>> {
        let number = self.number(node)?;
        match number.as_str().parse() {
            Ok(value) => Some(Placed { value, span: node.span }),
            Err(_) => {
                self.error("type", node.span, "a whole number from 0 on is needed here");
                None
            }
        }
    }
}
