//! The simulated world of one schedule: a server with books, a network that fails, a journal that tears,
//! a clock that jumps, and a process that dies.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::choices::Choices;
use super::fickle::Fickle;
use super::mishaps::{named, once};
use super::scenario::Sabotage;
use crate::api::wire::{Method, Reply, Request};
use crate::base::scrub::Scrub;
use crate::base::secret::Secret;
use crate::engine::ports::{Clock, Entry, Record, Transport};
use crate::engine::virtual_time::exchange::{heard, request};
use crate::engine::virtual_time::single_run_journal::Pages;
use crate::run::delivery::{Cause, CauseKind, Delivery, Raw, http_date};
use crate::sandbox::{Conduct, Dedup, Ledger, handle};
use crate::steps::step::Call;

/// How many times a process may die in one schedule.
const MAX_CRASHES: u32 = 5;

/// How long a client waits for an answer.
const TIMEOUT_MS: u64 = 30_000;

/// How far the runner's clock may be ahead of the server's, in minutes.
const SKEWS_MIN: [i64; 4] = [15, -15, -120, 43_200];

/// How far it may be set back between two processes, in days. No recipe waits for half as long.
const SET_BACK_DAYS: i64 = 400;

/// The world, shared by the ports.
#[derive(Clone)]
pub struct World(Arc<Mutex<Inner>>);

/// Everything there is in one schedule.
pub struct Inner {
    /// The server's books.
    pub ledger: Ledger,
    /// Where trouble comes from.
    pub choices: Choices,
    /// What would survive a power cut.
    pub records: Vec<Record>,
    /// What is written but would not.
    tail: Vec<Record>,
    /// Whether the process is dead.
    pub crashed: bool,
    crashes: u32,
    /// The server's clock.
    now: Timestamp,
    /// How far the runner's is ahead of it.
    skew: SignedDuration,
    set_back: SignedDuration,
    late: Vec<(Timestamp, Request)>,
    late_delivery: bool,
    sabotage: Option<Sabotage>,
    /// What the server says that is not so.
    pub fickle: Fickle,
    /// The records of the runs before the one that is under way.
    pub past: Vec<Record>,
    intruders: u32,
    intrusion: bool,
    overlaps: bool,
    lingering: bool,
    /// How many requests reached the server.
    pub requests: u64,
    /// How many of them nobody could know of: delivered twice, or after the client gave up.
    pub spares: u64,
    /// What the world itself saw that must never be.
    pub broken: Vec<String>,
    /// What happened, for people; kept only while somebody wants to read it.
    pub told: Option<Vec<String>>,
}

impl World {
    /// A world at its start.
    pub fn new(ledger: Ledger, choices: Choices, late_delivery: bool, traced: bool) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            ledger,
            choices,
            records: Vec::new(),
            tail: Vec::new(),
            crashed: false,
            crashes: 0,
            now: Timestamp::from_second(1_770_000_000).unwrap_or(Timestamp::UNIX_EPOCH),
            skew: SignedDuration::ZERO,
            set_back: SignedDuration::ZERO,
            spares: 0,
            late: Vec::new(),
            late_delivery,
            sabotage: None,
            fickle: Fickle::default(),
            past: Vec::new(),
            intruders: 0,
            intrusion: false,
            overlaps: false,
            lingering: false,
            requests: 0,
            broken: Vec::new(),
            told: traced.then(Vec::new),
        })))
    }

    /// Takes one of the runner's guards away.
    pub fn sabotaged(self, sabotage: Option<Sabotage>) -> Self {
        self.lock().sabotage = sabotage;
        self
    }

    /// Lets the server say once what is not so.
    pub fn fickle(self, fickle: bool) -> Self {
        self.lock().fickle = Fickle::new(fickle);
        self
    }

    /// A new run begins in the stead of one that failed, on a server that is honest from now on.
    pub fn next_run(&self) {
        let mut inner = self.lock();
        let records = std::mem::take(&mut inner.records);
        inner.past.extend(records);
        inner.fickle.reform();
        inner.tell(|| "a run begins in the stead of the one that failed".to_owned());
    }

    /// Lets requests that are under way together arrive in any order.
    pub fn overlapping(self, overlaps: bool) -> Self {
        self.lock().overlaps = overlaps;
        self
    }

    /// The world itself.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new process starts where the old one died.
    pub fn revive(&self, again: bool) {
        let mut inner = self.lock();
        inner.crashed = false;
        inner.tail.clear();
        inner.tell(|| "a new process starts".to_owned());
        if again {
            inner.set_clock_back();
        }
    }

    /// A process that ends in peace leaves nothing unwritten.
    pub fn settle(&self) {
        let mut inner = self.lock();
        let tail = std::mem::take(&mut inner.tail);
        inner.records.extend(tail);
    }
}

