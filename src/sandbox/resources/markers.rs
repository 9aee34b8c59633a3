//! Text markers: a word in a name or a note that makes a write go wrong, once.

use serde_json::Value;

use crate::sandbox::books::book::Book;
use crate::sandbox::faults::mishap::Mishap;
use crate::sandbox::protocol::call::Call;

/// The fields that may hold a marker.
const FIELDS: [&str; 6] =
    ["fullname", "note", "account_name", "party_name", "name", "reference_id"];

/// Every marker, and what it does.
pub(crate) const MARKERS: [(&str, Mishap); 6] = [
    ("[sbx:lost]", Mishap::LostAfter),
    ("[sbx:drop]", Mishap::ResetBefore),
    ("[sbx:500-after]", Mishap::ErrorAfter(500)),
    ("[sbx:500-before]", Mishap::ErrorBefore(500)),
    ("[sbx:429]", Mishap::RateLimited { retry_after: 2 }),
    ("[sbx:401]", Mishap::ExpiredToken),
];

/// A marker in a request, and the text around it.
pub(crate) struct Marked {
    mishap: Mishap,
    text: String,
}

/// The marker of a request, if it holds one.
pub(crate) fn find(call: &Call<'_>) -> Option<Marked> {
    let body = call.sent.json().filter(|_| call.settings.triggers)?;
    let texts = FIELDS.iter().filter_map(|field| body.get(field));
    let items = body.get("items").and_then(Value::as_array);
    let names = items.into_iter().flatten().filter_map(|item| item.get("name"));
    texts.chain(names).filter_map(Value::as_str).find_map(|text| {
        let (_, mishap) = MARKERS.iter().find(|(marker, _)| text.contains(marker))?;
        Some(Marked { mishap: *mishap, text: text.to_owned() })
    })
}

impl Book {
    /// What a marker does, the first time its text comes to its operation; `lands` says which half
    /// of the markers is asked about.
    pub(crate) fn trip(
        &mut self,
        marked: Option<&Marked>,
        operation: &'static str,
        lands: bool,
    ) -> Option<Mishap> {
        let Marked { mishap, text } = marked.filter(|marked| marked.mishap.lands() == lands)?;
        self.markers.insert((operation, text.clone())).then_some(*mishap)
    }
}
