//! Hosted pages: where a payer pays without the client's doing.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::predictions::operator_of;
use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::page::{Page, Visit};
use crate::sandbox::books::settlement::Landing;
use crate::sandbox::books::triggers;
use crate::sandbox::books::triggers::{Effect, Sign};
use crate::sandbox::enums::{OperationType, PaymentMethod, SourceStatus, SourceType, Word};
use crate::sandbox::figures;
use crate::sandbox::protocol::rejection::Rejection;
use crate::sandbox::setup::settings::HostedPayer;

impl Page {
    fn is_closed(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }

    /// The page for people.
    pub(crate) fn json(&self, now: Timestamp) -> Value {
        let state = match self.visit {
            _ if self.is_closed(now) => "closed",
            Visit::Waiting => "open",
            Visit::Paid => "paid",
            Visit::Left => "left",
        };
        json!({
            "token": self.token,
            "source_type": self.source.0.as_str(),
            "source_id": self.source.1,
            "state": state,
            "expires_at": self.expires_at,
            "success_url": self.success_url,
            "cancel_url": self.cancel_url,
        })
    }
}

impl Book {
    /// Adds a page and returns its id.
    pub(crate) fn add_page(&mut self, make: impl FnOnce(String) -> Page) -> u64 {
        let id = self.pages.next_id();
        let token = figures::derived_hex(self.settings.seed, "page", id, 12);
        self.page_by_token.insert(token.clone(), id);
        self.pages.insert(|_| make(token))
    }

    /// Where a page is.
    pub(crate) fn page_url(&self, id: u64) -> Option<String> {
        let page = self.pages.get(id)?;
        Some(format!("{}/_sandbox/hosted/{}", self.settings.public_url, page.token))
    }

    /// Lets the payer of a hosted checkout pay, once, if payers act by themselves.
    pub(crate) fn let_payer_act(&mut self, kind: SourceType, id: u64) {
        let document = self.documents(kind).get(id);
        let page = document.and_then(|document| document.checkout_page);
        if let Some(page) = page
            && self.settings.hosted_payer == HostedPayer::Auto
            && self.pages.get(page).is_some_and(|page| page.visit == Visit::Waiting)
        {
            // a page that cannot be paid is left as it is
            let _ = self.pay_page(page);
        }
    }

    /// The payer opens a page: a payer who acts alone pays at once.
    pub(crate) fn visit_page(&mut self, token: &str) -> Result<Value, Rejection> {
        let id = self.page_by_token.get(token).copied().ok_or_else(Rejection::not_found)?;
        let waits = self.pages.get(id).is_some_and(|page| page.visit == Visit::Waiting);
        if waits && self.settings.hosted_payer == HostedPayer::Auto {
            return self.pay_page(id);
        }
        let page = self.pages.get(id).ok_or_else(Rejection::not_found)?;
        Ok(page.json(self.now()))
    }

    /// The payer pays on a page.
    pub(crate) fn pay_page(&mut self, id: u64) -> Result<Value, Rejection> {
        let page = self.pages.get(id).ok_or_else(Rejection::not_found)?;
        if page.is_closed(self.now()) {
            return Err(Rejection::Detail(409, "The page has expired"));
        }
        let (kind, source) = page.source;
        let document = self.document(kind, source)?;
        if document.status != SourceStatus::Active {
            return Err(Rejection::Detail(409, "The source is not active"));
        }
        let party = self.party_of(document.counterparty_id).map(|party| party.phone.clone());
        let phone = page.phone.clone().or(party);
        let operator = phone.as_deref().and_then(|phone| operator_of(phone, &self.settings));
        let method = operator.unwrap_or(PaymentMethod::Card);
        let offered = method.currencies(&self.settings);
        let own = document.currency;
        let currency = offered.iter().copied().find(|offer| *offer == own);
        let currency = currency.or(offered.first().copied()).unwrap_or(own);
        let price = self.collection_price((kind, source), method, currency)?;
        let course = triggers::effect(Sign::Phone(phone.as_deref()), &self.settings).course;
        let number = self.executions.next_id();
        let landing = Landing {
            reference: figures::derived_uuid(self.settings.seed, "hosted", number),
            operation: OperationType::Collection,
            price,
            method,
            provider: method.provider(),
            session: None,
            account: None,
            source: Some((kind, source)),
            original: None,
            wallet: self.wallet_id(price.payee.currency)?,
            effect: Effect { course, ..Effect::NONE },
        };
        let execution = self.land(landing);
        let now = self.now();
        let page = self.pages.get_mut(id).ok_or_else(Rejection::not_found)?;
        page.visit = Visit::Paid;
        let mut json = page.json(now);
        json["redirect"] = json!(page.success_url);
        let execution = self.executions.get(execution);
        json["reference_id"] = json!(execution.map(|execution| execution.reference));
        Ok(json)
    }

    /// The payer leaves a page without paying.
    pub(crate) fn leave_page(&mut self, id: u64) -> Result<Value, Rejection> {
        let now = self.now();
        let page = self.pages.get_mut(id).ok_or_else(Rejection::not_found)?;
        if page.visit == Visit::Waiting {
            page.visit = Visit::Left;
        }
        let mut json = page.json(now);
        json["redirect"] = json!(page.cancel_url);
        Ok(json)
    }
}
