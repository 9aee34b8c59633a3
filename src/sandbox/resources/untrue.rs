//! Answers that do not say what the books say: an API that contradicts itself, or answers about something else.

use serde_json::{Value, json};

use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::execution::Execution;
use crate::sandbox::books::triggers::Untrue;
use crate::sandbox::enums::{ExecutionStatus, Word};

/// Why a payment seems to have failed.
const SEEMS: &str = "no answer from the operator";

impl Execution {
    /// What the call that makes it is answered.
    pub(crate) fn answer(&self) -> Value {
        let mut body = self.json();
        if self.untrue == Some(Untrue::TakenBack) {
            body["status"] = json!(ExecutionStatus::Completed.as_str());
            body["gateway_message"] = Value::Null;
        }
        body
    }
}

impl Book {
    /// What a status read is answered instead of how the execution stands, once.
    pub(crate) fn untrue_read(&mut self, id: u64) -> Option<Value> {
        let execution = self.executions.get_mut(id)?;
        let untrue = execution.untrue.filter(|untrue| *untrue != Untrue::TakenBack)?;
        execution.untrue = None;
        let at = self.now();
        if untrue == Untrue::LateSuccess {
            self.settle_by_course(id, at);
        }
        let mut body = self.executions.get(id)?.json();
        body["status"] = json!(ExecutionStatus::Failed.as_str());
        body["gateway_message"] = json!(SEEMS);
        if untrue == Untrue::Stranger {
            // a version 4 UUID that nothing has
            body["reference_id"] = json!("00000000-0000-4000-8000-000000000000");
        }
        Some(body)
    }
}
