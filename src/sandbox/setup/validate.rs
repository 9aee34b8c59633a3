//! Whether settings make sense together: what single values can't say.

use super::settings::Settings;

/// A reason why settings can't mean what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingFlaw {
    /// Which setting, such as `credentials[1].merchant`.
    pub path: String,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
}

impl Settings {
    /// Why they can't mean what they say; nothing of good settings.
    pub fn flaws(&self) -> Vec<SettingFlaw> {
        let mut flaws = Vec::new();
        let mut flaw = |path: String, message: String| flaws.push(SettingFlaw { path, message });
        let known = |id: u64| self.merchant.id == id || self.merchants.iter().any(|m| m.id == id);
        for (at, pair) in self.credentials.iter().enumerate() {
            if let Some(id) = pair.merchant.filter(|id| !known(*id)) {
                flaw(format!("credentials[{at}].merchant"), format!("there is no merchant {id}"));
            }
            if self.credentials[..at].iter().any(|other| other.client_id == pair.client_id) {
                let message = format!("there are two credentials `{}`", pair.client_id);
                flaw(format!("credentials[{at}].client_id"), message);
            }
        }
        let tier = |name: &str| self.fees.tiers.iter().any(|tier| tier.name == name);
        if !tier(&self.merchant.fee_tier) {
            let message = format!("there is no fee tier `{}`", self.merchant.fee_tier);
            flaw("merchant.fee_tier".to_owned(), message);
        }
        for (at, merchant) in self.merchants.iter().enumerate() {
            if !tier(&merchant.fee_tier) {
                let message = format!("there is no fee tier `{}`", merchant.fee_tier);
                flaw(format!("merchants[{at}].fee_tier"), message);
            }
            let before = self.merchants[..at].iter().chain([&self.merchant]);
            if before.into_iter().any(|other| other.id == merchant.id) {
                let message = format!("there are two merchants {}", merchant.id);
                flaw(format!("merchants[{at}].id"), message);
            }
        }
        for (at, wallet) in self.wallets.iter().enumerate() {
            let before = &self.wallets[..at];
            if before.iter().any(|other| other.id == wallet.id) {
                flaw(format!("wallets[{at}].id"), format!("there are two wallets {}", wallet.id));
            }
            if before.iter().any(|other| other.currency == wallet.currency) {
                let message = format!("there are two wallets in {}", wallet.currency);
                flaw(format!("wallets[{at}].currency"), message);
            }
            if !self.rates_per_usd.contains_key(&wallet.currency) {
                let message = format!("rates_per_usd has no rate for {}", wallet.currency);
                flaw(format!("wallets[{at}].currency"), message);
            }
        }
        if self.wallets.is_empty() {
            flaw("wallets".to_owned(), "without a wallet there is no currency".to_owned());
        }
        flaws
    }
}
