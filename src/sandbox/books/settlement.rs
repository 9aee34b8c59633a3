//! What happens when an execution lands, and how it goes on: ticks, settlements, bookings.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::book::Book;
use super::pricing::Quote;
use super::rows::execution::Execution;
use super::rows::wallet::Direction;
use super::triggers::{Effect, Start};
use crate::base::money::Amount;
use crate::sandbox::enums::{
    ExecutionStatus, OperationType, PaymentMethod, Provider, SessionStatus, SourceStatus,
    SourceType,
};
use crate::sandbox::figures;
use crate::sandbox::setup::settings::Ticks;

/// An execution about to land: everything has been checked.
pub(crate) struct Landing {
    pub reference: Uuid,
    pub operation: OperationType,
    pub price: Quote,
    pub method: PaymentMethod,
    pub provider: Provider,
    pub session: Option<u64>,
    pub account: Option<u64>,
    pub source: Option<(SourceType, u64)>,
    /// The intent a refund gives back.
    pub original: Option<u64>,
    pub wallet: u64,
    pub effect: Effect,
}

/// What a settlement ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The money moved.
    Completed,
    /// The provider says why it did not.
    Declined(&'static str),
    /// The wallet's balance is too low.
    Unfunded,
}

impl Book {
    /// Lands an execution, which decides all its amounts, and returns its id.
    pub(crate) fn land(&mut self, landing: Landing) -> u64 {
        let id = self.executions.next_id();
        let collects = landing.operation == OperationType::Collection;
        let intent = collects.then(|| self.execution_by_intent.insert(|_| id));
        let start = landing.effect.course.start;
        let challenged = (start == Start::Challenge).then(|| self.client_secret(intent));
        let hidden = if landing.session.is_some() { self.settings.late_visibility } else { 0 };
        let execution = Execution {
            id,
            reference: landing.reference,
            operation: landing.operation,
            status: ExecutionStatus::Pending,
            price: landing.price,
            method: landing.method,
            provider: landing.provider,
            provider_transaction_id: None,
            gateway_message: None,
            wallet_message: None,
            client_secret: challenged,
            intent,
            session: landing.session,
            account: landing.account,
            source: landing.source,
            original: landing.original,
            entry: None,
            refunded: Amount::ZERO,
            course: landing.effect.course,
            ticks: 0,
            hidden_reads: landing.effect.hidden_reads.saturating_add(hidden),
            broken_reads: landing.effect.broken_reads,
            untrue: landing.effect.untrue,
            requested_at: self.now(),
            finished_at: None,
        };
        self.executions.insert(|_| execution);
        self.execution_by_reference.insert(landing.reference, id);
        self.attempts.entry(landing.reference).or_default().executions += 1;
        self.occupy(&landing, id);
        let funded = collects || self.debit(id, &landing);
        self.begin(id, start, funded);
        id
    }

    /// Uses the session up, and makes the source of a collection busy.
    fn occupy(&mut self, landing: &Landing, id: u64) {
        let at = self.stamp();
        if let Some(session) = landing.session.and_then(|id| self.sessions.get_mut(id)) {
            session.status = SessionStatus::Executed;
            session.updated_at = at;
        }
        if landing.operation == OperationType::Collection
            && let Some((kind, source)) = landing.source
            && let Some(document) = self.documents_mut(kind).get_mut(source)
        {
            document.status = SourceStatus::Processing;
            document.execution = Some(id);
            document.updated_at = at;
        }
    }

    /// Takes the money of a payout, transfer or refund out of its wallet at once.
    fn debit(&mut self, id: u64, landing: &Landing) -> bool {
        self.count_refund(landing.original, landing.price.payee.amount, Amount::plus);
        let (at, amount) = (self.now(), landing.price.payer.amount);
        let of = (id, landing.reference);
        if !self.book(of, landing.wallet, amount, Direction::Out, at) {
            return false;
        }
        let entry = self.entries.len() - 1;
        if let Some(execution) = self.executions.get_mut(id) {
            execution.entry = Some(entry);
        }
        true
    }

    fn begin(&mut self, id: u64, start: Start, funded: bool) {
        let now = self.now();
        if !funded {
            return self.finish(id, Ending::Unfunded, now);
        }
        match start {
            Start::Ended => self.settle_by_course(id, now),
            Start::Challenge => self.hand_over(id),
            Start::Pending => match self.settings.ticks {
                Ticks::Poll => {}
                Ticks::Clock => self.schedule(id, now),
                Ticks::Instant => self.run_out(id, now),
            },
        }
    }

    /// Ticks an execution until it ends or waits for someone.
    fn run_out(&mut self, id: u64, at: Timestamp) {
        let ticks = self.executions.get(id).and_then(|row| row.course.processing_ticks);
        for _ in 0..=ticks.unwrap_or(0) {
            self.tick(id, at);
        }
    }

    fn schedule(&mut self, id: u64, after: Timestamp) {
        let step_ms = i64::try_from(self.settings.step_ms.max(1)).unwrap_or(i64::MAX);
        if let Ok(due) = after.saturating_add(SignedDuration::from_millis(step_ms)) {
            self.due.insert((due, id));
        }
    }

