//! Invoices and orders: two kinds of one document.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::base::money::{Amount, Money};
use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::document::{Document, Draft};
use crate::sandbox::enums::{FeeBearer, SourceStatus, SourceType, Word};
use crate::sandbox::figures::number;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::{Flaw, Rejection};

impl SourceType {
    /// What fields and numbers of the kind start with.
    pub(crate) fn stem(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Order => "order",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Invoice => "INV",
            Self::Order => "ORD",
        }
    }

    /// The name of the id in the paths of items.
    pub(crate) fn id_param(self) -> &'static str {
        match self {
            Self::Invoice => "invoice_id",
            Self::Order => "order_id",
        }
    }

    /// The name of the number in paths and on the wire.
    pub(crate) fn number_param(self) -> &'static str {
        match self {
            Self::Invoice => "invoice_number",
            Self::Order => "order_number",
        }
    }
}

impl Document {
    /// What it comes to.
    pub(crate) fn total(&self) -> Money {
        Money { amount: self.total_amount, currency: self.currency }
    }

    /// The document on the wire.
    pub(crate) fn json(&self) -> Value {
        let mut json = json!({ "id": self.id });
        json[self.kind.number_param()] = json!(self.number);
        json["status"] = json!(self.status.as_str());
        json["currency"] = json!(self.currency.code());
        json["total_amount"] = number(self.total_amount);
        json["note"] = json!(self.note);
        json["fee_bearer"] = json!(self.fee_bearer.as_str());
        json["as_payment_link"] = json!(self.as_payment_link);
        json["counterparty_id"] = json!(self.counterparty_id);
        json["reference_id"] = json!(self.reference_id);
        json["due_date"] = json!(self.due_date);
        json["created_at"] = json!(self.created_at);
        json["updated_at"] = json!(self.updated_at);
        json
    }

    /// Its items on the wire.
    pub(crate) fn items_json(&self) -> Value {
        self.items.iter().map(|item| item.json(self)).collect()
    }

    /// The key its items have in a detail or a receipt.
    pub(crate) fn items_key(&self) -> String {
        format!("{}_items", self.kind.stem())
    }

    fn detail_json(&self, book: &Book) -> Value {
        let mut json = self.json();
        json[self.items_key()] = self.items_json();
        let counterparty = book.counterparties.get(self.counterparty_id);
        json["counterparty"] = counterparty.map_or(Value::Null, |row| row.json_with_party(book));
        json
    }

    /// Refuses to change a document that is not a draft.
    pub(crate) fn editable(&self, param: &str) -> Result<(), Rejection> {
        if self.status == SourceStatus::Idle {
            return Ok(());
        }
        let flaw = Flaw::state(format!("not editable: {}", self.status.as_str()));
        Err(Rejection::at("path", param, flaw))
    }
}

/// `POST /v1/{invoices,orders}/create`
pub(crate) fn create(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let mut fields = call.body()?;
    let counterparty_id = fields.need("counterparty_id", field_types::integer);
    if counterparty_id.is_ok_and(|id| book.counterparties.get(id).is_none()) {
        fields.refuse("counterparty_id", Flaw::unknown());
    }
    let currency = fields.need("currency", field_types::currency);
    let note = match call.settings.require_note {
        true => fields.need("note", field_types::text),
        false => fields.may("note", field_types::any_text).map(Option::unwrap_or_default),
    };
    let fee_bearer = fields.need("fee_bearer", field_types::word::<FeeBearer>);
    let as_payment_link = fields.need("as_payment_link", field_types::boolean);
    let reference_id = fields.may("reference_id", field_types::any_text);
    let due_date = fields.may("due_date", field_types::time);
    fields.done()?;
    let draft = Draft {
        counterparty_id: counterparty_id?,
        currency: currency?,
        note: note?,
        fee_bearer: fee_bearer?,
        as_payment_link: as_payment_link?,
        reference_id: reference_id?,
        due_date: due_date?,
    };
    let id = book.add_document(kind, draft);
    Ok(book.document(kind, id)?.json().into())
}

/// `GET /v1/{invoices,orders}/list`
pub(crate) fn list(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let mut query = call.query();
    let currency = query.may("currency", field_types::currency);
    let status = query.may("status", field_types::word::<SourceStatus>);
    query.done()?;
    let (currency, status) = (currency?, status?);
    let wanted = |document: &&Document| {
        currency.is_none_or(|currency| document.currency == currency)
            && status.is_none_or(|status| document.status == status)
    };
    let documents = book.documents(kind).iter().filter(wanted);
    Ok(Value::Array(documents.map(Document::json).collect()).into())
}

