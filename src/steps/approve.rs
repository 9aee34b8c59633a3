//! `approve`: asks a person, and goes on only after a yes.

use super::step::{Class, Params, Progress, Step, Verdict};
use crate::base::secret::MASK;
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Approve;

impl Step for Approve {
    fn name(&self) -> &'static str {
        "approve"
    }

    fn summary(&self) -> &'static str {
        "Asks a person for a yes or no: on a terminal at once, else the run pauses until `resume --approve` or `--reject`."
    }

    fn example(&self) -> &'static str {
        "- uses: approve\n  with: { message: \"Pay {{ inputs.amount }} to {{ inputs.fullname }}?\" }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Local
    }

    fn params(&self) -> &'static [Field] {
        const { &[Field::required("message", Ty::Text, "What the person is to decide.")] }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("approved", Ty::Boolean, "Always true: a refusal fails the run."),
                Field::optional("by", Ty::Text, "Who said yes, where that is known."),
            ]
        }
    }

    fn question(&self, params: &Params) -> Option<String> {
        Some(message(params).to_owned())
    }

    fn local(&self, params: &Params, progress: &Progress<'_>) -> Verdict {
        let approved = progress.answer.is_some_and(|answer| answer.approved);
        let by = progress.answer.and_then(|answer| answer.by.clone());
        let outputs = Map::from_iter([
            ("approved".to_owned(), Value::Bool(approved)),
            ("by".to_owned(), by.clone().map_or(Value::Null, Value::Text)),
        ]);
        if approved {
            return Verdict::Done(outputs);
        }
        let who = by.unwrap_or_else(|| "a person".to_owned());
        Verdict::Failed { message: format!("{who} refused: {}", message(params)), outputs }
    }
}

fn message(params: &Params) -> &str {
    params.get("message").and_then(Value::as_str).unwrap_or(MASK)
}
