//! The book of one merchant: everything the emulator remembers for it. No merchant's calls reach another
//! merchant's book.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::clock::Clock;
use super::rate_limit::Bucket;
use super::request_log::Attempts;
use super::rows::account::Account;
use super::rows::document::Document;
use super::rows::execution::Execution;
use super::rows::page::Checkout;
use super::rows::page::Page;
use super::rows::people::Counterparty;
use super::rows::people::Party;
use super::rows::session::Session;
use super::rows::token::Token;
use super::rows::wallet::{Entry, Wallet};
use super::table::Table;
use super::triggers::Subject;
use crate::sandbox::enums::{Relationship, SourceType};
use crate::sandbox::figures;
use crate::sandbox::setup::settings::{FirstIds, Merchant, Settings};

/// How far apart the ids of two merchants are, so that an id belongs to one of them only.
const APART: u64 = 10_000_000;

/// One merchant's book.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Book {
    pub settings: Arc<Settings>,
    /// Which merchant of the settings it is; the first one is the settings' own.
    place: usize,
    pub clock: Clock,
    pub tokens: HashMap<String, Token>,
    pub parties: Table<Party>,
    pub party_by_phone: HashMap<String, u64>,
    pub counterparties: Table<Counterparty>,
    pub counterparty_by_party: HashMap<(u64, Relationship), u64>,
    invoices: Table<Document>,
    orders: Table<Document>,
    pub next_item: u64,
    pub checkouts: Table<Checkout>,
    pub pages: Table<Page>,
    pub page_by_token: HashMap<String, u64>,
    pub accounts: Table<Account>,
    pub sessions: Table<Session>,
    pub executions: Table<Execution>,
    pub execution_by_reference: HashMap<Uuid, u64>,
    pub execution_by_intent: Table<u64>,
    pub due: BTreeSet<(Timestamp, u64)>,
    pub wallets: Vec<Wallet>,
    pub entries: Vec<Entry>,
    pub attempts: BTreeMap<Uuid, Attempts>,
    pub markers: HashSet<(&'static str, String)>,
    pub expired_for: BTreeMap<Subject, u64>,
    pub bucket: Bucket,
}

impl Book {
    /// The empty book of a merchant, whose ids begin at `first`.
    pub(crate) fn empty(settings: Arc<Settings>, place: usize, first: FirstIds) -> Self {
        let apart = place as u64 * APART;
        let wallets = settings.wallets.iter().map(|wallet| Wallet::open(wallet, apart)).collect();
        Self {
            settings,
            place,
            clock: Clock::default(),
            tokens: HashMap::new(),
            parties: Table::new(first.party + apart),
            party_by_phone: HashMap::new(),
            counterparties: Table::new(first.counterparty + apart),
            counterparty_by_party: HashMap::new(),
            invoices: Table::new(first.invoice + apart),
            orders: Table::new(first.order + apart),
            next_item: first.item + apart,
            checkouts: Table::new(first.checkout + apart),
            pages: Table::new(1 + apart),
            page_by_token: HashMap::new(),
            accounts: Table::new(first.payment_account + apart),
            sessions: Table::new(first.session + apart),
            executions: Table::new(1 + apart),
            execution_by_reference: HashMap::new(),
            execution_by_intent: Table::new(first.payment_intent + apart),
            due: BTreeSet::new(),
            wallets,
            entries: Vec::new(),
            attempts: BTreeMap::new(),
            markers: HashSet::new(),
            expired_for: BTreeMap::new(),
            bucket: Bucket::default(),
        }
    }

    /// The merchant.
    pub(crate) fn merchant(&self) -> &Merchant {
        self.settings.merchant_at(self.place)
    }

    /// How far its ids are from those of the first merchant.
    pub(crate) fn apart(&self) -> u64 {
        self.place as u64 * APART
    }

    /// The emulator's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time as rows record it.
    pub(crate) fn stamp(&self) -> Timestamp {
        figures::to_second(self.clock.now())
    }

    /// The documents of one kind.
    pub(crate) fn documents(&self, kind: SourceType) -> &Table<Document> {
        match kind {
            SourceType::Invoice => &self.invoices,
            SourceType::Order => &self.orders,
        }
    }

    /// The documents of one kind, to change them.
    pub(crate) fn documents_mut(&mut self, kind: SourceType) -> &mut Table<Document> {
        match kind {
            SourceType::Invoice => &mut self.invoices,
            SourceType::Order => &mut self.orders,
        }
    }
}
