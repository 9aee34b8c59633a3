//! From YAML to a [`Flow`]: every key known, every value of the right sort, all problems at once.

use super::ast::{Flow, FlowForeach, FlowStep, Placed};
use super::inputs::parse::input;
use super::plan::{Defaults, Limits, Retry, SecretSource};
use super::text::reader::Reader;
use super::text::shape;
use super::text::yaml;
use crate::base::diagnostic::Diagnostic;
use crate::base::node::{Data, Key, Node};
use crate::base::span::{Source, Span};

/// The wait before the second attempt, unless the flow says otherwise.
const RETRY_INTERVAL_MS: u64 = 1_000;
/// The longest wait between two attempts, unless the flow says otherwise.
const RETRY_MAX_INTERVAL_MS: u64 = 30_000;

/// Reads a flow. What can be read comes with whatever is wrong; `None` if it is not even YAML.
pub fn parse(source: &Source) -> (Option<Flow>, Vec<Diagnostic>) {
    let node = match yaml::read(source) {
        Ok(node) => node,
        Err(problem) => return (None, vec![problem]),
    };
    let mut reader = Reader::new(source);
    reader.duplicates(&node);
    let flow = reader.flow(&node);
    (flow, reader.problems)
}

impl Reader<'_> {
    fn flow(&mut self, node: &Node) -> Option<Flow> {
        if !matches!(node.data, Data::Map(_)) {
            let message = match node.data {
                Data::Null => "the file is empty".to_owned(),
                _ => format!("a flow is an object, not {}", node.sort()),
            };
            self.error("empty", node.span, message).help =
                Some("a flow begins with `version: 1`, `name` and `steps`".to_owned());
            return None;
        }
        let mut flow = Flow {
            source: self.source.clone(),
            name: None,
            description: None,
            inputs: Vec::new(),
            secrets: Vec::new(),
            defaults: Defaults::default(),
            limits: Limits::default(),
            steps: Vec::new(),
            on_failure: Vec::new(),
            finally: Vec::new(),
            outputs: Vec::new(),
        };
        let entries = self.known(node, "a flow", shape::FLOW);
        self.required(&entries);
        for (name, _, value) in entries {
            match name {
                "version" => self.version(value),
                "name" => flow.name = self.fixed(value),
                "description" => flow.description = self.fixed(value).map(|text| text.value),
                "inputs" => {
                    for (key, value) in self.entries(value, "an object of inputs") {
                        flow.inputs.extend(input(self, key, value));
                    }
                }
                "secrets" => {
                    for (key, value) in self.entries(value, "an object of secrets") {
                        let source = self.secret(value);
                        if self.check_name(&key.name, key.span) {
                            flow.secrets.extend(source.map(|source| (key.clone(), source)));
                        }
                    }
                }
                "defaults" => flow.defaults = self.defaults(value),
                "limits" => flow.limits = self.limits(value),
                "steps" => {
                    flow.steps = self.steps(value);
                    if flow.steps.is_empty() && matches!(value.data, Data::List(_) | Data::Null) {
                        self.error("missing", value.span, "a flow needs at least one step");
                    }
                }
                "on_failure" => flow.on_failure = self.steps(value),
                "finally" => flow.finally = self.steps(value),
                "outputs" => {
                    for (key, value) in self.entries(value, "an object of outputs") {
                        flow.outputs.push((key.clone(), value.clone()));
                    }
                }
                _ => {}
            }
        }
        Some(flow)
    }

    fn required(&mut self, entries: &[(&'static str, &Key, &Node)]) {
        for (name, help) in [
            ("version", "begin the file with `version: 1`"),
            ("name", "give the flow a `name`: runs and reports show it"),
            ("steps", "list what is to be done under `steps`"),
        ] {
            if !entries.iter().any(|(known, ..)| *known == name) {
                let first = entries.first().map_or(Span::default(), |(_, key, _)| key.span);
                self.error("missing", first, format!("the flow has no `{name}`")).help =
                    Some(help.to_owned());
            }
        }
    }

    fn version(&mut self, node: &Node) {
        let one = matches!(&node.data, Data::Number(n) if n.as_str() == "1");
        if !one {
            let written = self.source.text().get(node.span.range()).unwrap_or("");
            let message = format!("version `{written}` of the flow language is not known");
            self.error("version", node.span, message).help = Some("write `version: 1`".to_owned());
        }
    }

    fn secret(&mut self, node: &Node) -> Option<SecretSource> {
        let entries = self.known(node, "a secret", shape::SECRET);
        if entries.len() != 1 {
            self.error(
                "missing",
                node.span,
                "a secret has exactly one of `env`, `file`, `command`",
            );
            return None;
        }
        let (name, _, value) = entries.into_iter().next()?;
        match name {
            "env" => self.fixed(value).map(|text| SecretSource::Env(text.value)),
            "file" => self.fixed(value).map(|text| SecretSource::File(text.value)),
            _ => {
                let words = self.one_or_more(value).iter();
                let words: Vec<_> = words.filter_map(|word| self.fixed(word)).collect();
                if words.is_empty() {
                    self.error("missing", value.span, "the command is empty");
                    return None;
                }
                Some(SecretSource::Command(words.into_iter().map(|word| word.value).collect()))
            }
        }
    }

    fn defaults(&mut self, node: &Node) -> Defaults {
        let mut defaults = Defaults::default();
        for (name, _, value) in self.known(node, "`defaults`", shape::DEFAULTS) {
            match name {
                "timeout" => defaults.timeout_ms = self.duration(value),
                _ => defaults.retry = self.retry(value),
            }
        }
        defaults
    }

    fn limits(&mut self, node: &Node) -> Limits {
        let mut limits = Limits::default();
        for (_, _, value) in self.known(node, "`limits`", shape::LIMITS) {
            for each in self.one_or_more(value) {
                if let Some(money) = self.money(each) {
                    let twice = limits.per_run.iter().any(|m| m.currency == money.currency);
                    if twice {
                        let message = format!("there are two limits for {}", money.currency);
                        self.error("duplicate-key", each.span, message);
                    }
                    limits.per_run.push(money);
                }
            }
        }
        limits
    }

    fn retry(&mut self, node: &Node) -> Option<Retry> {
        let mut attempts = None;
        let mut interval_ms = RETRY_INTERVAL_MS;
        let mut max_interval_ms = None;
        let entries = self.known(node, "`retry`", shape::RETRY);
        let has_attempts = entries.iter().any(|(name, ..)| *name == "attempts");
        for (name, _, value) in entries {
            match name {
                "attempts" => attempts = self.count(value),
                "interval" => interval_ms = self.duration(value)?,
                _ => max_interval_ms = Some(self.duration(value)?),
            }
        }
        if !has_attempts {
            self.error("missing", node.span, "`retry` needs `attempts`").help =
                Some("retry: { attempts: 3, interval: 2s }".to_owned());
        }
        Some(Retry {
            attempts: attempts?,
            interval_ms,
            max_interval_ms: max_interval_ms.unwrap_or(RETRY_MAX_INTERVAL_MS.max(interval_ms)),
        })
    }

    fn steps(&mut self, node: &Node) -> Vec<FlowStep> {
        let items = self.list(node, "a list of steps");
        items.iter().filter_map(|item| self.step(item)).collect()
    }

    fn step(&mut self, node: &Node) -> Option<FlowStep> {
        if let Data::Text { text, .. } = &node.data {
            self.error("type", node.span, "a step is an object").help =
                Some(format!("write `- uses: {text}`"));
            return None;
        }
        let entries = self.known(node, "a step", shape::STEP);
        let find = |wanted: &str| {
            entries.iter().find(|(name, ..)| *name == wanted).map(|(_, _, value)| *value)
        };
        let uses = match find("uses") {
            Some(value) => self.fixed(value),
            None => {
                self.error(
                    "missing",
                    self.source.first_line(node.span),
                    "the step has no `uses`",
                )
                .help = Some("say what it does: `uses: party`".to_owned());
                None
            }
        };
        let foreach = self.foreach(find("foreach"), find("item"), find("key"));
        let step = FlowStep {
            span: node.span,
            id: find("id").and_then(|value| self.name(value)),
            name: find("name").and_then(|value| self.fixed(value)).map(|text| text.value),
            with: find("with")
                .map_or(&[][..], |with| self.entries(with, "an object of parameters"))
                .to_vec(),
            cond: find("if").cloned(),
            foreach,
            needs: find("needs").map(|value| self.texts(value)).unwrap_or_default(),
            timeout_ms: find("timeout").and_then(|value| self.duration(value)),
            retry: find("retry").and_then(|value| {
                self.retry(value).map(|retry| Placed { value: retry, span: value.span })
            }),
            expect: find("expect").map_or(&[][..], |value| self.one_or_more(value)).to_vec(),
            continue_on_error: find("continue_on_error")
                .and_then(|value| self.boolean(value))
                .unwrap_or(false),
            uses: uses?,
        };
        Some(step)
    }

    fn texts(&mut self, node: &Node) -> Vec<Placed<String>> {
        self.one_or_more(node).iter().filter_map(|item| self.fixed(item)).collect()
    }

    /// `foreach` with `item` and `key` beside it, or with all three inside.
    fn foreach(
        &mut self,
        foreach: Option<&Node>,
        item: Option<&Node>,
        key: Option<&Node>,
    ) -> Option<FlowForeach> {
        let Some(node) = foreach else {
            for (node, name) in [(item, "item"), (key, "key")] {
                if let Some(node) = node {
                    self.error("missing", node.span, format!("`{name}` needs `foreach` beside it"));
                }
            }
            return None;
        };
        let (mut list, mut item, mut key) = (Some(node), item, key);
        if matches!(node.data, Data::Map(_)) {
            list = None;
            for (name, _, value) in self.known(node, "`foreach`", shape::FOREACH) {
                match name {
                    "list" => list = Some(value),
                    "item" => item = Some(value),
                    _ => key = Some(value),
                }
            }
            if list.is_none() {
                self.error("missing", node.span, "`foreach` has no `list`");
            }
        }
        Some(FlowForeach {
            item: item.and_then(|item| self.name(item)),
            key: key.cloned(),
            list: list?.clone(),
        })
    }
}
