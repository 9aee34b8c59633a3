//! `transfer`: a session to move money from a wallet to a counterparty.

use super::session::{EXPIRES_AT, SessionKind};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub static TRANSFER: SessionKind = SessionKind {
    name: "transfer",
    summary: "Opens a session to transfer from a wallet to a counterparty; `execute` with `operation: transfer` moves \
              the money.",
    example: "- uses: transfer\n  with:\n    from_wallet_id: 3\n    to_counterparty_id: \"{{ steps.counterparty.id }}\"\n    \
              amount: 25.00\n    currency: USD\n",
    params: &[
        Field::required("from_wallet_id", Ty::Id("wallet"), "The wallet to debit."),
        Field::required("to_counterparty_id", Ty::Id("counterparty"), "Who gets it."),
        Field::required("amount", Ty::Money, "How much."),
        Field::required("currency", Ty::Currency, "Of what."),
        EXPIRES_AT,
    ],
    outputs: &[
        Field::required("id", Ty::Id("session"), "The session's id."),
        Field::optional("from_wallet_id", Ty::Id("wallet"), "The wallet to debit."),
        Field::optional("to_counterparty_id", Ty::Id("counterparty"), "Who gets it."),
        Field::optional("amount", Ty::Money, "How much."),
        Field::optional("currency", Ty::Currency, "Of what."),
        Field::optional("status", Ty::Text, "Where the session stands."),
        Field::optional("expires_at", Ty::DateTime, "When it can no longer be executed."),
        Field::optional("created_at", Ty::DateTime, "When it was created."),
        Field::optional("updated_at", Ty::DateTime, "When it last changed."),
    ],
};
