//! An audit of the books: what was charged, and whether anything is wrong with it.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use uuid::Uuid;

use crate::base::money::{Amount, Currency};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::ledger::Ledger;
use crate::sandbox::books::rows::execution::Execution;
use crate::sandbox::enums::{ExecutionStatus, OperationType, SourceStatus, SourceType, Word};
use crate::sandbox::figures;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// Rules of the books that do not hold; none in good books.
    pub violations: Vec<Violation>,
    /// Every document somebody tried to collect.
    pub charges: Vec<Charges>,
    /// What moved in every currency.
    pub totals: Vec<CurrencyTotals>,
    /// Every execution reference that was sent.
    pub attempts: Vec<ReferenceAttempts>,
    /// Rows that look as if they had been made twice. No rule forbids them.
    pub repeats: Vec<Repeat>,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The rule.
    pub rule: &'static str,
    /// What breaks it.
    pub subject: String,
    /// How.
    pub detail: String,
}

/// The collections of one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Charges {
    /// `INVOICE` or `ORDER`.
    pub source_type: SourceType,
    /// Its id.
    pub source_id: u64,
    /// Its number.
    pub source_number: String,
    /// Where it stands.
    pub status: SourceStatus,
    /// How many collections of it completed.
    pub completed: u32,
    /// How many are not final.
    pub in_flight: u32,
    /// How many failed.
    pub failed: u32,
    /// What the completed ones brought, in the document's currency.
    #[serde(serialize_with = "figures::serialize")]
    pub collected: Amount,
}

/// What moved in one currency, by completed executions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurrencyTotals {
    /// The currency.
    pub currency: String,
    /// What collections brought into wallets.
    #[serde(serialize_with = "figures::serialize")]
    pub collected: Amount,
    /// What payouts took out of wallets.
    #[serde(serialize_with = "figures::serialize")]
    pub paid_out: Amount,
    /// What transfers took out.
    #[serde(serialize_with = "figures::serialize")]
    pub transferred: Amount,
    /// What refunds took out.
    #[serde(serialize_with = "figures::serialize")]
    pub refunded: Amount,
    /// What executions that are not final have taken out so far.
    #[serde(serialize_with = "figures::serialize")]
    pub in_flight: Amount,
}

/// What was tried with one execution reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReferenceAttempts {
    /// The reference.
    pub reference_id: Uuid,
    /// How many execute requests named it.
    pub requests: u64,
    /// How many executions it has: none, or one.
    pub executions: u64,
    /// Where the execution stands.
    pub status: Option<ExecutionStatus>,
}

/// Rows that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repeat {
    /// What they are: `party`, `counterparty`, `invoice`, `order`, `item`, `payout` or `transfer`.
    pub what: &'static str,
    /// What they have in common.
    pub alike: String,
    /// Their ids; of executions, their numbers in the order they landed.
    pub ids: Vec<u64>,
}

/// How many executions there are, by where they stand. Those a payer made on a page count too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ExecutionCounts {
    /// How many completed.
    pub completed: u64,
    /// How many failed.
    pub failed: u64,
    /// How many are not final.
    pub in_flight: u64,
}

impl Ledger {
    /// Counts the executions of all merchants.
    pub fn execution_counts(&self) -> ExecutionCounts {
        let mut counts = ExecutionCounts::default();
        for execution in self.books.iter().flat_map(|book| book.executions.iter()) {
            match execution.status {
                ExecutionStatus::Completed => counts.completed += 1,
                ExecutionStatus::Failed => counts.failed += 1,
                ExecutionStatus::Pending | ExecutionStatus::Processing => counts.in_flight += 1,
            }
        }
        counts
    }

    /// Audits the books of all merchants.
    pub fn audit(&self) -> Audit {
        let all = self.books.iter().map(Book::audit);
        all.reduce(Audit::with).unwrap_or_else(Audit::empty)
    }
}

impl Audit {
    fn empty() -> Self {
        Self {
            violations: Vec::new(),
            charges: Vec::new(),
            totals: Vec::new(),
            attempts: Vec::new(),
            repeats: Vec::new(),
        }
    }

    /// Both, as one.
    fn with(mut self, other: Self) -> Self {
        self.violations.extend(other.violations);
        self.charges.extend(other.charges);
        self.attempts.extend(other.attempts);
        self.repeats.extend(other.repeats);
        for totals in other.totals {
            match self.totals.iter_mut().find(|known| known.currency == totals.currency) {
                Some(known) => known.add(&totals),
                None => self.totals.push(totals),
            }
        }
        self
    }
}

