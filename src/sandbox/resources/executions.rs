//! Executions: the four calls that move money.

use serde_json::{Value, json};

use super::accounts::no_account;
use super::authorization::{Bare, Identity, wrong_type};
use super::passcode;
use super::sessions::beyond_original;
use crate::base::money::Money;
use crate::sandbox::books::book::Book;
use crate::sandbox::books::pricing;
use crate::sandbox::books::pricing::Quote;
use crate::sandbox::books::rows::execution::Execution;
use crate::sandbox::books::rows::session::Intent;
use crate::sandbox::books::settlement::Landing;
use crate::sandbox::books::triggers;
use crate::sandbox::books::triggers::{Sign, Start, Subject};
use crate::sandbox::enums::{Family, OperationType, PaymentMethod, Provider, Word};
use crate::sandbox::figures::number;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::fields::Unread;
use crate::sandbox::protocol::rejection::{Flaw, Rejection};

impl Execution {
    /// Whether the card holder has a challenge to pass.
    pub(crate) fn requires_action(&self) -> bool {
        self.course.start == Start::Challenge && !self.status.is_final()
    }

    /// The execution on the wire.
    pub(crate) fn json(&self) -> Value {
        let open_secret = self.client_secret.as_ref().filter(|_| self.requires_action());
        json!({
            "reference_id": self.reference,
            "status": self.status.as_str(),
            "operation_type": self.operation.as_str(),
            "payer_amount": number(self.price.payer.amount),
            "payer_currency": self.price.payer.currency.code(),
            "payee_amount": number(self.price.payee.amount),
            "payee_currency": self.price.payee.currency.code(),
            "provider_transaction_id": self.provider_transaction_id,
            "gateway_message": self.gateway_message,
            "wallet_message": self.wallet_message,
            "requires_action": self.requires_action(),
            "client_secret": open_secret,
            "payment_intent_id": self.intent,
        })
    }
}

/// `POST /v1/executions/collection`
pub(crate) fn collection(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let session = fields.need("session_id", field_types::id_text);
    let account = fields.need("payment_account_id", field_types::id_text);
    let currency = fields.need("currency", field_types::currency);
    let reference = fields.need("reference_id", field_types::uuid);
    fields.done()?;
    let (session, account_id, currency, reference) = (session?, account?, currency?, reference?);
    let operation = OperationType::Collection;
    let identity = Identity {
        reference,
        operation,
        session,
        account: Some(account_id),
        currency: Some(currency),
    };
    if let Some(answer) = book.repetition(&identity)? {
        return Ok(answer);
    }
    let intent = book.intent(&mut fields, session, operation);
    let account = book.account_for(&mut fields, "payment_account_id", account_id, operation);
    if account.as_ref().is_ok_and(|account| !account.method.offers(currency, call.settings)) {
        fields.refuse("currency", Flaw::currency());
    }
    let source = match intent {
        Ok(Intent::Checkout { source_type, source_id }) => Ok((source_type, source_id)),
        _ => Err(Unread),
    };
    let party = source.ok().and_then(|(kind, id)| book.payer_of(kind, id));
    if party.is_some() && account.as_ref().is_ok_and(|account| Some(account.party_id) != party) {
        fields.refuse("payment_account_id", no_account());
    }
    fields.done()?;
    let (account, source) = (account?, source?);
    let price = book.collection_price(source, account.method, currency)?;
    let document = book.document(source.0, source.1)?;
    let (sign, subject) = match account.method.family() {
        Family::Card => (Sign::CardTotal(document.total()), Subject::Source(source.0, source.1)),
        _ => (Sign::Phone(account.phone.as_deref()), Subject::Account(account_id)),
    };
    let wallet = book.wallet_id(price.payee.currency)?;
    let landing = Landing {
        reference,
        operation,
        price,
        method: account.method,
        provider: account.provider,
        session: Some(session),
        account: Some(account_id),
        source: Some(source),
        original: None,
        wallet,
        effect: triggers::effect(sign, call.settings),
    };
    book.execute(landing, subject)
}

