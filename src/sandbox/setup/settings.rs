//! Everything about the emulator that the API's documentation leaves open, with a default for each.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::tariff::Tariff;
use crate::base::money::{Amount, Currency};
use crate::sandbox::enums::{FeeBearer, MerchantType, PaymentMethod};
use crate::sandbox::faults::fault::Fault;
use crate::sandbox::figures;

/// What an emulator is set up with. A table that is given replaces the default table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Decides tokens, page addresses, and which requests a fault with a probability hits.
    pub seed: u64,
    /// Who may obtain a token.
    pub credentials: Vec<Credential>,
    /// How long a token lives, where its credential does not say.
    pub token_lifetime_minutes: u32,
    /// The merchant that credentials belong to unless they say otherwise.
    pub merchant: Merchant,
    /// Other merchants. Each has books of its own, with ids and wallets far from the others'.
    pub merchants: Vec<Merchant>,
    /// What approves a payout.
    pub passcode: PasscodeSetting,
    /// Every merchant's wallets; their currencies are the ones the emulator knows.
    pub wallets: Vec<WalletSetting>,
    /// Units of a currency for one US dollar.
    #[serde(deserialize_with = "figures::rates")]
    pub rates_per_usd: BTreeMap<Currency, Amount>,
    /// The fees.
    pub fees: Tariff,
    /// Which operator a phone number belongs to: the first prefix that fits.
    pub operators: Vec<Operator>,
    /// Currencies cards can pay in.
    #[serde(deserialize_with = "figures::currencies")]
    pub card_currencies: Vec<Currency>,
    /// What predictions name as the provider of a mobile method.
    pub provider_style: ProviderStyle,
    /// Coerces a wrong JSON type instead of refusing it.
    pub lenient_types: bool,
    /// Refuses a document without a note.
    pub require_note: bool,
    /// Who carries the fees of a document made by a checkout.
    pub checkout_fee_bearer: FeeBearer,
    /// How long a checkout or payout session lives.
    pub session_minutes: u32,
    /// What makes an execution advance.
    pub ticks: Ticks,
    /// How long one tick is when the clock makes them.
    pub step_ms: u64,
    /// Whether special phone numbers, amounts and text markers do anything.
    pub triggers: bool,
    /// How long a delayed answer takes.
    pub delay_ms: u64,
    /// Whether payers act on hosted pages by themselves.
    pub hosted_payer: HostedPayer,
    /// How many requests are let through; none means no limit.
    pub rate_limit: Option<RateLimit>,
    /// What a repeated execution reference leads to.
    pub dedup: Dedup,
    /// How many status reads answer 404 for an execution that has just landed.
    pub late_visibility: u32,
    /// How long a realtime key lives.
    pub realtime_key_seconds: u32,
    /// How many of the latest requests the log keeps.
    pub log_limit: usize,
    /// Where the emulator can be reached: hosted pages and links start with it.
    pub public_url: String,
    /// The first id of every kind of row.
    pub first_ids: FirstIds,
    /// Whether the first merchant has a customer, a paid invoice and an unpaid one from the start. Their ids are
    /// the ones below [`FirstIds`].
    pub samples: bool,
    /// Faults that are queued from the start.
    pub faults: Vec<Fault>,
    /// Takes any credentials and any passcode: for where a recipe's secrets are stand-ins. No file sets it.
    #[serde(skip)]
    pub trusting: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            credentials: Credential::usual(),
            token_lifetime_minutes: 60,
            merchant: Merchant::default(),
            merchants: vec![Merchant::second()],
            passcode: PasscodeSetting::default(),
            wallets: WalletSetting::usual(),
            rates_per_usd: usual_rates(),
            fees: Tariff::default(),
            operators: Operator::usual(),
            card_currencies: currency("USD").into_iter().collect(),
            provider_style: ProviderStyle::Gateway,
            lenient_types: false,
            require_note: true,
            checkout_fee_bearer: FeeBearer::Payer,
            session_minutes: 15,
            ticks: Ticks::Poll,
            step_ms: 1000,
            triggers: true,
            delay_ms: 35_000,
            hosted_payer: HostedPayer::Auto,
            rate_limit: None,
            dedup: Dedup::Replay,
            late_visibility: 0,
            realtime_key_seconds: 3600,
            log_limit: 1000,
            public_url: "http://127.0.0.1:8787".to_owned(),
            first_ids: FirstIds::default(),
            samples: true,
            faults: Vec::new(),
            trusting: false,
        }
    }
}

