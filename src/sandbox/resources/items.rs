//! The lines of an invoice or an order.

use serde_json::{Value, json};

use crate::base::money::Amount;
use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::document::{Document, Item};
use crate::sandbox::enums::SourceType;
use crate::sandbox::figures::{number, whole};
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::{Flaw, Rejection};

/// The most a document may come to: sums stay exact below it.
pub(crate) const LARGEST_TOTAL: i64 = 1_000_000_000_000_000;

impl Item {
    /// The item on the wire.
    pub(crate) fn json(&self, document: &Document) -> Value {
        let mut json = json!({ "id": self.id });
        json[document.kind.id_param()] = json!(document.id);
        json["name"] = json!(self.name);
        json["currency"] = json!(document.currency.code());
        json["qty"] = json!(self.qty);
        json["amount"] = number(self.amount);
        json["created_at"] = json!(self.created_at);
        json["updated_at"] = json!(self.updated_at);
        json
    }

    /// What the line comes to.
    pub(crate) fn line(&self) -> Option<Amount> {
        line(self.qty, self.amount)
    }
}

fn line(qty: u64, amount: Amount) -> Option<Amount> {
    whole(i64::try_from(qty).ok()?).times(amount).ok()
}

/// `POST /v1/{invoices,orders}/{id}/items/add`
pub(crate) fn add(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let id = call.id(kind.id_param())?;
    let own_currency = book.documents(kind).get(id).map(|document| document.currency);
    let mut fields = call.body()?;
    let name = fields.need("name", field_types::text);
    let currency = fields.need("currency", field_types::currency);
    let qty = fields.need("qty", field_types::integer);
    let amount = fields.need_amount("amount", currency);
    if let (Ok(currency), Some(own)) = (currency, own_currency)
        && currency != own
    {
        fields.refuse("currency", Flaw::currency());
    }
    fields.done()?;
    let (name, qty, amount) = (name?, qty?, amount?);
    book.document(kind, id)?.editable(kind.id_param())?;
    book.add_item(kind, id, name, qty, amount)
}

/// `PUT /v1/{invoices,orders}/{id}/items/{id}/update`
pub(crate) fn update(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let (document_id, item_id) = (call.id(kind.id_param())?, call.id("id")?);
    let own_currency = book.documents(kind).get(document_id).map(|document| document.currency);
    let mut fields = call.body()?;
    fields.need_any();
    let name = fields.may("name", field_types::text);
    let qty = fields.may("qty", field_types::integer);
    let mut amount = fields.may("amount", field_types::number);
    if let (Ok(Some(given)), Some(currency)) = (amount, own_currency) {
        amount = fields.fit("amount", given, Ok(currency)).map(Some);
    }
    fields.done()?;
    let (name, qty, amount) = (name?, qty?, amount?);
    let at = book.stamp();
    let document = book.document_mut(kind, document_id)?;
    let index = document.item_index(item_id)?;
    document.editable(kind.id_param())?;
    let Some(item) = document.items.get(index) else { return Err(Rejection::not_found()) };
    let changed = Item {
        name: name.unwrap_or_else(|| item.name.clone()),
        qty: qty.unwrap_or(item.qty),
        amount: amount.unwrap_or(item.amount),
        updated_at: at,
        ..*item
    };
    document.total_amount = document.total_with(Some(index), Some(&changed))?;
    document.items[index] = changed;
    document.updated_at = at;
    Ok(document.items[index].json(document).into())
}

/// `DELETE /v1/{invoices,orders}/{id}/items/{id}/remove`
pub(crate) fn remove(book: &mut Book, call: &Call<'_>, kind: SourceType) -> Outcome {
    let (document_id, item_id) = (call.id(kind.id_param())?, call.id("id")?);
    let at = book.stamp();
    let document = book.document_mut(kind, document_id)?;
    let index = document.item_index(item_id)?;
    document.editable(kind.id_param())?;
    document.total_amount = document.total_with(Some(index), None)?;
    document.items.remove(index);
    document.updated_at = at;
    Ok(json!({}).into())
}

impl Document {
    fn item_index(&self, id: u64) -> Result<usize, Rejection> {
        // ids only ever grow, so the items are in their order
        self.items.binary_search_by_key(&id, |item| item.id).map_err(|_| Rejection::not_found())
    }

    /// The total with one item left out and another one put in.
    fn total_with(&self, without: Option<usize>, with: Option<&Item>) -> Result<Amount, Rejection> {
        let too_much = || {
            let flaw = Flaw::new("more than maximum", "value_error.number.not_le");
            Rejection::at("body", "amount", flaw)
        };
        let old = without.and_then(|index| self.items.get(index)).and_then(Item::line);
        let new = with.map_or(Some(Amount::ZERO), Item::line).ok_or_else(too_much)?;
        let rest = self.total_amount.minus(old.unwrap_or(Amount::ZERO)).map_err(|_| too_much())?;
        let total = rest.plus(new).map_err(|_| too_much())?;
        if total > whole(LARGEST_TOTAL) {
            return Err(too_much());
        }
        Ok(total)
    }
}

impl Book {
    /// Adds a line to a document.
    pub(crate) fn add_item(
        &mut self,
        kind: SourceType,
        document_id: u64,
        name: String,
        qty: u64,
        amount: Amount,
    ) -> Outcome {
        let (at, id) = (self.stamp(), self.next_item);
        let document = self.document_mut(kind, document_id)?;
        let item = Item { id, name, qty, amount, created_at: at, updated_at: at };
        document.total_amount = document.total_with(None, Some(&item))?;
        document.updated_at = at;
        let json = item.json(document);
        document.items.push(item);
        self.next_item += 1;
        Ok(json.into())
    }
}
