//! What a party is to the merchant.

use serde_json::{Value, json};

use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::people::{Counterparty, Party};
use crate::sandbox::enums::{Relationship, Word};
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::{Flaw, Rejection};

impl Counterparty {
    /// The counterparty on the wire.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "relationship_type": self.relationship.as_str(),
            "party_id": self.party_id,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    /// The counterparty with its party inside.
    pub(crate) fn json_with_party(&self, book: &Book) -> Value {
        let mut json = self.json();
        json["party"] = book.parties.get(self.party_id).map_or(Value::Null, Party::json);
        json
    }
}

/// `POST /v1/counterparties/create`
pub(crate) fn create(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let relationship = fields.need("relationship_type", field_types::word::<Relationship>);
    let party_id = fields.need("party_id", field_types::integer);
    if party_id.is_ok_and(|id| book.parties.get(id).is_none()) {
        fields.refuse("party_id", Flaw::unknown());
    }
    fields.done()?;
    let id = book.add_counterparty(party_id?, relationship?);
    let counterparty = book.counterparties.get(id).ok_or_else(Rejection::not_found)?;
    Ok(counterparty.json().into())
}

/// `GET /v1/counterparties/list`
pub(crate) fn list(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let name = query.may("fullname", field_types::text);
    let relationship = query.may("relationship_type", field_types::word::<Relationship>);
    query.done()?;
    let (name, relationship) = (name?, relationship?);
    let named = |id: u64, name: &str| book.parties.get(id).is_some_and(|p| p.is_named(name));
    let wanted = |row: &&Counterparty| {
        relationship.is_none_or(|relationship| row.relationship == relationship)
            && name.as_ref().is_none_or(|name| named(row.party_id, name))
    };
    let rows = book.counterparties.iter().filter(wanted);
    let rows: Vec<Value> = rows.map(|row| row.json_with_party(book)).collect();
    Ok(Value::Array(rows).into())
}

/// `GET /v1/counterparties/retrieve/{id}`
pub(crate) fn retrieve(book: &mut Book, call: &Call<'_>) -> Outcome {
    let row = book.counterparties.get(call.id("id")?).ok_or_else(Rejection::not_found)?;
    Ok(row.json_with_party(book).into())
}

/// `PUT /v1/counterparties/update/{id}`
pub(crate) fn update(book: &mut Book, call: &Call<'_>) -> Outcome {
    let id = call.id("id")?;
    let mut fields = call.body()?;
    fields.need_any();
    let relationship = fields.may("relationship_type", field_types::word::<Relationship>);
    let party_id = fields.may("party_id", field_types::integer);
    if let Ok(Some(party)) = party_id
        && book.parties.get(party).is_none()
    {
        fields.refuse("party_id", Flaw::unknown());
    }
    fields.done()?;
    let (relationship, party_id) = (relationship?, party_id?);
    let at = book.stamp();
    let row = book.counterparties.get_mut(id).ok_or_else(Rejection::not_found)?;
    let before = (row.party_id, row.relationship);
    row.relationship = relationship.unwrap_or(row.relationship);
    row.party_id = party_id.unwrap_or(row.party_id);
    row.updated_at = at;
    let (after, json) = ((row.party_id, row.relationship), row.json());
    if book.counterparty_by_party.get(&before) == Some(&id) {
        book.counterparty_by_party.remove(&before);
    }
    book.counterparty_by_party.entry(after).or_insert(id);
    Ok(json.into())
}

impl Book {
    /// Links a party and returns the link's id.
    pub(crate) fn add_counterparty(&mut self, party_id: u64, relationship: Relationship) -> u64 {
        let at = self.stamp();
        let id = self.counterparties.insert(|id| Counterparty {
            id,
            relationship,
            party_id,
            created_at: at,
            updated_at: at,
        });
        self.counterparty_by_party.entry((party_id, relationship)).or_insert(id);
        id
    }

    /// The party behind a counterparty.
    pub(crate) fn party_of(&self, counterparty_id: u64) -> Option<&Party> {
        self.parties.get(self.counterparties.get(counterparty_id)?.party_id)
    }
}
