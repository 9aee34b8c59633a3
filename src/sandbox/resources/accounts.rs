//! Payment accounts: what a payer pays from, or a beneficiary is paid to.

use serde_json::{Value, json};

use crate::base::money::Currency;
use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::account::Account;
use crate::sandbox::books::triggers;
use crate::sandbox::enums::{Family, OperationType, PaymentMethod, Provider, Word};
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::{Flaw, Rejection};
use crate::sandbox::setup::settings::Settings;

impl Account {
    /// The account on the wire.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "is_active": self.is_active,
            "account_name": self.account_name,
            "provider": self.provider.as_str(),
            "method": self.method.as_str(),
            "operation_type": self.operation.as_str(),
            "party_id": self.party_id,
            "country_code": self.country_code,
            "insensitive_account_number": self.phone,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    /// What is wrong with using the account for an operation, if anything.
    pub(crate) fn unfit_for(&self, operation: OperationType) -> Option<Flaw> {
        if self.operation != operation {
            return Some(no_account());
        }
        (!self.is_active).then(|| Flaw::new("account inactive", "value_error.inactive"))
    }
}

/// There is no such account, for this purpose.
pub(crate) fn no_account() -> Flaw {
    Flaw::new("not found", "value_error.account")
}

impl PaymentMethod {
    /// Whether the method can carry a currency.
    pub(crate) fn offers(self, currency: Currency, settings: &Settings) -> bool {
        self.currencies(settings).contains(&currency)
    }

    /// The currencies the method can carry.
    pub(crate) fn currencies(self, settings: &Settings) -> Vec<Currency> {
        let of_wallets = settings.wallets.iter().map(|wallet| wallet.currency);
        let codes: &[&str] = match (self.family(), self.country()) {
            (Family::Card, _) => return settings.card_currencies.clone(),
            (Family::Wallet, _) => return of_wallets.collect(),
            (Family::Mobile, Some("LR")) => &["LRD", "USD"],
            (Family::Mobile, _) => &["RWF"],
        };
        codes
            .iter()
            .filter_map(|code| of_wallets.clone().find(|known| known.code() == *code))
            .collect()
    }
}

/// `POST /v1/payment-accounts/create`
pub(crate) fn create(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let operation = query.need("operation_type", field_types::word::<OperationType>);
    query.done()?;
    let operation = operation?;
    let mut fields = call.body()?;
    let account_name = fields.need("account_name", field_types::text);
    let provider = fields.need("provider", field_types::word::<Provider>);
    let method = fields.need("method", field_types::word::<PaymentMethod>);
    let party_id = fields.need("party_id", field_types::integer);
    let country_code = fields.may("country_code", field_types::country);
    let phone = match method.map(PaymentMethod::family) {
        Ok(Family::Mobile) => fields.may("insensitive_account_number", field_types::phone),
        _ => fields.may("insensitive_account_number", field_types::any_text),
    };
    if party_id.is_ok_and(|id| book.parties.get(id).is_none()) {
        fields.refuse("party_id", Flaw::unknown());
    }
    if let Ok(method) = method {
        if !method.serves(operation) {
            fields.refuse("method", Flaw::new("invalid combination", "value_error.method"));
        }
        if provider.is_ok_and(|provider| !method.goes_with(provider)) {
            fields.refuse("provider", Flaw::new("invalid combination", "value_error.provider"));
        }
    }
    fields.done()?;
    let (at, phone) = (book.stamp(), phone?);
    let is_active = !call.settings.triggers || !triggers::makes_inactive(phone.as_deref());
    let account = Account {
        id: book.accounts.next_id(),
        is_active,
        account_name: account_name?,
        provider: provider?,
        method: method?,
        operation,
        party_id: party_id?,
        country_code: country_code?,
        phone,
        created_at: at,
        updated_at: at,
    };
    let json = account.json();
    book.accounts.insert(|_| account);
    Ok(json.into())
}

impl Book {
    /// Switches an account on or off.
    pub(crate) fn switch_account(&mut self, id: u64, is_active: bool) -> Result<Value, Rejection> {
        let at = self.stamp();
        let account = self.accounts.get_mut(id).ok_or_else(Rejection::not_found)?;
        account.is_active = is_active;
        account.updated_at = at;
        Ok(account.json())
    }
}
