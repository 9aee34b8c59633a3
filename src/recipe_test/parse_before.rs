//! What happens before a run, who answers in it, and where it is killed.

use super::file::{Before, Crash, Happens, Moment};
use super::keys;
use super::parse::find;
use crate::api::wire::Method;
use crate::base::node::{Key, Node};
use crate::expr::Template;
use crate::flow::ast::Placed;
use crate::flow::text::reader::{Reader, identifier};

impl Reader<'_> {
    /// What happens first, in order.
    pub(crate) fn befores(&mut self, nodes: [Option<&Node>; 2]) -> Vec<Before> {
        let mut all = Vec::new();
        for node in nodes.into_iter().flatten() {
            let items = self.one_or_more(node).iter();
            all.extend(items.filter_map(|item| self.before(item)));
        }
        all
    }

    fn before(&mut self, node: &Node) -> Option<Before> {
        let entries = self.known(node, "a `before`", keys::BEFORE);
        let (flow, call) = (find(&entries, "flow"), find(&entries, "call"));
        let line = self.source.first_line(node.span);
        let id = find(&entries, "id").and_then(|value| self.name(value)).map(|id| id.value);
        for (name, with, other) in
            [("inputs", flow, "flow"), ("answers", flow, "flow"), ("body", call, "call")]
        {
            if let Some(node) = find(&entries, name).filter(|_| with.is_none()) {
                self.error("missing", node.span, format!("`{name}` needs `{other}` beside it"));
            }
        }
        let (id, what) = match (flow, call) {
            (Some(flow), None) => {
                let path = self.fixed(flow)?;
                let id = id.unwrap_or_else(|| default_id(&path.value));
                let inputs = self.given([None, find(&entries, "inputs")]);
                let answers = self.answers(find(&entries, "answers"));
                (Some(id), Happens::Flow { path, inputs, answers })
            }
            (None, Some(call)) => {
                let body = find(&entries, "body").and_then(|body| self.template(body));
                (id, Happens::Call { request: self.call(call)?, body })
            }
            _ => {
                self.error("missing", line, "a `before` has either `flow` or `call`").help = Some(
                    "{ flow: ./collect.yaml } or { call: POST /v1/parties/create, body: {…} }"
                        .to_owned(),
                );
                return None;
            }
        };
        Some(Before { id, span: line, what })
    }

    fn template(&mut self, node: &Node) -> Option<Template> {
        match Template::new(node, self.source) {
            Ok(template) => Some(template),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    fn call(&mut self, node: &Node) -> Option<Template> {
        let text = self.text(node)?;
        let parts = text.value.split_once(' ').map(|(method, path)| (method, path.trim()));
        let fits = parts.is_some_and(|(method, path)| {
            method.parse::<Method>().is_ok() && path.starts_with('/')
        });
        if !fits {
            self.error("type", node.span, "a call is a method and a path").help =
                Some("such as POST /v1/parties/create, or POST /_sandbox/clock/advance".to_owned());
            return None;
        }
        self.template(node)
    }

    /// What a person answers.
    pub(crate) fn answers(&mut self, node: Option<&Node>) -> Vec<(Key, bool)> {
        let entries = node.map_or(&[][..], |node| self.entries(node, "answers by step"));
        let mut all = Vec::new();
        for (key, value) in entries {
            match value.as_text() {
                Some("yes") => all.push((key.clone(), true)),
                Some("no") => all.push((key.clone(), false)),
                _ => all.extend(self.boolean(value).map(|yes| (key.clone(), yes))),
            }
        }
        all
    }

    /// Where the process is killed.
    pub(crate) fn crashes(&mut self, node: Option<&Node>) -> Vec<Crash> {
        let items = node.map_or(&[][..], |node| self.one_or_more(node));
        items.iter().filter_map(|item| self.crash(item)).collect()
    }

    fn crash(&mut self, node: &Node) -> Option<Crash> {
        let entries = self.known(node, "a crash", keys::CRASH);
        let (event, step, at) =
            (find(&entries, "event"), find(&entries, "step"), find(&entries, "at"));
        match (event, step) {
            (Some(event), None) if at.is_none() => Some(Crash::Event(self.count(event)?.into())),
            (None, Some(step)) => {
                let step: Placed<String> = self.name(step)?;
                let at = match at {
                    Some(at) => self.word(at, keys::MOMENTS)?.value,
                    None => "sent",
                };
                let at = match at {
                    "written" => Moment::Written,
                    "sent" => Moment::Sent,
                    _ => Moment::Answered,
                };
                Some(Crash::Step { step, at })
            }
            _ => {
                let line = self.source.first_line(node.span);
                self.error(
                    "missing",
                    line,
                    "a crash has either `event`, or `step` and perhaps `at`",
                )
                .help = Some("{ step: execute, at: sent }".to_owned());
                None
            }
        }
    }
}

/// The name of a flow's file.
fn default_id(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    identifier(file.split('.').next().unwrap_or(file))
}
