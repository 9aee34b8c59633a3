//! `account`: where money is taken from or sent to.

use super::step::{Call, Class, Params, Progress, Step, Verdict, yields};
use crate::api::words::{OPERATION_TYPES, PAYMENT_METHODS, PROVIDERS};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Account;

const METHOD: Ty = Ty::Enum { words: PAYMENT_METHODS, open: false };
const PROVIDER: Ty = Ty::Enum { words: PROVIDERS, open: false };
const OPERATION: Ty = Ty::Enum { words: OPERATION_TYPES, open: false };

const BODY: &[&str] = &[
    "account_name",
    "provider",
    "method",
    "party_id",
    "country_code",
    "insensitive_account_number",
];

impl Step for Account {
    fn name(&self) -> &'static str {
        "account"
    }

    fn summary(&self) -> &'static str {
        "Creates a payment account: the wallet or card that pays, or is paid."
    }

    fn example(&self) -> &'static str {
        "- uses: account\n  with:\n    account_name: Jane's wallet\n    party_id: \"{{ steps.party.id }}\"\n    \
         method: \"{{ steps.wallet.payment_method }}\"\n    provider: \"{{ steps.wallet.gateway_provider }}\"\n    \
         country_code: LR\n    insensitive_account_number: \"{{ inputs.phone }}\"\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Harmless
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("account_name", Ty::Text, "A name for the account."),
                Field::required("provider", PROVIDER, "As `detect` says in `gateway_provider`."),
                Field::required("method", METHOD, "As `detect` says in `payment_method`."),
                Field::required("party_id", Ty::Id("party"), "Whose account it is."),
                Field::optional("country_code", Ty::Country, "ISO 3166-1 alpha-2."),
                Field::optional(
                    "insensitive_account_number",
                    Ty::Phone,
                    "Mobile money: the wallet's phone, digits without `+`. Cards: leave out.",
                ),
                Field::default("operation_type", OPERATION, "COLLECTION", "What it is for."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("id", Ty::Id("account"), "The account's id."),
                Field::optional("is_active", Ty::Boolean, "Whether it can be executed."),
                Field::optional("account_name", Ty::Text, "Its name."),
                Field::optional("provider", Ty::Text, "Its provider."),
                Field::optional("method", Ty::Text, "Its method."),
                Field::optional("operation_type", Ty::Text, "What it is for."),
                Field::optional("party_id", Ty::Id("party"), "Whose it is."),
                Field::optional("country_code", Ty::Country, "Its country."),
                Field::optional("insensitive_account_number", Ty::Phone, "The wallet's phone."),
                Field::optional("created_at", Ty::DateTime, "When it was created."),
                Field::optional("updated_at", Ty::DateTime, "When it last changed."),
            ]
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let mut call = Call::post("/v1/payment-accounts/create", params.fields(BODY));
        call.query = vec![("operation_type".to_owned(), params.plain("operation_type"))];
        Ok(call)
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        let verdict = yields(body, &["id"]);
        match (&verdict, body.get("is_active")) {
            (Verdict::Done(outputs), Some(Value::Bool(false))) => Verdict::Failed {
                message: "the account was created inactive: it can't be executed".to_owned(),
                outputs: Map::clone(outputs),
            },
            _ => verdict,
        }
    }
}
