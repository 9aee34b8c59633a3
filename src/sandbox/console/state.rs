//! The whole of the books, for people and tests to look at.

use serde_json::{Value, json};

use crate::sandbox::books::book::Book;
use crate::sandbox::books::ledger::Ledger;
use crate::sandbox::books::rows::account::Account;
use crate::sandbox::books::rows::document::Document;
use crate::sandbox::books::rows::execution::Execution;
use crate::sandbox::books::rows::people::Counterparty;
use crate::sandbox::books::rows::people::Party;
use crate::sandbox::books::rows::wallet::{Entry, Wallet};
use crate::sandbox::enums::{SourceType, Word};

impl Execution {
    /// The execution with what the API does not show.
    pub(crate) fn full_json(&self) -> Value {
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
    pub(crate) fn state_json(&self) -> Value {
        let mut state = self.books_json();
        state["parties"] = self.rows(|book| book.parties.iter().map(Party::json).collect());
        state["counterparties"] =
            self.rows(|book| book.counterparties.iter().map(Counterparty::json).collect());
        state["invoices"] = self.rows(|book| book.documents_json(SourceType::Invoice));
        state["orders"] = self.rows(|book| book.documents_json(SourceType::Order));
        state["payment_accounts"] =
            self.rows(|book| book.accounts.iter().map(Account::json).collect());
        let now = self.now();
        state["sessions"] =
            self.rows(|book| book.sessions.iter().map(|session| session.json(now)).collect());
        state["pages"] = self.rows(|book| book.pages.iter().map(|page| page.json(now)).collect());
        state["faults"] = self.faults.json();
        state["calls"] = json!(self.log.calls());
        state["requests"] = json!(self.log.lines().collect::<Vec<_>>());
        state
    }

    /// The money: merchants, wallets, what was booked on them, and the executions.
    pub(crate) fn books_json(&self) -> Value {
        let merchants = self.books.iter().map(|book| {
            let merchant = book.merchant();
            json!({ "id": merchant.id, "name": merchant.name, "type": merchant.r#type.as_str() })
        });
        json!({
            "now": self.now(),
            "merchants": merchants.collect::<Vec<_>>(),
            "wallets": self.rows(|book| book.wallets.iter().map(Wallet::json).collect()),
            "entries": self.rows(|book| book.entries.iter().map(Entry::json).collect()),
            "executions":
                self.rows(|book| book.executions.iter().map(Execution::full_json).collect()),
        })
    }

    /// The rows of all merchants, each with its merchant's id.
    fn rows(&self, of: impl Fn(&Book) -> Vec<Value>) -> Value {
        let owned = |book: &Book| {
            let id = book.merchant().id;
            of(book).into_iter().map(move |mut row| {
                row["merchant_id"] = json!(id);
                row
            })
        };
        self.books.iter().flat_map(|book| owned(book).collect::<Vec<_>>()).collect()
    }
}

impl Book {
    fn documents_json(&self, kind: SourceType) -> Vec<Value> {
        let full = |document: &Document| {
            let mut json = document.json();
            json[document.items_key()] = document.items_json();
            json
        };
        self.documents(kind).iter().map(full).collect()
    }
}
