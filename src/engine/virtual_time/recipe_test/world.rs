//! The world of one test: a sandbox, a clock that jumps, a journal, and the places where the process is killed.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::wire::Request;
use crate::base::secret::Secret;
use crate::engine::ports::{Clock, Entry, Record, Transport};
use crate::engine::virtual_time::exchange::{heard, request};
use crate::engine::virtual_time::single_run_journal::Pages;
use crate::recipe_test::file::{Crash, Moment};
use crate::recipe_test::request_seen::Seen;
use crate::run::delivery::{Cause, CauseKind, Delivery};
use crate::run::event::{Event, Purpose};
use crate::sandbox::{Handled, Ledger, handle, operation};
use crate::steps::step::Call;

/// How long a request and its answer are on their way, in virtual time.
const ROUND_TRIP_MS: u64 = 100;

/// How many events a run may have. More is a loop.
pub const MAX_EVENTS: u64 = 20_000;

/// The world, shared by the ports.
#[derive(Debug, Clone)]
pub struct Stage(Arc<Mutex<Inner>>);

/// Everything there is in one test.
#[derive(Debug)]
pub struct Inner {
    /// The sandbox's books.
    pub ledger: Ledger,
    /// What time it is.
    pub now: Timestamp,
    /// What the run wrote down.
    pub records: Vec<Record>,
    /// What the run sent.
    pub requests: Vec<Seen>,
    /// Where the process is still to be killed.
    pub crashes: Vec<Crash>,
    /// Whether it was killed just now.
    pub killed: bool,
    /// The step whose request is written down and not sent yet.
    intended: Option<String>,
}

/// What a run wrote and sent, while another one plays.
#[derive(Debug)]
pub struct Aside {
    records: Vec<Record>,
    requests: Vec<Seen>,
    crashes: Vec<Crash>,
}

impl Stage {
    /// A world at its start.
    pub fn new(ledger: Ledger, now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            ledger,
            now,
            records: Vec::new(),
            requests: Vec::new(),
            crashes: Vec::new(),
            killed: false,
            intended: None,
        })))
    }

    /// The world itself.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Another run plays; what the one before it left at the sandbox stays.
    pub fn set_aside(&mut self) -> Aside {
        self.intended = None;
        Aside {
            records: std::mem::take(&mut self.records),
            requests: std::mem::take(&mut self.requests),
            crashes: std::mem::take(&mut self.crashes),
        }
    }

    /// The run that was set aside goes on.
    pub fn put_back(&mut self, aside: Aside) {
        Aside { records: self.records, requests: self.requests, crashes: self.crashes } = aside;
    }

    /// Hands a request to the sandbox that is none of the run's.
    pub fn call(&mut self, request: &Request) -> Handled {
        handle(&mut self.ledger, request, self.now)
    }

    fn pass(&mut self, ms: u64) {
        let ms = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(0));
        self.now = self.now.saturating_add(ms).unwrap_or(self.now);
    }

    /// Whether the process is killed here: each place is met once.
    fn dies(&mut self, here: impl Fn(&Crash) -> bool) -> bool {
        if let Some(at) = self.crashes.iter().position(here) {
            self.crashes.remove(at);
            self.killed = true;
        }
        self.killed
    }

    fn send(&mut self, call: &Call, auth: Option<&Secret>, timeout: Duration) -> Option<Delivery> {
        let Some(request) = request(call, auth) else {
            let message = "a secret is not known any more";
            return Some(Delivery::Never(Cause::new(CauseKind::Refused, message)));
        };
        self.requests.push(Seen {
            method: call.method,
            path: call.path.clone(),
            operation: operation(call.method, &call.path).map(|known| (known.name, known.path)),
        });
        self.pass(ROUND_TRIP_MS);
        let handled = handle(&mut self.ledger, &request, self.now);
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let (delivery, after) = heard(handled.reply, handled.conduct, timeout_ms);
        self.pass(after);
        let sender = self.intended.take();
        let dead = self.dies(|crash| {
            matches!(crash, Crash::Step { step, at: Moment::Sent } if Some(&step.value) == sender.as_ref())
        });
        (!dead).then_some(delivery)
    }

    fn write(&mut self, entry: Entry) -> bool {
        for record in entry.records {
            let (n, event) = (record.n, self.event(&record));
            self.records.push(record);
            let (written, answered) = match &event {
                Some(Event::RequestIntended(intent)) if intent.purpose == Purpose::Main => {
                    self.intended = Some(intent.step.clone());
                    (Some(intent.step.as_str()), None)
                }
                Some(Event::ReplyObserved { step, purpose: Purpose::Main, .. }) => {
                    self.intended = None;
                    (None, Some(step.as_str()))
                }
                _ => (None, None),
            };
            self.dies(|crash| match crash {
                Crash::Event(event) => *event == n,
                Crash::Step { step, at: Moment::Written } => written == Some(&step.value),
                Crash::Step { step, at: Moment::Answered } => answered == Some(&step.value),
                Crash::Step { at: Moment::Sent, .. } => false,
            });
            if n > MAX_EVENTS {
                self.killed = true;
            }
        }
        !self.killed
    }

    /// What a record says, where somebody wants to know.
    fn event(&self, record: &Record) -> Option<Event> {
        let of_interest = matches!(record.kind.as_str(), "RequestIntended" | "ReplyObserved");
        let wanted = of_interest && !self.crashes.is_empty();
        wanted.then(|| Event::decode(&record.kind, &record.data).ok()).flatten()
    }
}

impl Transport for Stage {
    async fn send(&self, call: &Call, auth: Option<&Secret>, timeout: Duration) -> Delivery {
        let delivery = self.lock().send(call, auth, timeout);
        match delivery {
            Some(delivery) => delivery,
            // the process is dead: nothing ever comes back
            None => pending().await,
        }
    }
}

impl Clock for Stage {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    async fn sleep_until(&self, until: Timestamp) {
        let mut inner = self.lock();
        inner.now = inner.now.max(until);
    }
}

impl Pages for Stage {
    fn write(&self, entry: Entry) -> bool {
        self.lock().write(entry)
    }

    fn read(&self) -> Vec<Record> {
        self.lock().records.clone()
    }
}
