//! Which requests leave no trace but in the log, so that whoever keeps the books need not keep them.

use uuid::Uuid;

use super::books::ledger::Ledger;
use super::books::rows::execution::Execution;
use super::books::triggers::Start;
use crate::api::wire::{Method, Request};
use crate::sandbox::enums::ExecutionStatus;

impl Ledger {
    /// Whether a request would change nothing in the books as they are. Where that is hard to tell, it would.
    pub fn is_idle(&self, request: &Request) -> bool {
        if request.method != Method::Get {
            return false;
        }
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            // a payer may act when his document is looked at
            ["v1", "status", "source"] => false,
            ["v1", "status", _, reference] => {
                let named = |row: &&Execution| reference.parse::<Uuid>() == Ok(row.reference);
                let mut all = self.books.iter().flat_map(|book| book.executions.iter());
                !all.find(named).is_some_and(Execution::moves_by_reads)
            }
            // a look at a document is a step of its payment
            ["v1", "invoices" | "orders", ..] => {
                let mut all = self.books.iter().flat_map(|book| book.executions.iter());
                !all.any(Execution::moves_by_reads)
            }
            ["v1", ..] | [""] | ["_sandbox", ..] => true,
            _ => false,
        }
    }
}

impl Execution {
    /// Whether a read may change it.
    fn moves_by_reads(&self) -> bool {
        let stuck =
            self.status == ExecutionStatus::Processing && self.course.processing_ticks.is_none();
        let waits = !self.status.is_final() && self.course.start == Start::Pending && !stuck;
        waits || self.hidden_reads > 0 || self.broken_reads > 0
    }
}
