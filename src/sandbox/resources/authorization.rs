//! What stands between an execute request and its landing: the checks of what it names, the price,
//! and what its trigger makes of it.

use uuid::Uuid;

use super::accounts::no_account;
use crate::base::money::{Currency, Money};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::pricing;
use crate::sandbox::books::pricing::{Ask, NoQuote, Quote};
use crate::sandbox::books::rows::account::Account;
use crate::sandbox::books::rows::execution::Execution;
use crate::sandbox::books::rows::session::Intent;
use crate::sandbox::books::settlement::Landing;
use crate::sandbox::books::triggers::{Effect, Subject};
use crate::sandbox::enums::{
    FeeBearer, OperationType, PaymentMethod, SessionStatus, SourceStatus, SourceType,
};
use crate::sandbox::faults::mishap::Mishap;
use crate::sandbox::protocol::call::{Answer, Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::fields::{Fields, Unread};
use crate::sandbox::protocol::rejection::{Flaw, Rejection};
use crate::sandbox::setup::settings::Dedup;

/// What makes two execute requests the same.
pub(crate) struct Identity {
    pub reference: Uuid,
    pub operation: OperationType,
    pub session: u64,
    pub account: Option<u64>,
    pub currency: Option<Currency>,
}

impl Identity {
    fn is_of(&self, execution: &Execution) -> bool {
        let currency = execution.price.payer.currency;
        execution.operation == self.operation
            && execution.session == Some(self.session)
            && (self.account.is_none() || execution.account == self.account)
            && self.currency.is_none_or(|named| named == currency)
    }
}

/// A transfer's or refund's request, which names nothing but a session.
pub(crate) enum Bare {
    /// It came before.
    Repeated(Answer),
    /// It did not.
    New { session: u64, reference: Uuid, intent: Intent },
}

/// The session is for another operation.
pub(crate) fn wrong_type() -> Flaw {
    Flaw::new("wrong session type", "value_error.session")
}

fn no_price(reason: NoQuote, field: &str) -> Rejection {
    let flaw = match reason {
        NoQuote::Rate => Flaw::currency(),
        NoQuote::Tier => Flaw::state("the merchant's fee tier has no fees"),
        NoQuote::Amount => Flaw::state("the fees exceed the amount"),
    };
    Rejection::at("body", field, flaw)
}

impl Book {
    pub(crate) fn bare_execution(
        &self,
        call: &Call<'_>,
        operation: OperationType,
    ) -> Result<Bare, Rejection> {
        let mut fields = call.body()?;
        let session = fields.need("session_id", field_types::id_text);
        let reference = fields.need("reference_id", field_types::uuid);
        fields.done()?;
        let (session, reference) = (session?, reference?);
        let identity = Identity { reference, operation, session, account: None, currency: None };
        if let Some(answer) = self.repetition(&identity)? {
            return Ok(Bare::Repeated(answer));
        }
        let intent = self.intent(&mut fields, session, operation);
        fields.done()?;
        Ok(Bare::New { session, reference, intent: intent? })
    }

    /// The answer to a reference that was used before, if it was.
    pub(crate) fn repetition(&self, identity: &Identity) -> Result<Option<Answer>, Rejection> {
        let known = self.execution_by_reference.get(&identity.reference);
        let Some(execution) = known.and_then(|id| self.executions.get(*id)) else {
            return Ok(None);
        };
        match self.settings.dedup {
            Dedup::Off => Ok(None),
            Dedup::Replay if identity.is_of(execution) => Ok(Some(execution.json().into())),
            Dedup::Replay | Dedup::Refuse => {
                let flaw = Flaw::new("already exists", "value_error.duplicate");
                Err(Rejection::at("body", "reference_id", flaw))
            }
        }
    }

    /// What a session is for, if this operation may execute it now.
    pub(crate) fn intent(
        &self,
        fields: &mut Fields<'_>,
        id: u64,
        operation: OperationType,
    ) -> Result<Intent, Unread> {
        let refused = |message: &str| Flaw::new(message, "value_error.session");
        let Some(session) = self.sessions.get(id) else {
            return Err(fields.refuse("session_id", refused("session not found")));
        };
        if session.intent.operation() != operation {
            return Err(fields.refuse("session_id", wrong_type()));
        }
        match session.status_at(self.now()) {
            SessionStatus::Active => Ok(session.intent.clone()),
            SessionStatus::Executed if self.settings.dedup == Dedup::Off => {
                Ok(session.intent.clone())
            }
            SessionStatus::Executed => {
                Err(fields.refuse("session_id", refused("session not active")))
            }
            SessionStatus::Expired => Err(fields.refuse("session_id", expired())),
        }
    }

    pub(crate) fn account_for(
        &self,
        fields: &mut Fields<'_>,
        field: &str,
        id: u64,
        operation: OperationType,
    ) -> Result<Account, Unread> {
        let Some(account) = self.accounts.get(id) else {
            return Err(fields.refuse(field, no_account()));
        };
        match account.unfit_for(operation) {
            Some(flaw) => Err(fields.refuse(field, flaw)),
            None => Ok(account.clone()),
        }
    }

    /// The party that pays a document.
    pub(crate) fn payer_of(&self, kind: SourceType, id: u64) -> Option<u64> {
        let document = self.documents(kind).get(id)?;
        Some(self.party_of(document.counterparty_id)?.id)
    }

    pub(crate) fn wallet_id(&self, currency: Currency) -> Result<u64, Rejection> {
        let wallet = self.wallet_of(currency).map(|wallet| wallet.id);
        wallet.ok_or_else(|| Rejection::at("body", "currency", Flaw::currency()))
    }

    /// What collecting a document costs each side; refused where it is not open to payment.
    pub(crate) fn collection_price(
        &self,
        (kind, id): (SourceType, u64),
        method: PaymentMethod,
        payer_currency: Currency,
    ) -> Result<Quote, Rejection> {
        let document = self.document(kind, id)?;
        if document.status != SourceStatus::Active {
            return Err(Rejection::at("body", "session_id", Flaw::not_active(document.status)));
        }
        let ask = Ask {
            total: document.total(),
            payer_currency,
            method,
            operation: OperationType::Collection,
            bearer: document.fee_bearer,
            tier: &self.merchant().fee_tier,
        };
        pricing::quote(&self.settings, &ask).map_err(|reason| no_price(reason, "currency"))
    }

    pub(crate) fn outgoing_price(
        &self,
        amount: Money,
        method: PaymentMethod,
        operation: OperationType,
    ) -> Result<Quote, Rejection> {
        let ask = Ask {
            total: amount,
            payer_currency: amount.currency,
            method,
            operation,
            bearer: FeeBearer::Payer,
            tier: &self.merchant().fee_tier,
        };
        pricing::quote(&self.settings, &ask).map_err(|reason| no_price(reason, "session_id"))
    }

    /// Carries an execution out, unless its trigger keeps it from landing.
    pub(crate) fn execute(&mut self, landing: Landing, subject: Subject) -> Outcome {
        let mishap = self.meet(&landing, subject)?;
        let id = self.land(landing);
        let execution = self.executions.get(id).ok_or_else(Rejection::not_found)?;
        Ok(Answer { body: execution.answer(), mishap })
    }

    /// What befalls a request about to land, by its trigger.
    fn meet(&mut self, landing: &Landing, subject: Subject) -> Result<Option<Mishap>, Rejection> {
        let Effect { mishap, expires_session, unverified, .. } = landing.effect;
        if unverified {
            return Err(Rejection::unverified());
        }
        if expires_session
            && let Some(session) = landing.session
            && !self.expired_for.contains_key(&subject)
        {
            self.expired_for.insert(subject, session);
            if let Some(session) = self.sessions.get_mut(session) {
                session.status = SessionStatus::Expired;
            }
            return Err(Rejection::at("body", "session_id", expired()));
        }
        let Some(mishap) = mishap else { return Ok(None) };
        let attempts = self.attempts.entry(landing.reference).or_default();
        if std::mem::replace(&mut attempts.tripped, true) {
            return Ok(None);
        }
        if mishap.lands() { Ok(Some(mishap)) } else { Err(Rejection::Mishap(mishap)) }
    }
}

fn expired() -> Flaw {
    Flaw::new("session expired", "value_error.session_expired")
}
