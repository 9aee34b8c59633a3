//! What was asked: the latest requests, a count of every operation, the attempts at every reference.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

use crate::api::wire::Method;

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogLine {
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Its path, without the query.
    pub path: String,
    /// The status it was answered with, whether or not the answer got through.
    pub status: u16,
    /// Whether it changed the books.
    pub landed: bool,
}

/// How often an operation was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Calls {
    /// How many requests came.
    pub requests: u64,
    /// How many of them landed.
    pub landed: u64,
}

/// What was tried with one execution reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Attempts {
    /// How many execute requests named it.
    pub requests: u64,
    /// How many of them made an execution.
    pub executions: u64,
    /// What its trigger does once has been done.
    #[serde(skip)]
    pub tripped: bool,
}

/// The requests so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Log {
    limit: usize,
    lines: VecDeque<LogLine>,
    calls: BTreeMap<&'static str, Calls>,
}

impl Log {
    /// An empty log that keeps the latest `limit` lines.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, lines: VecDeque::new(), calls: BTreeMap::new() }
    }

    /// Writes a request down.
    pub(crate) fn note(&mut self, operation: &'static str, line: LogLine) {
        let calls = self.calls.entry(operation).or_default();
        calls.requests += 1;
        calls.landed += u64::from(line.landed);
        if self.limit == 0 {
            return;
        }
        if self.lines.len() == self.limit {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The latest requests, oldest first.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &LogLine> {
        self.lines.iter()
    }

    /// How often every operation was asked for, by its name.
    pub(crate) fn calls(&self) -> &BTreeMap<&'static str, Calls> {
        &self.calls
    }
}
