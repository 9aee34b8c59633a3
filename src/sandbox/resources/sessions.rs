//! Sessions: the intent to move money, for a short while.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::accounts::no_account;
use crate::base::money::{Amount, Money};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::session::{Intent, Session};
use crate::sandbox::enums::{
    ExecutionStatus, OperationType, SessionStatus, SourceStatus, SourceType, Word,
};
use crate::sandbox::figures::number;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::fields::{Fields, Read};
use crate::sandbox::protocol::rejection::{Flaw, Rejection};

impl Intent {
    /// The operation that executes it.
    pub(crate) fn operation(&self) -> OperationType {
        match self {
            Self::Checkout { .. } => OperationType::Collection,
            Self::Payout { .. } => OperationType::Payout,
            Self::Transfer { .. } => OperationType::Transfer,
            Self::Refund { .. } => OperationType::Refund,
        }
    }
}

impl Session {
    /// Where the session stands at a time.
    pub(crate) fn status_at(&self, now: Timestamp) -> SessionStatus {
        match self.status {
            SessionStatus::Active if now >= self.expires_at => SessionStatus::Expired,
            status => status,
        }
    }

    /// The session on the wire.
    pub(crate) fn json(&self, now: Timestamp) -> Value {
        let mut json = json!({ "id": self.id });
        match &self.intent {
            Intent::Checkout { source_type, source_id } => {
                json["source_id"] = json!(source_id);
                json["source_type"] = json!(source_type.as_str());
                json["payment_account_id"] = Value::Null;
            }
            Intent::Payout { account, amount, wallet } => {
                json["wallet_id"] = json!(wallet);
                json["payout_account_id"] = json!(account);
                put_amount(&mut json, amount);
            }
            Intent::Transfer { wallet, counterparty, amount } => {
                json["from_wallet_id"] = json!(wallet);
                json["to_counterparty_id"] = json!(counterparty);
                put_amount(&mut json, amount);
            }
            Intent::Refund { original, amount, reason } => {
                json["original_payment_intent_id"] = json!(original);
                put_amount(&mut json, amount);
                json["reason"] = json!(reason);
            }
        }
        json["status"] = json!(self.status_at(now).as_str());
        json["expires_at"] = json!(self.expires_at);
        json["created_at"] = json!(self.created_at);
        json["updated_at"] = json!(self.updated_at);
        json
    }
}

fn put_amount(json: &mut Value, money: &Money) {
    json["amount"] = number(money.amount);
    json["currency"] = json!(money.currency.code());
}

/// `POST /v1/sessions/checkout`
pub(crate) fn checkout(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let source_id = fields.need("source_id", field_types::integer);
    let source_type = fields.need("source_type", field_types::word::<SourceType>);
    fields.done()?;
    let (source_id, source_type) = (source_id?, source_type?);
    let Some(document) = book.documents(source_type).get(source_id) else {
        return Err(Rejection::at("body", "source_id", Flaw::unknown()));
    };
    if document.status != SourceStatus::Active {
        return Err(Rejection::at("body", "source_id", Flaw::not_active(document.status)));
    }
    let expires_at = book.session_end(call);
    Ok(book.open_session(Intent::Checkout { source_type, source_id }, expires_at))
}

/// `POST /v1/sessions/payout`
pub(crate) fn payout(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let account_id = fields.need("payout_account_id", field_types::integer);
    let currency = fields.need("currency", field_types::currency);
    let amount = fields.need_amount("amount", currency);
    let account = account_id.ok().and_then(|id| book.accounts.get(id));
    if account_id.is_ok() {
        let flaw = match account {
            Some(account) => account.unfit_for(OperationType::Payout),
            None => Some(no_account()),
        };
        if let Some(flaw) = flaw {
            fields.refuse("payout_account_id", flaw);
        }
    }
    if let (Some(account), Ok(currency)) = (account, currency)
        && !account.method.offers(currency, call.settings)
    {
        fields.refuse("currency", Flaw::currency());
    }
    fields.done()?;
    let amount = Money { amount: amount?, currency: currency? };
    let wallet = book.wallet_of(amount.currency).map(|wallet| wallet.id);
    let wallet = wallet.ok_or_else(|| Rejection::at("body", "currency", Flaw::currency()))?;
    let expires_at = book.session_end(call);
    Ok(book.open_session(Intent::Payout { account: account_id?, amount, wallet }, expires_at))
}