impl Book {
    fn audit(&self) -> Audit {
        let charges = self.charges();
        let mut violations = Vec::new();
        self.check_sources(&charges, &mut violations);
        self.check_references(&mut violations);
        self.check_refunds(&mut violations);
        self.check_wallets(&mut violations);
        Audit {
            violations,
            charges: charges.into_values().collect(),
            totals: self.totals(),
            attempts: self.reference_attempts(),
            repeats: self.repeats(),
        }
    }

    fn collections(&self) -> impl Iterator<Item = &Execution> {
        self.executions.iter().filter(|row| row.operation == OperationType::Collection)
    }

    fn charges(&self) -> BTreeMap<(SourceType, u64), Charges> {
        let mut all = BTreeMap::new();
        for execution in self.collections() {
            let Some((kind, id)) = execution.source else { continue };
            let Some(document) = self.documents(kind).get(id) else { continue };
            let charges = all.entry((kind, id)).or_insert_with(|| Charges {
                source_type: kind,
                source_id: id,
                source_number: document.number.clone(),
                status: document.status,
                completed: 0,
                in_flight: 0,
                failed: 0,
                collected: Amount::ZERO.round_to(document.currency.decimals()),
            });
            match execution.status {
                ExecutionStatus::Completed => {
                    charges.completed += 1;
                    charges.collected = add(charges.collected, execution.price.payee.amount);
                }
                ExecutionStatus::Failed => charges.failed += 1,
                ExecutionStatus::Pending | ExecutionStatus::Processing => charges.in_flight += 1,
            }
        }
        all
    }

    fn check_sources(
        &self,
        charges: &BTreeMap<(SourceType, u64), Charges>,
        violations: &mut Vec<Violation>,
    ) {
        for charge in charges.values() {
            let subject = &charge.source_number;
            if charge.completed > 1 {
                let detail = format!("{} collections completed", charge.completed);
                violations.push(broken("one completed collection per source", subject, detail));
            }
            if charge.completed + charge.in_flight > 1 {
                let detail = format!("{} completed, {} open", charge.completed, charge.in_flight);
                violations.push(broken("one live collection per source", subject, detail));
            }
        }
        for kind in SourceType::ALL {
            for document in self.documents(*kind).iter() {
                let charge = charges.get(&(*kind, document.id));
                let (completed, open) = charge.map_or((0, 0), |row| (row.completed, row.in_flight));
                let fits = match document.status {
                    SourceStatus::Paid => completed > 0,
                    SourceStatus::Processing => open > 0,
                    SourceStatus::Idle | SourceStatus::Active | SourceStatus::Canceled => {
                        completed == 0 && open == 0
                    }
                };
                if !fits {
                    let status = document.status.as_str();
                    let detail = format!("{status} with {completed} completed, {open} open");
                    let rule = "a source's status follows its collections";
                    violations.push(broken(rule, &document.number, detail));
                }
                let lines = document.items.iter().filter_map(|item| item.line());
                let sum = lines.fold(Amount::ZERO, add);
                if sum != document.total_amount {
                    let detail = format!("{sum} is not {}", document.total_amount);
                    let rule = "a total is the sum of its items";
                    violations.push(broken(rule, &document.number, detail));
                }
            }
        }
    }

    fn check_references(&self, violations: &mut Vec<Violation>) {
        let mut entries: BTreeMap<Uuid, u32> = BTreeMap::new();
        self.entries.iter().for_each(|entry| *entries.entry(entry.reference).or_default() += 1);
        for (reference, count) in entries.into_iter().filter(|(_, count)| *count > 1) {
            let detail = format!("{count} entries");
            violations.push(broken("one entry per reference", reference, detail));
        }
        for (reference, attempts) in self.attempts.iter().filter(|(_, row)| row.executions > 1) {
            let detail = format!("{} executions", attempts.executions);
            violations.push(broken("one execution per reference", reference, detail));
        }
    }

    fn check_refunds(&self, violations: &mut Vec<Violation>) {
        let mut given_back: BTreeMap<u64, Amount> = BTreeMap::new();
        for execution in self.executions.iter() {
            if let Some(original) = execution.original
                && execution.status != ExecutionStatus::Failed
            {
                let sum = given_back.entry(original).or_insert(Amount::ZERO);
                *sum = add(*sum, execution.price.payee.amount);
            }
        }
        for (intent, sum) in given_back {
            let collected = self.execution_by_intent.get(intent);
            let collected = collected.and_then(|id| self.executions.get(*id));
            let paid = collected.map_or(Amount::ZERO, |row| row.price.payer.amount);
            if sum > paid {
                let detail = format!("{sum} of {paid} given back");
                violations.push(broken("refunds stay within their collection", intent, detail));
            }
        }
    }

