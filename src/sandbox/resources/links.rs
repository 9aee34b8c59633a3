//! Links to share: to pay a document, and to its receipt.

use serde_json::{Value, json};

use crate::sandbox::books::book::Book;
use crate::sandbox::books::rows::page::{Page, Visit};
use crate::sandbox::enums::{SourceStatus, SourceType, Word};
use crate::sandbox::figures;
use crate::sandbox::protocol::call::{Call, Outcome};
use crate::sandbox::protocol::field_types;
use crate::sandbox::protocol::fields::Read;
use crate::sandbox::protocol::rejection::{Flaw, Rejection};

fn target(book: &Book, call: &Call<'_>) -> Result<(SourceType, u64), Rejection> {
    let mut query = call.query();
    let kind: Read<SourceType> = query.need("source_type", field_types::word);
    let number = query.need("source_number", field_types::text);
    query.done()?;
    let (kind, number) = (kind?, number?);
    Ok((kind, book.numbered(kind, &number)?))
}

/// `GET /v1/links/pay`
pub(crate) fn pay(book: &mut Book, call: &Call<'_>) -> Outcome {
    let (kind, id) = target(book, call)?;
    let document = book.document(kind, id)?;
    let open = !matches!(document.status, SourceStatus::Idle | SourceStatus::Canceled);
    if !open || !document.as_payment_link {
        let flaw = Flaw::state("not payable by link");
        return Err(Rejection::at("query", "source_number", flaw));
    }
    let page = match document.pay_page {
        Some(page) => page,
        None => book.add_pay_page(kind, id)?,
    };
    Ok(json!({ "url": book.page_url(page) }).into())
}

/// `GET /v1/links/receipt`
pub(crate) fn receipt(book: &mut Book, call: &Call<'_>) -> Outcome {
    let (kind, id) = target(book, call)?;
    book.receipt(kind, id)?;
    let url = format!(
        "{}/_sandbox/receipts/{}-{id}-{}",
        call.settings.public_url,
        kind.as_str(),
        book.receipt_key(kind, id)
    );
    Ok(json!({ "url": url }).into())
}

impl Book {
    fn add_pay_page(&mut self, kind: SourceType, id: u64) -> Result<u64, Rejection> {
        let page = self.add_page(|token| Page {
            token,
            source: (kind, id),
            phone: None,
            success_url: None,
            cancel_url: None,
            expires_at: None,
            visit: Visit::Waiting,
        });
        self.document_mut(kind, id)?.pay_page = Some(page);
        Ok(page)
    }

    fn receipt_key(&self, kind: SourceType, id: u64) -> String {
        figures::derived_hex(self.settings.seed, kind.as_str(), id, 12)
    }

    /// The receipt a link leads to.
    pub(crate) fn linked_receipt(&self, token: &str) -> Result<Value, Rejection> {
        let mut parts = token.splitn(3, '-');
        let kind = parts.next().and_then(SourceType::read);
        let id = parts.next().and_then(|id| id.parse().ok());
        match (kind, id, parts.next()) {
            (Some(kind), Some(id), Some(key)) if key == self.receipt_key(kind, id) => {
                self.receipt(kind, id)
            }
            _ => Err(Rejection::not_found()),
        }
    }
}
