//! The whole of the books, for people and tests to look at.

use serde_json::{Value, json};

use super::accounts::Account;
use super::counterparties::Counterparty;
use super::documents::Document;
use super::executions::Execution;
use super::ledger::Ledger;
use super::parties::Party;
use super::wallets::{Entry, Wallet};
use super::words::{SourceType, Word};

impl Execution {
    /// The execution with what the API does not show.
    pub(super) fn full_json(&self) -> Value {
        let mut json = self.json();
        json["client_secret"] = json!(self.client_secret);
        json["session_id"] = json!(self.session);
        json["account_id"] = json!(self.account);
        json["source_type"] = json!(self.source.map(|(kind, _)| kind.as_str()));
        json["source_id"] = json!(self.source.map(|(_, id)| id));
        json["original_payment_intent_id"] = json!(self.original);
        json["method"] = json!(self.method.as_str());
        json["provider"] = json!(self.provider.as_str());
        json["requested_at"] = json!(self.requested_at);
        json["finished_at"] = json!(self.finished_at);
        json
    }
}

impl Ledger {
    /// Everything.
    pub(super) fn state_json(&self) -> Value {
        let documents = |kind| -> Vec<Value> {
            let full = |document: &Document| {
                let mut json = document.json();
                json[document.items_key()] = document.items_json();
                json
            };
            self.documents(kind).iter().map(full).collect()
        };
        let mut state = self.books_json();
        state["parties"] = self.parties.iter().map(Party::json).collect();
        state["counterparties"] = self.counterparties.iter().map(Counterparty::json).collect();
        state["invoices"] = json!(documents(SourceType::Invoice));
        state["orders"] = json!(documents(SourceType::Order));
        state["payment_accounts"] = self.accounts.iter().map(Account::json).collect();
        let now = self.now();
        state["sessions"] = self.sessions.iter().map(|session| session.json(now)).collect();
        state["pages"] = self.pages.iter().map(|page| page.json(now)).collect();
        state["faults"] = json!(self.faults.faults().collect::<Vec<_>>());
        state["calls"] = json!(self.log.calls());
        state["requests"] = json!(self.log.lines().collect::<Vec<_>>());
        state
    }

    /// The money: wallets, what was booked on them, and the executions.
    pub(super) fn books_json(&self) -> Value {
        json!({
            "now": self.now(),
            "wallets": self.wallets.iter().map(Wallet::json).collect::<Vec<_>>(),
            "entries": self.entries.iter().map(Entry::json).collect::<Vec<_>>(),
            "executions": self.executions.iter().map(Execution::full_json).collect::<Vec<_>>(),
        })
    }
}
