//! What the first merchant's book holds from the start: a customer, a paid invoice and an unpaid one. So a refund, a
//! receipt or a cancellation can be tried without making what it is about first.
//!
//! Samples have the ids just below [`FirstIds`], always the same, and a date that does not follow the clock.

use jiff::Timestamp;
use uuid::{Uuid, uuid};

use super::book::Book;
use super::clock::Clock;
use super::pricing;
use super::pricing::{Ask, Quote};
use super::rows::account::Account;
use super::rows::document::Draft;
use super::settlement::{Ending, Landing};
use super::triggers;
use super::triggers::Sign;
use crate::base::money::{Currency, Money};
use crate::sandbox::enums::{
    FeeBearer, OperationType, PaymentMethod, Provider, Relationship, SourceStatus, SourceType,
};
use crate::sandbox::figures::whole;
use crate::sandbox::setup::settings::{FirstIds, Settings};

/// How many rows of every kind the samples are.
const ROWS: FirstIds = FirstIds {
    party: 1,
    counterparty: 1,
    invoice: 2,
    order: 0,
    item: 2,
    session: 0,
    payment_account: 2,
    checkout: 0,
    payment_intent: 1,
};
const NAME: &str = "Sample Customer";
const COUNTRY: &str = "LR";
const PHONE: &str = "231770001000";
const METHOD: PaymentMethod = PaymentMethod::MtnLiberia;
const PAID: i64 = 100;
const UNPAID: i64 = 40;
const REFERENCE: Uuid = uuid!("7d444840-9dc0-41d1-b245-5ffdce74fad2");

/// What goes into a book.
pub(crate) struct Samples {
    /// Where the ids of the book begin, the samples' own included.
    pub first_ids: FirstIds,
    currency: Currency,
    /// What the paid invoice cost.
    price: Quote,
}

/// The samples that settings ask for; none where there is no room below the usual ids, no wallet for their currency
/// or no fee for their method.
pub(crate) fn of(settings: &Settings) -> Option<Samples> {
    if !settings.samples {
        return None;
    }
    let currency = "USD".parse().ok()?;
    settings.wallets.iter().find(|wallet| wallet.currency == currency)?;
    let first_ids = settings.first_ids.lowered_by(ROWS)?;
    Some(Samples { first_ids, currency, price: price(settings, currency)? })
}

/// Lays the samples down in a book that was opened at their first ids.
pub(crate) fn lay_down(samples: Samples, book: &mut Book) {
    let Samples { currency, price, .. } = samples;
    // a number names its year
    let usual = std::mem::replace(&mut book.clock, Clock::standing_at(date()));
    let at = book.stamp();
    let (name, country) = (NAME.to_owned(), COUNTRY.to_owned());
    let party_id = book.add_party(name, PHONE.to_owned(), None, Some(country));
    let counterparty_id = book.add_counterparty(party_id, Relationship::Customer);
    let account = book.sample_account(party_id, OperationType::Collection);
    book.sample_account(party_id, OperationType::Payout);
    book.sample_invoice(counterparty_id, currency, UNPAID);
    let paid = book.sample_invoice(counterparty_id, currency, PAID);
    let wallet = book.wallets.iter_mut().find(|wallet| wallet.currency == currency);
    if let Some(wallet) = wallet {
        // what a wallet is set to at the start is with the samples
        wallet.balance = wallet.balance.minus(price.payee.amount).unwrap_or(wallet.balance);
        wallet.opening = wallet.balance;
        let wallet = wallet.id;
        let id = book.land(Landing {
            reference: REFERENCE,
            operation: OperationType::Collection,
            price,
            method: METHOD,
            provider: Provider::Pawapay,
            session: None,
            account: Some(account),
            source: Some((SourceType::Invoice, paid)),
            original: None,
            wallet,
            effect: triggers::effect(Sign::Phone(None), &book.settings),
        });
        book.finish(id, Ending::Completed, at);
    }
    book.clock = usual;
}

impl Book {
    fn sample_account(&mut self, party_id: u64, operation: OperationType) -> u64 {
        let at = self.stamp();
        self.accounts.insert(|id| Account {
            id,
            is_active: true,
            account_name: NAME.to_owned(),
            provider: Provider::Pawapay,
            method: METHOD,
            operation,
            party_id,
            country_code: Some(COUNTRY.to_owned()),
            phone: Some(PHONE.to_owned()),
            created_at: at,
            updated_at: at,
        })
    }

    fn sample_invoice(&mut self, counterparty_id: u64, currency: Currency, total: i64) -> u64 {
        let kind = SourceType::Invoice;
        let id = self.add_document(
            kind,
            Draft {
                counterparty_id,
                currency,
                note: "Sample".to_owned(),
                fee_bearer: FeeBearer::Payer,
                as_payment_link: false,
                reference_id: None,
                due_date: None,
            },
        );
        let added = self.add_item(kind, id, "Sample".to_owned(), 1, whole(total));
        if let (Ok(_), Ok(invoice)) = (added, self.document_mut(kind, id)) {
            invoice.status = SourceStatus::Active;
        }
        id
    }
}

/// 2026-01-02, 09:00 in Monrovia.
fn date() -> Timestamp {
    Timestamp::constant(1_767_344_400, 0)
}

fn price(settings: &Settings, currency: Currency) -> Option<Quote> {
    let ask = Ask {
        total: Money { amount: whole(PAID), currency },
        payer_currency: currency,
        method: METHOD,
        operation: OperationType::Collection,
        bearer: FeeBearer::Payer,
        tier: &settings.merchant.fee_tier,
    };
    pricing::quote(settings, &ask).ok()
}