impl Inner {
    /// The runner's clock need not be the server's.
    pub fn set_clock(&mut self) {
        let way = self.choices.wrong(SKEWS_MIN.len() as u32);
        let skew = way.checked_sub(1).and_then(|way| SKEWS_MIN.get(way as usize));
        if let Some(minutes) = skew {
            self.skew = SignedDuration::from_mins(*minutes);
            self.tell(|| format!("the runner's clock is {minutes} minutes ahead of the server's"));
        }
    }

    /// Somebody sets the runner's clock between two processes: right, or far too early.
    fn set_clock_back(&mut self) {
        let before = self.skew;
        match self.choices.wrong(2) {
            0 => return,
            1 => self.skew = SignedDuration::ZERO,
            _ => self.skew -= SignedDuration::from_hours(SET_BACK_DAYS * 24),
        }
        let back = (before - self.skew).max(SignedDuration::ZERO);
        self.set_back += back;
        self.tell(|| format!("the runner's clock is set back by {} minutes", back.as_mins()));
    }

    fn runner_clock(&self) -> Timestamp {
        self.now.saturating_add(self.skew).unwrap_or(self.now)
    }

    /// What the runner hears of the server's clock.
    fn date(&self) -> Timestamp {
        match self.sabotage {
            Some(Sabotage::ApiTime) => self.runner_clock(),
            _ => self.now,
        }
    }

    /// The payer of a card does what the bank asks for.
    pub fn payer_confirms(&mut self, reference: Uuid) {
        self.tell(|| format!("the payer confirms {reference}"));
        let request = Request {
            method: Method::Post,
            path: format!("/_sandbox/executions/{reference}/settle"),
            query: Vec::new(),
            authorization: None,
            body: b"{\"status\":\"COMPLETED\"}".to_vec(),
        };
        handle(&mut self.ledger, &request, self.now);
    }