/// A pair that may obtain tokens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The public half.
    pub client_id: String,
    /// The secret half.
    pub client_secret: String,
    /// How long its tokens live.
    #[serde(default)]
    pub lifetime_minutes: Option<u32>,
    /// Its tokens have expired before they are issued.
    #[serde(default)]
    pub expired: bool,
    /// Its merchant has not been verified: every gate answers 403.
    #[serde(default)]
    pub unverified: bool,
    /// The id of its merchant; the settings' own unless told.
    #[serde(default)]
    pub merchant: Option<u64>,
}

impl Credential {
    /// A pair of the settings' own merchant.
    pub(crate) fn plain(client_id: &str, client_secret: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            lifetime_minutes: None,
            expired: false,
            unverified: false,
            merchant: None,
        }
    }

    fn usual() -> Vec<Self> {
        let pair = |client_id: &str| Self::plain(client_id, "sbx_secret");
        vec![
            pair("sbx_client"),
            Self { lifetime_minutes: Some(1), ..pair("sbx_short") },
            Self { expired: true, ..pair("sbx_expired") },
            Self { unverified: true, ..pair("sbx_unverified") },
            Self { merchant: Some(Merchant::second().id), ..pair("sbx_other") },
        ]
    }
}

/// A merchant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Merchant {
    /// Its id.
    pub id: u64,
    /// Its sort.
    pub r#type: MerchantType,
    /// Its name.
    pub name: String,
    /// Its email.
    pub email: Option<String>,
    /// Its phone.
    pub phone: Option<String>,
    /// The fee tier it pays by.
    pub fee_tier: String,
}

impl Default for Merchant {
    fn default() -> Self {
        Self {
            id: 8,
            r#type: MerchantType::Organization,
            name: "Sandbox Merchant".to_owned(),
            email: Some("merchant@example.org".to_owned()),
            phone: Some("231886000001".to_owned()),
            fee_tier: "default".to_owned(),
        }
    }
}

impl Merchant {
    fn second() -> Self {
        Self {
            id: 9,
            name: "Other Sandbox Merchant".to_owned(),
            email: Some("other@example.org".to_owned()),
            phone: Some("231886000002".to_owned()),
            ..Self::default()
        }
    }
}

impl Settings {
    /// The merchant at a place: the settings' own comes first.
    pub(crate) fn merchant_at(&self, place: usize) -> &Merchant {
        let other = place.checked_sub(1).and_then(|place| self.merchants.get(place));
        other.unwrap_or(&self.merchant)
    }

    /// The place of a credential's merchant.
    pub(crate) fn place_of(&self, credential: &Credential) -> usize {
        let other = |id| self.merchants.iter().position(|merchant| merchant.id == id);
        credential.merchant.and_then(other).map_or(0, |place| place + 1)
    }
}

/// The passcode payouts are approved with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasscodeSetting {
    /// The code.
    pub code: String,
    /// The phone it is registered for.
    pub phone: String,
    /// The user it is registered for.
    pub user_id: String,
}

impl Default for PasscodeSetting {
    fn default() -> Self {
        Self { code: "4820".to_owned(), phone: "231886000001".to_owned(), user_id: "1".to_owned() }
    }
}

/// A wallet and what is in it at the start.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalletSetting {
    /// Its id.
    pub id: u64,
    /// Its currency.
    #[serde(deserialize_with = "figures::currency")]
    pub currency: Currency,
    /// Its balance at the start.
    #[serde(deserialize_with = "figures::amount")]
    pub balance: Amount,
}

