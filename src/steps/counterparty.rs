//! `counterparty`: what a party is to the merchant.

use super::lookup::{agrees, newest, same, young};
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, yields};
use crate::api::words::RELATIONSHIP_TYPES;
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Counterparty;

const RELATIONSHIP: Ty = Ty::Enum { words: RELATIONSHIP_TYPES, open: false };

impl Step for Counterparty {
    fn name(&self) -> &'static str {
        "counterparty"
    }

    fn summary(&self) -> &'static str {
        "Links a party to the merchant as a customer, supplier, beneficiary and so on."
    }

    fn example(&self) -> &'static str {
        "- uses: counterparty\n  with: { party_id: \"{{ steps.party.id }}\", relationship_type: CUSTOMER }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Create
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("party_id", Ty::Id("party"), "The party to link."),
                Field::required("relationship_type", RELATIONSHIP, "What the party is to you."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("id", Ty::Id("counterparty"), "The counterparty's id."),
                Field::optional(
                    "relationship_type",
                    Ty::Enum { words: RELATIONSHIP_TYPES, open: true },
                    "What the party is to you.",
                ),
                Field::optional("party_id", Ty::Id("party"), "The linked party."),
                Field::optional("created_at", Ty::DateTime, "When it was created."),
                Field::optional("updated_at", Ty::DateTime, "When it last changed."),
            ]
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let body = params.fields(&["party_id", "relationship_type"]);
        Ok(Call::post("/v1/counterparties/create", body))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["id"])
    }

    fn lookup(&self, params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        let kind = params.text("relationship_type").to_owned();
        Some(Call::get("/v1/counterparties/list", vec![("relationship_type".to_owned(), kind)]))
    }

    fn landed(&self, params: &Params, body: Option<&Value>, progress: &Progress<'_>) -> Landed {
        newest(body, |item| {
            let named = |name| item.get(name).zip(params.get(name));
            named("party_id").is_some_and(|(shown, wanted)| same(shown, wanted))
                && agrees(item, "relationship_type", params.get("relationship_type"))
                && young(item, progress.intended_at)
        })
    }
}
