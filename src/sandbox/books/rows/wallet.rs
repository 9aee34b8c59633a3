//! A wallet and what was booked on it, as the books hold them.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

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
