//! From a [`Flow`] to a [`Plan`]: everything that can be known to be wrong is said before anything is sent.

use std::collections::BTreeSet;

use super::symbols::{Look, Place, Visible};
use crate::base::diagnostic::Diagnostic;
use crate::base::span::{Source, Span};
use crate::expr::{Condition, Misuse, Reference, Template};
use crate::flow::ast::Flow;

pub(crate) struct Checker<'a> {
    pub source: &'a Source,
    pub flow: &'a Flow,
    pub visible: Visible<'a>,
    pub problems: Vec<Diagnostic>,
    /// Whether nothing of the flow is left out of its plan.
    pub(crate) whole: bool,
    /// The inputs and secrets that something reads: `inputs.phone`, or `inputs` for all of them.
    pub(crate) used: BTreeSet<String>,
}

impl Checker<'_> {
    pub fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let at = self.problems.len();
        self.problems.push(Diagnostic::error(code, self.source, span, message));
        &mut self.problems[at]
    }

    pub fn warn(&mut self, code: &'static str, span: Span, message: String, help: &str) {
        let warning = Diagnostic::warning(code, self.source, span, message).help(help);
        self.problems.push(warning);
    }

    /// Reads a template and checks what it names; `cond` is the condition of the step it stands in.
    pub fn template(
        &mut self,
        node: &crate::base::node::Node,
        place: &Place<'_>,
        cond: Option<&Condition>,
    ) -> Option<Template> {
        match Template::new(node, self.source) {
            Ok(template) => {
                let ty = |path: &[String]| self.visible.ty(path, place);
                let misuses = template.misuses(&ty);
                let null = |path: &[String]| self.visible.may_be_null(path, place);
                let nulls = template.nulls(&null, cond);
                self.nulls(nulls);
                self.names(template.references(), place, cond);
                self.misuses(misuses);
                Some(template)
            }
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    /// The same for a condition.
    pub fn condition(
        &mut self,
        node: &crate::base::node::Node,
        place: &Place<'_>,
        cond: Option<&Condition>,
    ) -> Option<Condition> {
        match Condition::new(node, self.source) {
            Ok(condition) => {
                let ty = |path: &[String]| self.visible.ty(path, place);
                let misuses = condition.misuses(&ty);
                let null = |path: &[String]| self.visible.may_be_null(path, place);
                let nulls = condition.nulls(&null, cond);
                self.nulls(nulls);
                let cond = cond.unwrap_or(&condition);
                self.names(condition.references().iter().collect(), place, Some(cond));
                self.misuses(misuses);
                Some(condition)
            }
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    fn misuses(&mut self, misuses: Vec<Misuse>) {
        for misuse in misuses {
            self.error("money-maths", misuse.span, misuse.message).help = Some(misuse.help);
        }
    }

    fn nulls(&mut self, nulls: Vec<Misuse>) {
        for null in nulls {
            self.error("null", null.span, null.message).help = Some(null.help);
        }
    }

    fn names(&mut self, references: Vec<&Reference>, place: &Place<'_>, cond: Option<&Condition>) {
        for reference in references {
            let path = &reference.path;
            if matches!(path.first().map(String::as_str), Some("inputs" | "secrets")) {
                self.used.insert(path[..path.len().min(2)].join("."));
            }
            match self.visible.look(path, place) {
                Look::Problem { code, message, help } => {
                    self.error(code, reference.span, message).help = help;
                }
                Look::Ty(_) | Look::Unknown => self.maybe_skipped(reference, place, cond),
            }
        }
    }

    /// Warns of a step that may not have run, unless whoever refers to it copes.
    fn maybe_skipped(
        &mut self,
        reference: &Reference,
        place: &Place<'_>,
        cond: Option<&Condition>,
    ) {
        let [root, id, ..] = reference.path.as_slice() else { return };
        let step = self.visible.steps.iter().find(|step| step.id == *id);
        let (Some(step), "steps", false) = (step, root.as_str(), reference.guarded) else { return };
        let same_text = cond.is_some_and(|cond| step.cond.as_deref() == Some(cond.text()));
        // its own mention in a condition is no guard there, a test of being there is
        let copes = cond.is_some_and(|cond| {
            cond.references().iter().any(|other| {
                other.path.starts_with(&reference.path[..2])
                    && (other.guarded || other.span != reference.span)
            })
        });
        if same_text || copes {
            return;
        }
        let message = match (&step.cond, place.late && step.main) {
            (Some(_), _) => format!("the step `{id}` may be skipped, and then this has no value"),
            (None, true) => format!("the step `{id}` may not have run, and then this has no value"),
            (None, false) => return,
        };
        let path = reference.dotted();
        let help = format!(
            "give this step the same `if`, or a value for then: {{{{ {path} | default(\"none\") }}}}"
        );
        self.warn("maybe-skipped", reference.span, message, &help);
    }
}

/// Whether `uses` means a file.
pub(crate) fn is_path(uses: &str) -> bool {
    uses.starts_with("./")
        || uses.starts_with("../")
        || uses.ends_with(".yaml")
        || uses.ends_with(".yml")
}