    /// What is on a wallet is what was there, and what executions brought and took.
    fn check_wallets(&self, violations: &mut Vec<Violation>) {
        let mut moved: BTreeMap<u64, Amount> = BTreeMap::new();
        for execution in self.executions.iter() {
            let change = expected_change(execution);
            let currency = match execution.operation {
                OperationType::Collection => execution.price.payee.currency,
                _ => execution.price.payer.currency,
            };
            let Some(wallet) = self.wallet_of(currency) else { continue };
            let sum = moved.entry(wallet.id).or_insert(Amount::ZERO);
            *sum = add(*sum, change);
        }
        for wallet in &self.wallets {
            let executed = moved.get(&wallet.id).copied().unwrap_or(Amount::ZERO);
            let own = |entry: &&crate::sandbox::books::rows::wallet::Entry| {
                entry.wallet == wallet.id && !entry.reversed
            };
            let booked = self.entries.iter().filter(own).map(|entry| entry.change);
            let booked = booked.fold(Amount::ZERO, add);
            let changed = wallet.balance.minus(wallet.opening).unwrap_or(Amount::ZERO);
            if changed != executed || booked != executed {
                let detail = format!("changed by {changed}, booked {booked}, executed {executed}");
                let rule = "a wallet changes by its executions";
                violations.push(broken(rule, format!("wallet {}", wallet.id), detail));
            }
            if wallet.balance < Amount::ZERO {
                let detail = format!("the balance is {}", wallet.balance);
                let rule = "no wallet is below zero";
                violations.push(broken(rule, format!("wallet {}", wallet.id), detail));
            }
        }
    }

    fn totals(&self) -> Vec<CurrencyTotals> {
        let totals_of = |currency: Currency| {
            let zero = Amount::ZERO.round_to(currency.decimals());
            let mut totals = CurrencyTotals {
                currency: currency.to_string(),
                collected: zero,
                paid_out: zero,
                transferred: zero,
                refunded: zero,
                in_flight: zero,
            };
            self.executions.iter().for_each(|execution| totals.count(execution, currency));
            totals
        };
        self.wallets.iter().map(|wallet| totals_of(wallet.currency)).collect()
    }

    fn reference_attempts(&self) -> Vec<ReferenceAttempts> {
        let status = |reference: &Uuid| {
            let id = self.execution_by_reference.get(reference)?;
            Some(self.executions.get(*id)?.status)
        };
        let row =
            |(reference, attempts): (&Uuid, &crate::sandbox::books::request_log::Attempts)| {
                ReferenceAttempts {
                    reference_id: *reference,
                    requests: attempts.requests,
                    executions: attempts.executions,
                    status: status(reference),
                }
            };
        self.attempts.iter().map(row).collect()
    }
}

impl CurrencyTotals {
    fn add(&mut self, other: &Self) {
        self.collected = add(self.collected, other.collected);
        self.paid_out = add(self.paid_out, other.paid_out);
        self.transferred = add(self.transferred, other.transferred);
        self.refunded = add(self.refunded, other.refunded);
        self.in_flight = add(self.in_flight, other.in_flight);
    }

    fn count(&mut self, execution: &Execution, currency: Currency) {
        let (payer, payee) = (execution.price.payer, execution.price.payee);
        let collects = execution.operation == OperationType::Collection;
        let money = if collects { payee } else { payer };
        if money.currency != currency {
            return;
        }
        let sum = match (execution.status, execution.operation) {
            (ExecutionStatus::Failed, _) => return,
            (ExecutionStatus::Pending | ExecutionStatus::Processing, _) if collects => return,
            (ExecutionStatus::Pending | ExecutionStatus::Processing, _) => &mut self.in_flight,
            (ExecutionStatus::Completed, OperationType::Collection) => &mut self.collected,
            (ExecutionStatus::Completed, OperationType::Payout) => &mut self.paid_out,
            (ExecutionStatus::Completed, OperationType::Transfer) => &mut self.transferred,
            (ExecutionStatus::Completed, OperationType::Refund) => &mut self.refunded,
        };
        *sum = add(*sum, money.amount);
    }
}

/// What an execution has done to a wallet so far.
fn expected_change(execution: &Execution) -> Amount {
    let out = || Amount::ZERO.minus(execution.price.payer.amount).unwrap_or(Amount::ZERO);
    match (execution.operation, execution.status) {
        (_, ExecutionStatus::Failed) => Amount::ZERO,
        (OperationType::Collection, ExecutionStatus::Completed) => execution.price.payee.amount,
        (OperationType::Collection, _) => Amount::ZERO,
        (OperationType::Payout | OperationType::Transfer | OperationType::Refund, _) => out(),
    }
}

fn broken(rule: &'static str, subject: impl Display, detail: String) -> Violation {
    Violation { rule, subject: subject.to_string(), detail }
}

fn add(one: Amount, other: Amount) -> Amount {
    // amounts are bounded far below what a decimal holds
    one.plus(other).unwrap_or(one)
}
