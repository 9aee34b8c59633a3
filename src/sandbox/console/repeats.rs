//! Rows that look as if they had been made twice.

use std::collections::BTreeMap;

use super::audit::Repeat;
use crate::sandbox::books::book::Book;
use crate::sandbox::enums::{ExecutionStatus, OperationType, SourceStatus, SourceType, Word};

/// Ids by what their rows have in common.
#[derive(Default)]
struct Groups(BTreeMap<(&'static str, String), Vec<u64>>);

impl Groups {
    fn add(&mut self, what: &'static str, alike: String, id: u64) {
        self.0.entry((what, alike)).or_default().push(id);
    }

    fn repeats(self) -> Vec<Repeat> {
        let several = self.0.into_iter().filter(|(_, ids)| ids.len() > 1);
        several.map(|((what, alike), ids)| Repeat { what, alike, ids }).collect()
    }
}

impl Book {
    /// The rows that are alike, by kind.
    pub(crate) fn repeats(&self) -> Vec<Repeat> {
        let mut groups = Groups::default();
        for party in self.parties.iter() {
            groups.add("party", format!("{} {}", party.fullname, party.phone), party.id);
        }
        for row in self.counterparties.iter() {
            let alike = format!("party {} {}", row.party_id, row.relationship.as_str());
            groups.add("counterparty", alike, row.id);
        }
        for kind in SourceType::ALL {
            self.group_documents(*kind, &mut groups);
        }
        self.group_executions(&mut groups);
        groups.repeats()
    }

    fn group_documents(&self, kind: SourceType, groups: &mut Groups) {
        let alive = self.documents(kind).iter().filter(|row| row.status != SourceStatus::Canceled);
        for document in alive {
            if let Some(reference) = &document.reference_id {
                groups.add(kind.stem(), reference.clone(), document.id);
            }
            for item in &document.items {
                let line =
                    format!("{}: {} x {} {}", document.number, item.qty, item.amount, item.name);
                groups.add("item", line, item.id);
            }
        }
    }

    fn group_executions(&self, groups: &mut Groups) {
        let alive = self.executions.iter().filter(|row| row.status != ExecutionStatus::Failed);
        for execution in alive {
            let amount = execution.price.payee;
            let what = match execution.operation {
                OperationType::Payout => "payout",
                OperationType::Transfer => "transfer",
                OperationType::Collection | OperationType::Refund => continue,
            };
            let to = match execution.account {
                Some(account) => format!("account {account}"),
                None => self.recipient(execution.session),
            };
            groups.add(what, format!("{amount} to {to}"), execution.id);
        }
    }

    fn recipient(&self, session: Option<u64>) -> String {
        match session.and_then(|id| self.sessions.get(id)).map(|session| &session.intent) {
            Some(crate::sandbox::books::rows::session::Intent::Transfer {
                counterparty, ..
            }) => {
                format!("counterparty {counterparty}")
            }
            _ => "nobody".to_owned(),
        }
    }
}