/// `POST /v1/executions/payout`
pub(crate) fn payout(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let session = fields.need("session_id", field_types::id_text);
    let account = fields.need("payout_account_id", field_types::id);
    let reference = fields.need("reference_id", field_types::uuid);
    let approval = passcode::read(&mut fields);
    fields.done()?;
    let (session, account_id, reference) = (session?, account?, reference?);
    let operation = OperationType::Payout;
    let account = Some(account_id);
    let identity = Identity { reference, operation, session, account, currency: None };
    if let Some(answer) = book.repetition(&identity)? {
        return Ok(answer);
    }
    if !approval?.is_right(&call.settings.passcode) && !call.settings.trusting {
        return Err(Rejection::Detail(403, "Invalid passcode"));
    }
    let intent = book.intent(&mut fields, session, operation);
    let account = book.account_for(&mut fields, "payout_account_id", account_id, operation);
    if let Ok(Intent::Payout { account: meant, .. }) = &intent
        && *meant != account_id
        && account.is_ok()
    {
        fields.refuse("payout_account_id", no_account());
    }
    fields.done()?;
    let (account, Intent::Payout { amount, wallet, .. }) = (account?, intent?) else {
        return Err(Rejection::at("body", "session_id", wrong_type()));
    };
    let sign = match account.method.family() {
        Family::Mobile => Sign::Phone(account.phone.as_deref()),
        Family::Card | Family::Wallet => Sign::Amount(amount),
    };
    let landing = Landing {
        reference,
        operation,
        price: book.outgoing_price(amount, account.method, operation)?,
        method: account.method,
        provider: account.provider,
        session: Some(session),
        account: Some(account_id),
        source: None,
        original: None,
        wallet,
        effect: triggers::effect(sign, call.settings),
    };
    book.execute(landing, Subject::Account(account_id))
}

/// `POST /v1/executions/transfer`
pub(crate) fn transfer(book: &mut Book, call: &Call<'_>) -> Outcome {
    let operation = OperationType::Transfer;
    let (session, reference, intent) = match book.bare_execution(call, operation)? {
        Bare::Repeated(answer) => return Ok(answer),
        Bare::New { session, reference, intent } => (session, reference, intent),
    };
    let Intent::Transfer { wallet, counterparty, amount } = intent else {
        return Err(Rejection::at("body", "session_id", wrong_type()));
    };
    let landing = Landing {
        reference,
        operation,
        price: book.outgoing_price(amount, PaymentMethod::Wallet, operation)?,
        method: PaymentMethod::Wallet,
        provider: Provider::Platform,
        session: Some(session),
        account: None,
        source: None,
        original: None,
        wallet,
        effect: triggers::effect(Sign::Amount(amount), call.settings),
    };
    book.execute(landing, Subject::Transfer(wallet, counterparty))
}

/// `POST /v1/executions/refund`
pub(crate) fn refund(book: &mut Book, call: &Call<'_>) -> Outcome {
    let operation = OperationType::Refund;
    let (session, reference, intent) = match book.bare_execution(call, operation)? {
        Bare::Repeated(answer) => return Ok(answer),
        Bare::New { session, reference, intent } => (session, reference, intent),
    };
    let Intent::Refund { original, amount, .. } = intent else {
        return Err(Rejection::at("body", "session_id", wrong_type()));
    };
    let at_session = |flaw| Rejection::at("body", "session_id", flaw);
    // other refunds of the same collection may have landed since the session was made
    let rest = book.refundable(original).map_err(at_session)?;
    if amount.amount > rest.amount {
        return Err(at_session(beyond_original()));
    }
    let collected = book.execution_by_intent.get(original);
    let collected = collected.and_then(|id| book.executions.get(*id));
    let collected = collected.ok_or_else(Rejection::not_found)?;
    let (method, provider) = (collected.method, collected.provider);
    let (payee, source) = (collected.price.payee.currency, collected.source);
    let back = pricing::convert(call.settings, amount.amount, amount.currency, payee);
    let back = back.ok_or_else(|| at_session(Flaw::currency()))?;
    let debit = Money { amount: back, currency: payee };
    let price = Quote { payee: amount, ..book.outgoing_price(debit, method, operation)? };
    let landing = Landing {
        reference,
        operation,
        price,
        method,
        provider,
        session: Some(session),
        account: None,
        source,
        original: Some(original),
        wallet: book.wallet_id(payee)?,
        effect: triggers::effect(Sign::Amount(amount), call.settings),
    };
    book.execute(landing, Subject::Intent(original))
}