    /// Notes what happened, if somebody wants to read it.
    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        let at = self.now;
        if let Some(told) = &mut self.told {
            told.push(format!("{at} {}", what()));
        }
    }

    /// Whether the process dies here.
    fn dies(&mut self, place: &str) -> bool {
        if self.crashes < MAX_CRASHES && self.choices.wrong(6) == 1 {
            // what it heard may never have been written down
            self.fickle.forget();
            self.crashes += 1;
            self.crashed = true;
            // what was not durable survives only in part
            let kept =
                usize::try_from(self.choices.amount(self.tail.len() as u64 + 1)).unwrap_or(0);
            self.tail.truncate(kept);
            let tail = std::mem::take(&mut self.tail);
            self.records.extend(tail);
            self.tell(|| format!("the process dies {place}"));
        }
        self.crashed
    }

    /// Whether another process came in between just now.
    pub fn interrupted(&mut self) -> bool {
        std::mem::take(&mut self.intrusion)
    }

    /// How often a request lets those that are on their way with it go first.
    fn lingers(&mut self) -> u64 {
        if self.overlaps { self.choices.amount(3) } else { 0 }
    }

    /// Whether a request let others go first just now.
    pub fn lingered(&mut self) -> bool {
        std::mem::take(&mut self.lingering)
    }

    /// Without a lock another process may take the run up at any moment.
    fn intrudes(&mut self) -> bool {
        let lockless = self.sabotage == Some(Sabotage::Lock) && !self.records.is_empty();
        if lockless && self.intruders < 1 && self.choices.wrong(6) == 1 {
            self.intruders += 1;
            self.intrusion = true;
            self.tell(|| "another process takes the run up at the same time".to_owned());
        }
        self.intrusion
    }

    fn pass(&mut self, ms: u64) {
        let ms = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(0));
        self.now = self.now.saturating_add(ms).unwrap_or(self.now);
        self.deliver_late();
    }

    fn deliver_late(&mut self) {
        let now = self.now;
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = later;
        for (_, request) in due {
            self.tell(|| format!("a late {} {} arrives", request.method, request.path));
            self.serve(&request);
        }
    }

    /// Whatever was still on its way arrives.
    pub fn deliver_all(&mut self) {
        for (_, request) in std::mem::take(&mut self.late) {
            self.tell(|| format!("a late {} {} arrives", request.method, request.path));
            self.serve(&request);
        }
    }

    fn serve(&mut self, request: &Request) -> (Reply, Conduct) {
        self.requests += 1;
        if request.path.starts_with("/v1/executions/") {
            self.was_written_ahead(request);
        }
        let mut handled = handle(&mut self.ledger, request, self.now);
        handled.reply.date = Some(self.date());
        (handled.reply, handled.conduct)
    }

    /// No execution may reach the server whose reference is not in the journal, durably.
    fn was_written_ahead(&mut self, request: &Request) {
        let body: Option<serde_json::Value> = serde_json::from_slice(&request.body).ok();
        let reference = body.as_ref().and_then(|body| body.get("reference_id")?.as_str());
        let Some(reference) = reference else { return };
        let written =
            |record: &Record| record.kind == "RequestIntended" && record.data.contains(reference);
        if !self.past.iter().chain(&self.records).any(written) {
            let what = format!("execution {reference} was sent before it was durably written down");
            self.broken.push(what);
        }
    }

    fn send(&mut self, call: &Call, auth: Option<&Secret>) -> Option<Delivery> {
        if self.dies("before it sends") {
            return None;
        }
        if let Some(answer) = self.sabotaged_answer(call) {
            return Some(answer);
        }
        let ways = if self.late_delivery { 10 } else { 9 };
        let fault = self.choices.wrong(ways);
        let Some(request) = request(call, auth) else {
            return Some(Delivery::Never(Cause::new(CauseKind::Refused, "a secret is withheld")));
        };
        self.tell(|| format!("{} {}{}", call.method, call.path, named(fault)));
        let delivery = self.carry(&request, fault);
        if self.dies("before it hears the answer") {
            return None;
        }
        Some(delivery)
    }

    fn carry(&mut self, request: &Request, fault: u32) -> Delivery {
        let maybe = |kind, message: &str| Delivery::Maybe(Cause::new(kind, message));
        let date = Some(http_date(self.date()));
        let status = |status: u16, retry_after: Option<&str>| {
            Delivery::read(
                Raw {
                    status,
                    retry_after: retry_after.map(str::to_owned),
                    date: date.clone(),
                    body: b"{\"detail\":\"trouble\"}".to_vec(),
                    ..Raw::default()
                },
                &Scrub::default(),
            )
        };
        let ms = 20 + self.choices.amount(180);
        self.pass(ms);
        match fault {
            0 => {}
            1 => return Delivery::Never(Cause::new(CauseKind::Connect, "connection refused")),
            2 => return maybe(CauseKind::Reset, "the connection was reset"),
            3 => {
                self.serve(request);
                return maybe(CauseKind::Reset, "the connection was reset");
            }
            4 => return status(500, None),
            5 => {
                self.serve(request);
                return status(503, None);
            }
            6 => return status(429, Some("2")),
            7 => return status(401, None),
            8 => {
                self.serve(request);
                return maybe(CauseKind::BodyCutShort, "the answer ended early");
            }
            // no client can mend a server that forgets and a network that repeats
            9 if self.ledger.settings().dedup == Dedup::Off => {}
            9 => {
                self.spares += 1;
                self.serve(request);
            }
            _ => {
                let late = 1_000 + self.choices.amount(120_000);
                let late = SignedDuration::from_millis(i64::try_from(late).unwrap_or(0));
                let at = self.now.saturating_add(late).unwrap_or(self.now);
                self.spares += 1;
                self.late.push((at, request.clone()));
                self.pass(TIMEOUT_MS);
                return maybe(CauseKind::Timeout, "no answer in time");
            }
        }
        let (mut reply, conduct) = self.serve(request);
        let sabotage = self.sabotage;
        if let Some(lie) = self.fickle.answer(request, &mut reply, &mut self.choices, sabotage) {
            self.tell(|| format!("the server lies: {lie:?}"));
        }
        let (delivery, after) = heard(reply, conduct, TIMEOUT_MS);
        self.pass(after);
        delivery
    }

    /// A guard that asks the API is as good as gone when it always hears the same.
    fn sabotaged_answer(&mut self, call: &Call) -> Option<Delivery> {
        let read = |status, body: &str| {
            Delivery::read(
                Raw { status, body: body.as_bytes().to_vec(), ..Raw::default() },
                &Scrub::default(),
            )
        };
        match self.sabotage? {
            Sabotage::Lookup if call.method == Method::Get => {
                let status = call.path.starts_with("/v1/status/");
                let payment = status && call.path != "/v1/status/source";
                (payment && !self.seen(&call.path)).then(|| read(404, "{\"detail\":\"not found\"}"))
            }
            Sabotage::Fence if call.path == "/v1/status/source" => {
                Some(read(200, "{\"status\":\"ACTIVE\",\"total_amount\":0,\"currency\":\"USD\"}"))
            }
            _ => None,
        }
    }

    /// Whether the runner knows already that the payment landed, so that this is no lookup but a poll.
    fn seen(&self, path: &str) -> bool {
        let reference = path.rsplit('/').next().unwrap_or_default();
        let all = self.records.iter().chain(&self.tail);
        let mut won = all.filter(|record| record.kind == "StepSucceeded");
        won.any(|record| record.data.contains(reference))
    }

    fn append(&mut self, mut entry: Entry) -> bool {
        if self.dies("before it writes") {
            return false;
        }
        let ahead = entry.records.iter().any(|record| record.kind == "RequestIntended");
        if ahead && self.sabotage == Some(Sabotage::WriteAhead) {
            entry.durable = false;
        }
        self.tail.append(&mut entry.records);
        if entry.durable {
            let tail = std::mem::take(&mut self.tail);
            self.records.extend(tail);
        }
        !self.dies("after it has written")
    }
}