/// `GET /v1/{invoices,orders}/retrieve/{id}`
pub(crate) fn retrieve(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let id = call.id("id")?;
    book.tick_source(kind, id);
    Ok(book.document(kind, id)?.detail_json(book).into())
}

/// `GET /v1/{invoices,orders}/retrieve/number/{number}`
pub(crate) fn retrieve_by_number(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let id = book.numbered(kind, call.param(kind.number_param()))?;
    book.tick_source(kind, id);
    Ok(book.document(kind, id)?.detail_json(book).into())
}

/// `PUT /v1/{invoices,orders}/update/{id}`
pub(crate) fn update(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let id = call.id("id")?;
    let mut fields = call.body()?;
    fields.need_any();
    let reference_id = fields.may("reference_id", field_types::any_text);
    let note = fields.may("note", field_types::text);
    let fee_bearer = fields.may("fee_bearer", field_types::word::<FeeBearer>);
    let due_date = fields.may("due_date", field_types::time);
    fields.done()?;
    let (reference_id, note) = (reference_id?, note?);
    let (fee_bearer, due_date) = (fee_bearer?, due_date?);
    let at = book.stamp();
    let document = book.document_mut(kind, id)?;
    document.editable("id")?;
    document.reference_id = reference_id.or(document.reference_id.take());
    document.note = note.unwrap_or(std::mem::take(&mut document.note));
    document.fee_bearer = fee_bearer.unwrap_or(document.fee_bearer);
    document.due_date = due_date.or(document.due_date);
    document.updated_at = at;
    Ok(document.json().into())
}

/// `PUT /v1/{invoices,orders}/publish/{id}`
pub(crate) fn publish(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let at = book.stamp();
    let document = book.document_mut(kind, call.id("id")?)?;
    document.editable("id")?;
    if document.items.is_empty() {
        return Err(Rejection::at("path", "id", Flaw::state("no items")));
    }
    document.status = SourceStatus::Active;
    document.updated_at = at;
    Ok(document.json().into())
}

/// `DELETE /v1/{invoices,orders}/cancel/{id}`
pub(crate) fn cancel(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let at = book.stamp();
    let document = book.document_mut(kind, call.id("id")?)?;
    if !matches!(document.status, SourceStatus::Idle | SourceStatus::Active) {
        let flaw = Flaw::state(format!("not cancelable: {}", document.status.as_str()));
        return Err(Rejection::at("path", "id", flaw));
    }
    document.status = SourceStatus::Canceled;
    document.updated_at = at;
    Ok(document.json().into())
}

impl Book {
    /// Adds a draft and returns its id.
    pub(crate) fn add_document(&mut self, kind: SourceType, draft: Draft) -> u64 {
        let at = self.stamp();
        let year = at.to_zoned_datetime(TimeZone::UTC).year();
        self.documents_mut(kind).insert(|id| Document {
            kind,
            id,
            number: format!("{}-{year}-{id:05}", kind.prefix()),
            status: SourceStatus::Idle,
            currency: draft.currency,
            total_amount: Amount::ZERO.round_to(draft.currency.decimals()),
            note: draft.note,
            fee_bearer: draft.fee_bearer,
            as_payment_link: draft.as_payment_link,
            counterparty_id: draft.counterparty_id,
            reference_id: draft.reference_id,
            due_date: draft.due_date,
            created_at: at,
            updated_at: at,
            items: Vec::new(),
            paid_at: None,
            execution: None,
            checkout_page: None,
            pay_page: None,
        })
    }

    /// The document with an id, or 404.
    pub(crate) fn document(&self, kind: SourceType, id: u64) -> Result<&Document, Rejection> {
        self.documents(kind).get(id).ok_or_else(Rejection::not_found)
    }

    /// The document with an id, to change it, or 404.
    pub(crate) fn document_mut(
        &mut self,
        kind: SourceType,
        id: u64,
    ) -> Result<&mut Document, Rejection> {
        self.documents_mut(kind).get_mut(id).ok_or_else(Rejection::not_found)
    }

    /// The id of the document with a number, or 404.
    pub(crate) fn numbered(&self, kind: SourceType, number: &str) -> Result<u64, Rejection> {
        // a number ends with the id
        let id = number.rsplit('-').next().and_then(|tail| tail.parse().ok());
        let document = id.and_then(|id| self.documents(kind).get(id));
        let found = document.filter(|document| document.number == number);
        found.map(|document| document.id).ok_or_else(Rejection::not_found)
    }
}
