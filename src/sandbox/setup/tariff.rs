//! The fee table, and the exact arithmetic of fees and currency conversion.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::money::{Amount, Currency};
use crate::sandbox::enums::{Family, OperationType, PaymentMethod};
use crate::sandbox::figures;

/// Every fee the emulator charges.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tariff {
    /// The platform's fees, by tier.
    pub tiers: Vec<Tier>,
    /// The gateway's fees for mobile money; an operation that is not listed is free.
    pub mobile: BTreeMap<OperationType, Fee>,
    /// The gateway's fees for cards.
    pub card: BTreeMap<OperationType, Fee>,
    /// The gateway's fees for wallets.
    pub wallet: BTreeMap<OperationType, Fee>,
    /// Per cent of the total for a conversion.
    #[serde(deserialize_with = "figures::amount")]
    pub fx_percentage: Amount,
}

impl Default for Tariff {
    fn default() -> Self {
        let collection_and_payout = |collection, payout| {
            BTreeMap::from([
                (OperationType::Collection, Fee::percent(collection)),
                (OperationType::Payout, Fee::percent(payout)),
            ])
        };
        Self {
            tiers: vec![Tier {
                name: "default".to_owned(),
                platform: collection_and_payout(150, 100),
            }],
            mobile: collection_and_payout(150, 100),
            card: BTreeMap::from([(OperationType::Collection, Fee::percent(350))]),
            wallet: BTreeMap::new(),
            fx_percentage: figures::cents(100),
        }
    }
}

impl Tariff {
    /// The gateway's fee for an operation by a method.
    pub(crate) fn gateway(&self, method: PaymentMethod, operation: OperationType) -> Fee {
        let table = match method.family() {
            Family::Mobile => &self.mobile,
            Family::Card => &self.card,
            Family::Wallet => &self.wallet,
        };
        table.get(&operation).copied().unwrap_or_default()
    }

    /// The platform's fee for an operation in a tier.
    pub(crate) fn platform(&self, tier: &str, operation: OperationType) -> Option<Fee> {
        let tier = self.tiers.iter().find(|candidate| candidate.name == tier)?;
        Some(tier.platform.get(&operation).copied().unwrap_or_default())
    }
}

/// The platform's fees for the merchants of one tier. The first tier is the default one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// Its fees; an operation that is not listed is free.
    pub platform: BTreeMap<OperationType, Fee>,
}

/// A fee: a part of the amount and a fixed part.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fee {
    /// Per cent of the amount.
    #[serde(deserialize_with = "figures::amount")]
    pub percentage: Amount,
    /// What is added, in the currency of the amount.
    #[serde(deserialize_with = "figures::amount")]
    pub fixed_amount: Amount,
}

impl Default for Fee {
    fn default() -> Self {
        Self { percentage: Amount::ZERO, fixed_amount: Amount::ZERO }
    }
}

impl Fee {
    fn percent(hundredths: i64) -> Self {
        Self { percentage: figures::cents(hundredths), fixed_amount: Amount::ZERO }
    }

    /// The fee for an amount, rounded half up to the currency's decimals.
    pub(crate) fn on(self, amount: Amount, currency: Currency) -> Option<Amount> {
        let part = amount.times(self.percentage).ok()?.times(figures::cents(1)).ok()?;
        Some(part.plus(self.fixed_amount).ok()?.round_to(currency.decimals()))
    }
}
