//! The merchant's wallets, and what was booked on them.

use jiff::Timestamp;
use uuid::Uuid;

use super::book::Book;
use super::rows::wallet::{Direction, Entry, Wallet};
use crate::base::money::{Amount, Currency};

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
