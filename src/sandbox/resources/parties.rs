//! Contacts of the merchant.

use serde_json::{Value, json};

use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::people::Party;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::rejection::Rejection;

impl Party {
    /// The party on the wire.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "fullname": self.fullname,
            "phone": self.phone,
            "email": self.email,
            "country_code": self.country_code,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    /// Whether the name holds a text, in capitals or not.
    pub(crate) fn is_named(&self, part: &str) -> bool {
        let name = self.fullname.as_bytes();
        if self.fullname.is_ascii() && part.is_ascii() {
            // most names: nothing is copied, since lists look at every party
            return name
                .windows(part.len())
                .any(|found| found.eq_ignore_ascii_case(part.as_bytes()));
        }
        self.fullname.to_lowercase().contains(&part.to_lowercase())
    }
}

/// `POST /v1/parties/create`
pub(crate) fn create(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut fields = call.body()?;
    let fullname = fields.need("fullname", field_types::text);
    let phone = fields.need("phone", field_types::phone);
    let email = fields.may("email", field_types::email);
    let country_code = fields.may("country_code", field_types::country);
    fields.done()?;
    let id = book.add_party(fullname?, phone?, email?, country_code?);
    let party = book.parties.get(id).ok_or_else(Rejection::not_found)?;
    Ok(party.json().into())
}

/// `GET /v1/parties/list`
pub(crate) fn list(book: &mut Book, call: &Call<'_>) -> Outcome {
    let mut query = call.query();
    let name = query.may("fullname", field_types::text);
    query.done()?;
    let name = name?;
    let wanted = |party: &&Party| name.as_ref().is_none_or(|name| party.is_named(name));
    let parties: Vec<Value> = book.parties.iter().filter(wanted).map(Party::json).collect();
    Ok(Value::Array(parties).into())
}

/// `GET /v1/parties/retrieve/{id}`
pub(crate) fn retrieve(book: &mut Book, call: &Call<'_>) -> Outcome {
    let party = book.parties.get(call.id("id")?).ok_or_else(Rejection::not_found)?;
    Ok(party.json().into())
}

impl Book {
    /// Adds a party and returns its id.
    pub(crate) fn add_party(
        &mut self,
        fullname: String,
        phone: String,
        email: Option<String>,
        country_code: Option<String>,
    ) -> u64 {
        let at = self.stamp();
        let known = phone.clone();
        let id = self.parties.insert(|id| Party {
            id,
            fullname,
            phone,
            email,
            country_code,
            created_at: at,
            updated_at: at,
        });
        self.party_by_phone.entry(known).or_insert(id);
        id
    }
}
