//! The merchant's wallets, and what was booked on them.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::Book;
use crate::base::money::{Amount, Currency};
use crate::sandbox::figures::number;
use crate::sandbox::setup::settings::WalletSetting;

/// A wallet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wallet {
    pub id: u64,
    pub currency: Currency,
    pub opening: Amount,
    pub balance: Amount,
}

impl Wallet {
    /// A wallet as it is at the start, its id some way apart from the setting's.
    pub(crate) fn open(setting: &WalletSetting, apart: u64) -> Self {
        let balance = setting.balance.round_to(setting.currency.decimals());
        Self { id: setting.id + apart, currency: setting.currency, opening: balance, balance }
    }

    /// The wallet for people.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "currency": self.currency.code(),
            "opening": number(self.opening),
            "balance": number(self.balance),
        })
    }
}

/// What an execution did to a wallet. There is one entry for an execution, at most.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub execution: u64,
    pub reference: Uuid,
    pub wallet: u64,
    /// Less than zero for money that went out.
    pub change: Amount,
    /// The execution failed, and the money is back.
    pub reversed: bool,
    pub at: Timestamp,
}

impl Entry {
    /// The entry for people.
    pub(crate) fn json(&self) -> Value {
        json!({
            "execution": self.execution,
            "reference_id": self.reference,
            "wallet_id": self.wallet,
            "change": number(self.change),
            "reversed": self.reversed,
            "at": self.at,
        })
    }
}

/// Which way money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Into the wallet.
    In,
    /// Out of the wallet.
    Out,
}

impl Book {
    /// The wallet with an id.
    pub(crate) fn wallet(&self, id: u64) -> Option<&Wallet> {
        self.wallets.iter().find(|wallet| wallet.id == id)
    }

    /// The wallet of a currency.
    pub(crate) fn wallet_of(&self, currency: Currency) -> Option<&Wallet> {
        self.wallets.iter().find(|wallet| wallet.currency == currency)
    }

    /// Books an amount on a wallet; `false` if the balance is too low for it.
    pub(crate) fn book(
        &mut self,
        (execution, reference): (u64, Uuid),
        wallet: u64,
        amount: Amount,
        direction: Direction,
        at: Timestamp,
    ) -> bool {
        let Some(wallet) = self.wallets.iter_mut().find(|row| row.id == wallet) else {
            return false;
        };
        let change = match direction {
            Direction::In => Ok(amount),
            Direction::Out => Amount::ZERO.minus(amount),
        };
        let Ok(change) = change else { return false };
        let Ok(balance) = wallet.balance.plus(change) else { return false };
        if balance < Amount::ZERO {
            return false;
        }
        wallet.balance = balance;
        let wallet = wallet.id;
        self.entries.push(Entry { execution, reference, wallet, change, reversed: false, at });
        true
    }

    /// Takes the booking of an execution back.
    pub(crate) fn reverse(&mut self, entry: usize) {
        let Some(entry) = self.entries.get_mut(entry).filter(|entry| !entry.reversed) else {
            return;
        };
        let Some(wallet) = self.wallets.iter_mut().find(|row| row.id == entry.wallet) else {
            return;
        };
        if let Ok(balance) = wallet.balance.minus(entry.change) {
            wallet.balance = balance;
            entry.reversed = true;
        }
    }
}
