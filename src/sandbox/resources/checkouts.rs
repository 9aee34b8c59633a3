//! Checkouts: a contact, a published document and perhaps a page, in one call.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::items::LARGEST_TOTAL;
use crate::base::money::{Amount, Currency};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::document::Draft;
use crate::sandbox::books::rows::page::{Checkout, Page, Visit};
use crate::sandbox::enums::{CheckoutMode, Relationship, SourceStatus, SourceType, Word};
use crate::sandbox::figures::{number, whole};
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::fields::{Fields, Read};
use crate::sandbox::protocol::rejection::{Flaw, Rejection};

/// A checkout's request.
struct Wish {
    mode: CheckoutMode,
    kind: SourceType,
    phone: String,
    name: Option<String>,
    email: Option<String>,
    relationship: Relationship,
    counterparty_id: Option<u64>,
    currency: Currency,
    items: Vec<(String, Amount)>,
    reference_id: Option<String>,
    note: Option<String>,
    due_date: Option<Timestamp>,
    success_url: Option<String>,
    cancel_url: Option<String>,
    expires_at: Option<Timestamp>,
}

/// `POST /v1/checkouts/create`
pub(crate) fn create(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mode = call.sent.json().and_then(|body| body.get("mode")).and_then(Value::as_str);
    if !call.verified && mode == Some(CheckoutMode::Hosted.as_str()) {
        return Err(Rejection::unverified());
    }
    let mut fields = call.body()?;
    let wish = read(&mut fields, book);
    fields.done()?;
    let id = book.check_out(wish?, call)?;
    Ok(book.checkout_json(id)?.into())
}

fn read(fields: &mut Fields<'_>, book: &Book) -> Read<Wish> {
    let mode = fields.need("mode", field_types::word::<CheckoutMode>);
    let kind = fields.need("source_kind", field_types::word::<SourceType>);
    let name = fields.may("party_name", field_types::text);
    let phone = fields.need("party_phone", field_types::phone);
    let email = fields.may("party_email", field_types::email);
    let relationship = fields.may("party_relationship", field_types::word::<Relationship>);
    let currency = fields.need("currency", field_types::currency);
    let items = read_items(fields, currency);
    let counterparty_id = fields.may("counterparty_id", field_types::integer);
    if let Ok(Some(id)) = counterparty_id
        && book.counterparties.get(id).is_none()
    {
        fields.refuse("counterparty_id", Flaw::unknown());
    }
    let reference_id = fields.may("reference_id", field_types::any_text);
    let note = fields.may("note", field_types::any_text);
    let due_date = fields.may("due_date", field_types::time);
    let success_url = fields.may("success_url", field_types::url);
    let cancel_url = fields.may("cancel_url", field_types::url);
    let mut expires_at = fields.may("expires_at", field_types::time);
    if let Ok(Some(time)) = expires_at {
        expires_at = fields.coming("expires_at", time, book.now()).map(Some);
    }
    Ok(Wish {
        mode: mode?,
        kind: kind?,
        phone: phone?,
        name: name?,
        email: email?,
        relationship: relationship?.unwrap_or(Relationship::Customer),
        counterparty_id: counterparty_id?,
        currency: currency?,
        items: items?,
        reference_id: reference_id?,
        note: note?,
        due_date: due_date?,
        success_url: success_url?,
        cancel_url: cancel_url?,
        expires_at: expires_at?,
    })
}

fn read_items(fields: &mut Fields<'_>, currency: Read<Currency>) -> Read<Vec<(String, Amount)>> {
    let items = fields.list("items", |item| {
        let name = item.need("name", field_types::text);
        let own = item.need("currency", field_types::currency);
        if let (Ok(own), Ok(currency)) = (own, currency)
            && own != currency
        {
            item.refuse("currency", Flaw::currency());
        }
        let amount = item.need_amount("amount", own);
        Ok((name?, amount?))
    })?;
    let total = items.iter().try_fold(Amount::ZERO, |sum, (_, amount)| sum.plus(*amount));
    if total.is_ok_and(|total| total <= whole(LARGEST_TOTAL)) {
        return Ok(items);
    }
    Err(fields.refuse("items", Flaw::new("more than maximum", "value_error.number.not_le")))
}

impl Book {
    fn check_out(&mut self, wish: Wish, call: &Call<'_>) -> Result<u64, Rejection> {
        let counterparty_id = match wish.counterparty_id {
            Some(id) => id,
            None => self.match_counterparty(&wish),
        };
        let draft = Draft {
            counterparty_id,
            currency: wish.currency,
            note: wish.note.unwrap_or_default(),
            fee_bearer: call.settings.checkout_fee_bearer,
            as_payment_link: false,
            reference_id: wish.reference_id,
            due_date: wish.due_date,
        };
        let source = self.add_document(wish.kind, draft);
        for (name, amount) in wish.items {
            self.add_item(wish.kind, source, name, 1, amount)?;
        }
        let page = (wish.mode == CheckoutMode::Hosted).then(|| {
            self.add_page(|token| Page {
                token,
                source: (wish.kind, source),
                phone: Some(wish.phone),
                success_url: wish.success_url.clone(),
                cancel_url: wish.cancel_url.clone(),
                expires_at: wish.expires_at,
                visit: Visit::Waiting,
            })
        });
        let document = self.document_mut(wish.kind, source)?;
        document.status = SourceStatus::Active;
        document.checkout_page = page;
        Ok(self.checkouts.insert(|id| Checkout {
            id,
            mode: wish.mode,
            source: (wish.kind, source),
            page,
            expires_at: wish.expires_at,
            success_url: wish.success_url,
            cancel_url: wish.cancel_url,
        }))
    }

    /// The link to the party with the phone; both are made where there is none.
    fn match_counterparty(&mut self, wish: &Wish) -> u64 {
        let party = match self.party_by_phone.get(&wish.phone) {
            Some(id) => *id,
            None => {
                let name = wish.name.as_ref().unwrap_or(&wish.phone);
                self.add_party(name.clone(), wish.phone.clone(), wish.email.clone(), None)
            }
        };
        match self.counterparty_by_party.get(&(party, wish.relationship)) {
            Some(id) => *id,
            None => self.add_counterparty(party, wish.relationship),
        }
    }

    fn checkout_json(&self, id: u64) -> Result<Value, Rejection> {
        let checkout = self.checkouts.get(id).ok_or_else(Rejection::not_found)?;
        let document = self.document(checkout.source.0, checkout.source.1)?;
        let page = checkout.page.and_then(|page| self.pages.get(page));
        Ok(json!({
            "id": checkout.id,
            "mode": checkout.mode.as_str(),
            "source_type": document.kind.as_str(),
            "source_id": document.id,
            "source_number": document.number,
            "source_status": document.status.as_str(),
            "counterparty_id": document.counterparty_id,
            "party_id": self.party_of(document.counterparty_id).map(|party| party.id),
            "source_checkout_config_id": checkout.id,
            "currency": document.currency.code(),
            "total_amount": number(document.total_amount),
            "reference_id": document.reference_id,
            "url": checkout.page.and_then(|page| self.page_url(page)),
            "hosted_path_or_token": page.map(|page| &page.token),
            "due_date": document.due_date,
            "expires_at": checkout.expires_at,
            "success_url": checkout.success_url,
            "cancel_url": checkout.cancel_url,
        }))
    }
}