/// `POST /v1/sessions/transfer`
pub(crate) fn transfer(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let wallet_id = fields.need("from_wallet_id", field_types::integer);
    let counterparty = fields.need("to_counterparty_id", field_types::integer);
    let currency = fields.need("currency", field_types::currency);
    let amount = fields.need_amount("amount", currency);
    let expires_at = future(&mut fields, book.now());
    let wallet = wallet_id.ok().and_then(|id| book.wallet(id));
    if wallet_id.is_ok() && wallet.is_none() {
        fields.refuse("from_wallet_id", Flaw::unknown());
    }
    if counterparty.is_ok_and(|id| book.counterparties.get(id).is_none()) {
        fields.refuse("to_counterparty_id", Flaw::unknown());
    }
    if let (Some(wallet), Ok(currency)) = (wallet, currency)
        && wallet.currency != currency
    {
        fields.refuse("currency", Flaw::currency());
    }
    fields.done()?;
    let amount = Money { amount: amount?, currency: currency? };
    let intent = Intent::Transfer { wallet: wallet_id?, counterparty: counterparty?, amount };
    Ok(book.open_session(intent, expires_at?))
}

/// `POST /v1/sessions/refund`
pub(crate) fn refund(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let original = fields.need("original_payment_intent_id", field_types::integer);
    let amount = fields.need("amount", field_types::number);
    let expires_at = future(&mut fields, book.now());
    let reason = fields.may("reason", field_types::any_text);
    let found = original.map(|intent| book.refundable(intent));
    if let Ok(Err(flaw)) = &found {
        fields.refuse("original_payment_intent_id", flaw.clone());
    }
    let rest = found.ok().and_then(Result::ok);
    let currency = rest.map(|rest| rest.currency).ok_or(crate::sandbox::protocol::fields::Unread);
    let amount = amount.and_then(|amount| fields.fit("amount", amount, currency));
    fields.done()?;
    let amount = Money { amount: amount?, currency: currency? };
    if rest.is_some_and(|rest| amount.amount > rest.amount) {
        return Err(Rejection::at("body", "amount", beyond_original()));
    }
    let intent = Intent::Refund { original: original?, amount, reason: reason? };
    Ok(book.open_session(intent, expires_at?))
}

/// More is asked back than is left of a collection.
pub(crate) fn beyond_original() -> Flaw {
    Flaw::new("exceeds original amount", "value_error.amount")
}

fn future(fields: &mut Fields<'_>, now: Timestamp) -> Read<Timestamp> {
    let time = fields.need("expires_at", field_types::time)?;
    fields.coming("expires_at", time, now)
}

impl Book {
    fn session_end(&self, call: &Call<'_>) -> Timestamp {
        let lifetime = SignedDuration::from_mins(i64::from(call.settings.session_minutes));
        self.stamp().saturating_add(lifetime).unwrap_or(Timestamp::MAX)
    }

    fn open_session(
        &mut self,
        intent: Intent,
        expires_at: Timestamp,
    ) -> crate::sandbox::protocol::call::Answer {
        let at = self.stamp();
        let session = Session {
            id: self.sessions.next_id(),
            intent,
            status: SessionStatus::Active,
            expires_at,
            created_at: at,
            updated_at: at,
        };
        let json = session.json(self.now());
        self.sessions.insert(|_| session);
        json.into()
    }

    /// What may still be given back of a collection.
    pub(crate) fn refundable(&self, intent: u64) -> Result<Money, Flaw> {
        let refused = |message: &str| Flaw::new(message, "value_error.intent");
        let execution =
            self.execution_by_intent.get(intent).and_then(|id| self.executions.get(*id));
        let execution = execution.ok_or_else(|| refused("not found"))?;
        if execution.status != ExecutionStatus::Completed {
            return Err(refused("not refundable"));
        }
        let Money { amount, currency } = execution.price.payer;
        let rest = amount.minus(execution.refunded).unwrap_or(Amount::ZERO);
        Ok(Money { amount: rest, currency })
    }
}
