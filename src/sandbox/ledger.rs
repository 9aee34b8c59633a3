//! The books: everything the emulator remembers.
//!
//! A ledger is a pure function of its settings and of the requests it was handed, with the time of
//! each: handing the same ones to a new ledger rebuilds it exactly. Nothing in it comes from a clock
//! or from chance.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::accounts::Account;
use super::checkouts::Checkout;
use super::counterparties::Counterparty;
use super::documents::Document;
use super::exact;
use super::executions::Execution;
use super::faults::{FaultQueue, Prng};
use super::hosted::Page;
use super::log::{Attempts, Log};
use super::parties::Party;
use super::rates::Bucket;
use super::sessions::Session;
use super::settings::Settings;
use super::table::Table;
use super::tokens::Token;
use super::triggers::Subject;
use super::wallets::{Entry, Wallet};
use super::words::{Relationship, SourceType};

/// The sandbox's books.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    pub(super) settings: Arc<Settings>,
    pub(super) clock: Clock,
    pub(super) prng: Prng,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) parties: Table<Party>,
    pub(super) party_by_phone: HashMap<String, u64>,
    pub(super) counterparties: Table<Counterparty>,
    pub(super) counterparty_by_party: HashMap<(u64, Relationship), u64>,
    invoices: Table<Document>,
    orders: Table<Document>,
    pub(super) next_item: u64,
    pub(super) checkouts: Table<Checkout>,
    pub(super) pages: Table<Page>,
    pub(super) page_by_token: HashMap<String, u64>,
    pub(super) accounts: Table<Account>,
    pub(super) sessions: Table<Session>,
    pub(super) executions: Table<Execution>,
    pub(super) execution_by_reference: HashMap<Uuid, u64>,
    pub(super) execution_by_intent: Table<u64>,
    pub(super) due: BTreeSet<(Timestamp, u64)>,
    pub(super) wallets: Vec<Wallet>,
    pub(super) entries: Vec<Entry>,
    pub(super) attempts: BTreeMap<Uuid, Attempts>,
    pub(super) markers: HashSet<(&'static str, String)>,
    pub(super) expired_for: BTreeMap<Subject, u64>,
    pub(super) faults: FaultQueue,
    pub(super) bucket: Bucket,
    pub(super) log: Log,
}

impl Ledger {
    /// Fresh books.
    pub fn new(settings: Settings) -> Self {
        Self::start(Arc::new(settings))
    }

    fn start(settings: Arc<Settings>) -> Self {
        let first = settings.first_ids;
        Self {
            clock: Clock::default(),
            prng: Prng::new(settings.seed),
            tokens: HashMap::new(),
            parties: Table::new(first.party),
            party_by_phone: HashMap::new(),
            counterparties: Table::new(first.counterparty),
            counterparty_by_party: HashMap::new(),
            invoices: Table::new(first.invoice),
            orders: Table::new(first.order),
            next_item: first.item,
            checkouts: Table::new(first.checkout),
            pages: Table::new(1),
            page_by_token: HashMap::new(),
            accounts: Table::new(first.payment_account),
            sessions: Table::new(first.session),
            executions: Table::new(1),
            execution_by_reference: HashMap::new(),
            execution_by_intent: Table::new(first.payment_intent),
            due: BTreeSet::new(),
            wallets: settings.wallets.iter().map(Wallet::open).collect(),
            entries: Vec::new(),
            attempts: BTreeMap::new(),
            markers: HashSet::new(),
            expired_for: BTreeMap::new(),
            faults: FaultQueue::new(&settings.faults),
            bucket: Bucket::default(),
            log: Log::new(settings.log_limit),
            settings,
        }
    }

    /// Back to the start, with the same settings.
    pub fn reset(&mut self) {
        *self = Self::start(Arc::clone(&self.settings));
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The emulator's time: the latest that was handed in, moved by the clock's control call.
    pub fn now(&self) -> Timestamp {
        self.clock.now
    }

    /// The time as rows record it.
    pub(super) fn stamp(&self) -> Timestamp {
        exact::to_second(self.clock.now)
    }

    /// The documents of one kind.
    pub(super) fn documents(&self, kind: SourceType) -> &Table<Document> {
        match kind {
            SourceType::Invoice => &self.invoices,
            SourceType::Order => &self.orders,
        }
    }

    /// The documents of one kind, to change them.
    pub(super) fn documents_mut(&mut self, kind: SourceType) -> &mut Table<Document> {
        match kind {
            SourceType::Invoice => &mut self.invoices,
            SourceType::Order => &mut self.orders,
        }
    }
}

/// The emulator's time. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Clock {
    now: Timestamp,
    ahead: SignedDuration,
}

impl Clock {
    /// Hears what time it is outside.
    pub(super) fn hear(&mut self, now: Timestamp) {
        let shifted = now.saturating_add(self.ahead).unwrap_or(Timestamp::MAX);
        self.now = self.now.max(shifted);
    }

    /// Moves the clock forward, ahead of the time outside.
    pub(super) fn advance(&mut self, by: SignedDuration) {
        self.ahead = self.ahead.saturating_add(by);
        self.now = self.now.saturating_add(by).unwrap_or(Timestamp::MAX);
    }
}