    /// Makes every tick that time has brought about.
    pub(crate) fn run_clock(&mut self) {
        let now = self.now();
        while let Some(&(due, id)) = self.due.first()
            && due <= now
        {
            self.due.pop_first();
            self.tick(id, due);
            let waits =
                |row: &Execution| !row.status.is_final() && row.course.processing_ticks.is_some();
            if self.executions.get(id).is_some_and(waits) {
                self.schedule(id, due);
            }
        }
    }

    /// A read of an execution: a step, where reads make steps.
    pub(crate) fn tick_by_read(&mut self, id: u64) {
        if self.settings.ticks == Ticks::Poll {
            self.tick(id, self.now());
        }
    }

    /// A read of a document: a step of the execution that collects it.
    pub(crate) fn tick_source(&mut self, kind: SourceType, source: u64) {
        let document = self.documents(kind).get(source);
        if let Some(execution) = document.and_then(|document| document.execution) {
            self.tick_by_read(execution);
        }
    }

    /// One step of an execution that waits for steps.
    fn tick(&mut self, id: u64, at: Timestamp) {
        let Some(execution) = self.executions.get_mut(id) else { return };
        if execution.status.is_final() || execution.course.start != Start::Pending {
            return;
        }
        // what stays as it is until someone settles it counts no steps
        let Some(processing) = execution.course.processing_ticks else { return self.hand_over(id) };
        execution.ticks = execution.ticks.saturating_add(1);
        match execution.ticks > processing {
            true => self.settle_by_course(id, at),
            false => self.hand_over(id),
        }
    }

    /// The provider has it now.
    fn hand_over(&mut self, id: u64) {
        if let Some(execution) = self.executions.get_mut(id) {
            execution.status = ExecutionStatus::Processing;
            execution.provider_transaction_id = Some(transaction_id(id));
        }
    }

    /// Ends an execution the way its course says.
    pub(crate) fn settle_by_course(&mut self, id: u64, at: Timestamp) {
        let failure = self.executions.get(id).and_then(|execution| execution.course.failure);
        self.finish(id, failure.map_or(Ending::Completed, Ending::Declined), at);
    }

    /// Ends an execution that is not final yet, and books what follows from it.
    pub(crate) fn finish(&mut self, id: u64, ending: Ending, at: Timestamp) {
        let Some(execution) = self.executions.get_mut(id) else { return };
        if execution.status.is_final() {
            return;
        }
        execution.finished_at = Some(at);
        match ending {
            Ending::Completed => {
                execution.status = ExecutionStatus::Completed;
                execution.provider_transaction_id = Some(transaction_id(id));
            }
            Ending::Declined(why) => {
                execution.status = ExecutionStatus::Failed;
                execution.gateway_message = Some(why);
            }
            Ending::Unfunded => {
                execution.status = ExecutionStatus::Failed;
                execution.wallet_message = Some("insufficient wallet balance");
            }
        }
        let (operation, completed) = (execution.operation, ending == Ending::Completed);
        match operation {
            OperationType::Collection => self.close_collection(id, completed, at),
            OperationType::Payout | OperationType::Transfer | OperationType::Refund => {
                if !completed {
                    self.give_back(id);
                }
            }
        }
    }

    /// A collection has ended: the source is paid and the wallet credited, or the source is open again.
    fn close_collection(&mut self, id: u64, completed: bool, at: Timestamp) {
        let Some(execution) = self.executions.get(id) else { return };
        let (payee, reference) = (execution.price.payee, execution.reference);
        if let Some((kind, source)) = execution.source
            && let Some(document) = self.documents_mut(kind).get_mut(source)
        {
            let whole_second = figures::to_second(at);
            document.updated_at = whole_second;
            document.paid_at = completed.then_some(whole_second);
            document.status = if completed { SourceStatus::Paid } else { SourceStatus::Active };
        }
        let wallet = self.wallet_of(payee.currency).map(|wallet| wallet.id);
        if completed
            && let Some(wallet) = wallet
            && self.book((id, reference), wallet, payee.amount, Direction::In, at)
        {
            let entry = self.entries.len() - 1;
            if let Some(execution) = self.executions.get_mut(id) {
                execution.entry = Some(entry);
            }
        }
    }

    /// Money that went out has not arrived: it is back in its wallet.
    fn give_back(&mut self, id: u64) {
        let Some(execution) = self.executions.get(id) else { return };
        let (entry, original) = (execution.entry, execution.original);
        let amount = execution.price.payee.amount;
        if let Some(entry) = entry {
            self.reverse(entry);
        }
        self.count_refund(original, amount, Amount::minus);
    }

    fn count_refund(
        &mut self,
        original: Option<u64>,
        amount: Amount,
        count: fn(Amount, Amount) -> Result<Amount, crate::base::money::MoneyError>,
    ) {
        let collected = original.and_then(|intent| self.execution_by_intent.get(intent).copied());
        if let Some(collected) = collected.and_then(|id| self.executions.get_mut(id)) {
            collected.refunded = count(collected.refunded, amount).unwrap_or(collected.refunded);
        }
    }

    /// A card holder's secret, which holds the intent it is for.
    fn client_secret(&self, intent: Option<u64>) -> String {
        let intent = intent.unwrap_or(0);
        let secret = figures::derived_hex(self.settings.seed, "card", intent, 12);
        format!("pi_sbx_{intent}_secret_{secret}")
    }
}

fn transaction_id(execution: u64) -> String {
    format!("sbx-tx-{execution:08}")
}