impl WalletSetting {
    fn usual() -> Vec<Self> {
        [(3, "USD", 10_000), (4, "LRD", 1_000_000), (5, "RWF", 5_000_000)]
            .into_iter()
            .filter_map(|(id, code, units)| {
                Some(Self { id, currency: currency(code)?, balance: figures::whole(units) })
            })
            .collect()
    }
}

/// An operator of mobile money, by the start of its numbers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// How its numbers start.
    pub prefix: String,
    /// The method its customers pay with.
    pub method: PaymentMethod,
}

impl Operator {
    fn usual() -> Vec<Self> {
        use PaymentMethod::{AirtelRwanda, MtnLiberia, MtnRwanda, OrangeLiberia, OrangeRwanda};
        [
            (&["23177", "23188", "23155"][..], MtnLiberia),
            (&["23170", "23178", "23179"], OrangeLiberia),
            (&["25078", "25079"], MtnRwanda),
            (&["25072", "25073"], AirtelRwanda),
            (&["25075"], OrangeRwanda),
        ]
        .into_iter()
        .flat_map(|(prefixes, method)| {
            prefixes.iter().map(move |prefix| Self { prefix: (*prefix).to_owned(), method })
        })
        .collect()
    }
}

/// What a prediction calls the provider of a mobile method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderStyle {
    /// The gateway, `PAWAPAY`.
    Gateway,
    /// The method itself.
    Method,
}

/// What makes executions advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ticks {
    /// Every status read is a step.
    Poll,
    /// Time passing is.
    Clock,
    /// Nothing needs to: an execution ends as it lands.
    Instant,
}

/// Whether payers act on hosted pages by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostedPayer {
    /// A payer pays at the first look at the source, or when the link is opened.
    Auto,
    /// Only a control call makes a payer act.
    Manual,
}

/// What a repeated execution reference leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dedup {
    /// The same body is answered with the execution that exists, another body is refused.
    Replay,
    /// Any repetition is refused.
    Refuse,
    /// It is not noticed: neither the reference nor a used-up session stops a second payment.
    Off,
}

/// A bucket of requests that refills steadily.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests may come at once.
    pub burst: u32,
    /// How many more may come every minute.
    pub per_minute: u32,
}

/// The first id of every kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FirstIds {
    /// Parties.
    pub party: u64,
    /// Counterparties.
    pub counterparty: u64,
    /// Invoices.
    pub invoice: u64,
    /// Orders.
    pub order: u64,
    /// Items of invoices and orders.
    pub item: u64,
    /// Sessions of all four types.
    pub session: u64,
    /// Payment accounts.
    pub payment_account: u64,
    /// Checkouts.
    pub checkout: u64,
    /// Payment intents.
    pub payment_intent: u64,
}

impl Default for FirstIds {
    fn default() -> Self {
        Self {
            party: 42,
            counterparty: 15,
            invoice: 101,
            order: 201,
            item: 7,
            session: 55,
            payment_account: 18,
            checkout: 301,
            payment_intent: 9001,
        }
    }
}

impl FirstIds {
    /// Each of them lower by so many rows; none if one would come below 1.
    pub(crate) fn lowered_by(self, rows: Self) -> Option<Self> {
        let lower = |id: u64, rows: u64| id.checked_sub(rows).filter(|id| *id > 0);
        Some(Self {
            party: lower(self.party, rows.party)?,
            counterparty: lower(self.counterparty, rows.counterparty)?,
            invoice: lower(self.invoice, rows.invoice)?,
            order: lower(self.order, rows.order)?,
            item: lower(self.item, rows.item)?,
            session: lower(self.session, rows.session)?,
            payment_account: lower(self.payment_account, rows.payment_account)?,
            checkout: lower(self.checkout, rows.checkout)?,
            payment_intent: lower(self.payment_intent, rows.payment_intent)?,
        })
    }
}

fn currency(code: &str) -> Option<Currency> {
    code.parse().ok()
}

fn usual_rates() -> BTreeMap<Currency, Amount> {
    [("USD", 1), ("LRD", 190), ("RWF", 1400)]
        .into_iter()
        .filter_map(|(code, rate)| Some((currency(code)?, figures::whole(rate))))
        .collect()
}
