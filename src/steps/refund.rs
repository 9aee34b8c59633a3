//! `refund`: a session to give a collection back, whole or in part.

use super::session::{EXPIRES_AT, SessionKind};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub static REFUND: SessionKind = SessionKind {
    name: "refund",
    summary: "Opens a session to refund a completed collection; `execute` with `operation: refund` moves the money.",
    example: "- uses: refund\n  with:\n    original_payment_intent_id: 9001\n    amount: 10.00\n    \
              reason: Returned\n",
    params: &[
        Field::required(
            "original_payment_intent_id",
            Ty::Id("intent"),
            "The completed collection, as its execution or the portal's history names it.",
        ),
        Field::required(
            "amount",
            Ty::Money,
            "How much, in the payer's currency; at most what was paid.",
        ),
        EXPIRES_AT,
        Field::optional("reason", Ty::Text, "Why."),
    ],
    outputs: &[
        Field::required("id", Ty::Id("session"), "The session's id."),
        Field::optional("original_payment_intent_id", Ty::Id("intent"), "The collection."),
        Field::optional("amount", Ty::Money, "How much."),
        Field::optional("currency", Ty::Currency, "Of what."),
        Field::optional("reason", Ty::Text, "Why."),
        Field::optional("status", Ty::Text, "Where the session stands."),
        Field::optional("expires_at", Ty::DateTime, "When it can no longer be executed."),
        Field::optional("created_at", Ty::DateTime, "When it was created."),
        Field::optional("updated_at", Ty::DateTime, "When it last changed."),
    ],
};
