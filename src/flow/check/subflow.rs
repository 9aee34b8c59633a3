//! Checks the flows that a flow uses: each file once, however often it is used.

use std::sync::Arc;

use super::checker::Checker;
use super::flow::check_nested;
use super::subflows::{MAX_DEPTH, MAX_STEPS, Nest};
use crate::base::span::{Source, Span};
use crate::flow::plan::Plan;

impl Checker<'_> {
    /// The plan of the flow that a step uses.
    pub fn subflow(&mut self, path: &str, span: Span, nest: &mut Nest<'_>) -> Option<Arc<Plan>> {
        let source = match nest.subflows.load(self.source, path) {
            Ok(source) => source,
            Err(message) => {
                self.error("subflow", span, format!("the sub-flow can't be read: {message}"));
                return None;
            }
        };
        nest.above.push(self.source.name().to_owned());
        let plan = self.checked(path, source, span, nest);
        nest.above.pop();
        plan
    }

    fn checked(
        &mut self,
        path: &str,
        source: Source,
        span: Span,
        nest: &mut Nest<'_>,
    ) -> Option<Arc<Plan>> {
        if let Some(at) = nest.above.iter().position(|name| name == source.name()) {
            let around: Vec<&str> = nest.above.iter().skip(at).map(String::as_str).collect();
            let chain = format!("{} -> {}", around.join(" -> "), source.name());
            self.error("subflow", span, "the sub-flow runs the flow it is part of").help =
                Some(format!("the circle is {chain}"));
            return None;
        }
        let depth = nest.above.len();
        let too_deep = format!("flows stand more than {MAX_DEPTH} deep in each other");
        if depth >= MAX_DEPTH {
            self.error("subflow", span, too_deep);
            return None;
        }
        let name = source.name().to_owned();
        let known = match nest.checked.get(&name) {
            Some(known) => known.clone(),
            None => {
                let plan = self.check_file(&source, nest);
                nest.checked.insert(name, plan.clone());
                plan
            }
        };
        match known {
            Some(plan) if depth + plan.depth > MAX_DEPTH => {
                self.error("subflow", span, too_deep);
                None
            }
            Some(plan) => Some(plan),
            None => {
                self.error("subflow", span, format!("the sub-flow `{path}` has errors"));
                None
            }
        }
    }

    fn check_file(&mut self, source: &Source, nest: &mut Nest<'_>) -> Option<Arc<Plan>> {
        match check_nested(source, nest) {
            Ok((plan, warnings)) => {
                self.problems.extend(warnings);
                Some(Arc::new(plan))
            }
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    /// A flow that uses another that uses another can grow out of all bounds.
    pub fn bounded(&mut self, size: usize, span: Span) -> bool {
        if size > MAX_STEPS {
            let message = format!("with its sub-flows the flow has more than {MAX_STEPS} steps");
            self.error("subflow", span, message);
        }
        size <= MAX_STEPS
    }
}
