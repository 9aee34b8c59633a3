//! `payout`: a session to pay somebody out of the merchant's wallet.

use super::session::SessionKind;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub static PAYOUT: SessionKind = SessionKind {
    name: "payout",
    summary: "Opens a session to pay a beneficiary; `execute` with `operation: payout` moves the money.",
    example: "- uses: payout\n  with: { payout_account_id: \"{{ steps.account.id }}\", amount: 40.00, currency: USD }\n",
    params: &[
        Field::required(
            "payout_account_id",
            Ty::Id("account"),
            "The beneficiary's account, made with `operation_type: PAYOUT`.",
        ),
        Field::required("amount", Ty::Money, "What the beneficiary gets; fees come on top."),
        Field::required("currency", Ty::Currency, "Its currency."),
    ],
    outputs: &[
        Field::required("id", Ty::Id("session"), "The session's id."),
        Field::optional("wallet_id", Ty::Id("wallet"), "The wallet that is debited."),
        Field::optional("expires_at", Ty::DateTime, "When it can no longer be executed."),
        Field::optional("payout_account_id", Ty::Id("account"), "The beneficiary's account."),
        Field::optional("amount", Ty::Money, "What the beneficiary gets."),
        Field::optional("currency", Ty::Currency, "Its currency."),
        Field::optional("status", Ty::Text, "Where the session stands."),
        Field::optional("created_at", Ty::DateTime, "When it was created."),
        Field::optional("updated_at", Ty::DateTime, "When it last changed."),
    ],
};