impl Transport for World {
    async fn send(&self, call: &Call, auth: Option<&Secret>, _timeout: Duration) -> Delivery {
        let intrudes = self.lock().intrudes();
        if intrudes {
            once().await;
        }
        let lingers = self.lock().lingers();
        for _ in 0..lingers {
            self.lock().lingering = true;
            once().await;
        }
        let delivery = self.lock().send(call, auth);
        match delivery {
            Some(delivery) => delivery,
            // the process is dead: nothing ever comes back
            None => pending().await,
        }
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.lock().runner_clock()
    }

    async fn sleep_until(&self, until: Timestamp) {
        let dead = {
            let mut inner = self.lock();
            let mut span = until.duration_since(inner.runner_clock()).max(SignedDuration::ZERO);
            if inner.sabotage == Some(Sabotage::OwnTime) && !span.is_zero() {
                span += inner.set_back;
            }
            if span > SignedDuration::from_hours(SET_BACK_DAYS * 12) {
                let what = format!("the runner waits for {} days", span.as_hours() / 24);
                inner.broken.push(what);
            }
            let ms = span.as_millis();
            inner.pass(u64::try_from(ms).unwrap_or(0));
            if inner.choices.wrong(12) == 1 {
                inner.pass(3_600_000);
                inner.tell(|| "the clock jumps an hour".to_owned());
            }
            inner.dies("while it waits")
        };
        if dead {
            pending::<()>().await;
        }
    }
}

impl Pages for World {
    fn write(&self, entry: Entry) -> bool {
        self.lock().append(entry)
    }

    fn read(&self) -> Vec<Record> {
        self.lock().records.clone()
    }
}
