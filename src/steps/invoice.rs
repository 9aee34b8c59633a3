//! `invoice`: an invoice draft; items are added to it, then it is published.

use super::document::{Document, FEE_BEARER, STATUS};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub static INVOICE: Document = Document {
    name: "invoice",
    plural: "invoices",
    summary: "Creates an invoice as a draft; `items` fill it and `publish` makes it payable.",
    example: "- uses: invoice\n  with:\n    counterparty_id: \"{{ steps.counterparty.id }}\"\n    currency: USD\n    \
              note: Consulting services\n    fee_bearer: PAYER\n    as_payment_link: true\n",
    outputs: &[
        Field::required("id", Ty::Id("invoice"), "The invoice's id."),
        Field::optional(
            "invoice_number",
            Ty::Text,
            "Its number, such as INV-2026-00101; take it as it is.",
        ),
        Field::required("status", STATUS, "Where it stands; IDLE after create."),
        Field::optional("currency", Ty::Currency, "Its currency."),
        Field::optional("total_amount", Ty::Money, "The sum of its items."),
        Field::optional("note", Ty::Text, "What it is for."),
        Field::optional("fee_bearer", FEE_BEARER, "Who bears the fees."),
        Field::optional("as_payment_link", Ty::Boolean, "Whether it can be paid by a link."),
        Field::optional("counterparty_id", Ty::Id("counterparty"), "Who is to pay."),
        Field::optional("reference_id", Ty::Text, "Your reference."),
        Field::optional("due_date", Ty::DateTime, "When it is due."),
        Field::optional("created_at", Ty::DateTime, "When it was created."),
        Field::optional("updated_at", Ty::DateTime, "When it last changed."),
    ],
};
