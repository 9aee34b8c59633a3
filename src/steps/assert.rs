//! `assert`: stops the run unless something holds.

use super::step::{Class, Params, Progress, Step, Verdict};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Assert;

impl Step for Assert {
    fn name(&self) -> &'static str {
        "assert"
    }

    fn summary(&self) -> &'static str {
        "Fails the run unless every condition holds; nothing is sent."
    }

    fn example(&self) -> &'static str {
        "- uses: assert\n  with:\n    that: \"{{ steps.invoice.total_amount <= 500.00 }}\"\n    \
         message: Larger than this recipe may collect\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Local
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("that", Ty::Any, "A condition in `{{ }}`, or a list of them."),
                Field::optional("message", Ty::Text, "What to say when it does not hold."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const { &[Field::required("passed", Ty::Boolean, "Always true: a failed assert ends the run.")] }
    }

    fn local(&self, params: &Params, _progress: &Progress<'_>) -> Verdict {
        let that = params.get("that").cloned().unwrap_or_default();
        let conditions = match that {
            Value::List(items) => items,
            one => vec![one],
        };
        let outputs = |passed| Map::from_iter([("passed".to_owned(), Value::Bool(passed))]);
        let failed = |message: String| Verdict::Failed { message, outputs: outputs(false) };
        for (at, condition) in conditions.iter().enumerate() {
            match condition {
                Value::Bool(true) => {}
                Value::Bool(false) => {
                    let said = params.get("message").and_then(Value::as_str).map(str::to_owned);
                    return failed(
                        said.unwrap_or_else(|| format!("condition {} does not hold", at + 1)),
                    );
                }
                other => {
                    return failed(format!(
                        "condition {} is {}, not true or false: write it as \"{{{{ a == b }}}}\"",
                        at + 1,
                        other.sort()
                    ));
                }
            }
        }
        Verdict::Done(outputs(true))
    }
}
