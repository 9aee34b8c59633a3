//! The books: everything the emulator remembers.
//!
//! A ledger is a pure function of its settings and of the requests it was handed, with the time of
//! each: handing the same ones to a new ledger rebuilds it exactly. Nothing in it comes from a clock
//! or from chance.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::book::Book;
use super::clock::Clock;
use super::request_log::Log;
use super::samples;
use crate::api::wire::{Authorization, Request};
use crate::api::words::TOKEN_PATH;
use crate::sandbox::faults::fault::Fault;
use crate::sandbox::faults::prng::Prng;
use crate::sandbox::faults::queue::FaultQueue;
use crate::sandbox::setup::settings::Settings;

/// The sandbox's books.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    pub(crate) settings: Arc<Settings>,
    clock: Clock,
    pub(crate) prng: Prng,
    pub(crate) faults: FaultQueue,
    pub(crate) log: Log,
    /// One for each merchant, in the order of the settings; there is always a first one.
    pub(crate) books: Vec<Book>,
}

impl Ledger {
    /// Fresh books.
    pub fn new(settings: Settings) -> Self {
        Self::start(Arc::new(settings))
    }

    fn start(settings: Arc<Settings>) -> Self {
        let book = |place| open(&settings, place);
        Self {
            clock: Clock::default(),
            prng: Prng::new(settings.seed),
            faults: FaultQueue::new(&settings.faults),
            log: Log::new(settings.log_limit),
            books: (0..=settings.merchants.len()).map(book).collect(),
            settings,
        }
    }

    /// Back to the start, with the same settings.
    pub fn reset(&mut self) {
        *self = Self::start(Arc::clone(&self.settings));
    }

    /// Whether other books say the same, whatever was asked meanwhile.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let all = |ledger: &Self| (ledger.clock, ledger.prng.clone(), ledger.faults.clone());
        all(self) == all(other) && self.settings == other.settings && self.books == other.books
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Adds a fault to those still to come.
    pub fn queue_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The faults that had to befall a request and have befallen none, in words.
    pub fn idle_faults(&self) -> Vec<String> {
        self.faults.idle().collect()
    }

    /// The emulator's time: the latest that was handed in, moved by the clock's control call.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Hears what time it is outside.
    pub(crate) fn hear(&mut self, now: Timestamp) {
        self.clock.hear(now);
        self.run_clocks();
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&mut self, by: SignedDuration) {
        self.clock.advance(by);
        self.run_clocks();
    }

    fn run_clocks(&mut self) {
        for book in &mut self.books {
            book.clock = self.clock;
            book.run_clock();
        }
    }

    /// Whose book a request is for: its token's, or its credential's where it asks for a token. What names
    /// nobody is for the first, where it is refused.
    pub(crate) fn place_of(&self, request: &Request, client_id: Option<&str>) -> usize {
        if request.path == TOKEN_PATH {
            let credentials = &self.settings.credentials;
            let named = |id| credentials.iter().find(|pair| pair.client_id == id);
            return client_id.and_then(named).map_or(0, |pair| self.settings.place_of(pair));
        }
        let Some(Authorization::Bearer(token)) = &request.authorization else { return 0 };
        self.books.iter().position(|book| book.tokens.contains_key(token)).unwrap_or(0)
    }
}

/// The fresh book of a merchant. The first one's holds samples, unless the settings leave them out.
fn open(settings: &Arc<Settings>, place: usize) -> Book {
    let samples = if place == 0 { samples::of(settings) } else { None };
    let first = samples.as_ref().map_or(settings.first_ids, |samples| samples.first_ids);
    let mut book = Book::empty(Arc::clone(settings), place, first);
    if let Some(samples) = samples {
        samples::lay_down(samples, &mut book);
    }
    book
}
