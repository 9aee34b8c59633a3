//! `party`: a person or business the merchant deals with.

use super::lookup::{agrees, newest, young};
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, yields};
use crate::base::value::Value;
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Party;

const FIELDS: &[&str] = &["fullname", "phone", "email", "country_code"];

impl Step for Party {
    fn name(&self) -> &'static str {
        "party"
    }

    fn summary(&self) -> &'static str {
        "Creates a party: a person or business, with a phone."
    }

    fn example(&self) -> &'static str {
        "- uses: party\n  with:\n    fullname: Jane Doe\n    phone: \"231771234567\"\n    country_code: LR\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Create
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required("fullname", Ty::Text, "The person's or business's name."),
                Field::required("phone", Ty::Phone, "E.164 digits without `+`."),
                Field::optional("email", Ty::Email, "An email address."),
                Field::optional("country_code", Ty::Country, "ISO 3166-1 alpha-2, such as LR."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("id", Ty::Id("party"), "The party's id."),
                Field::optional("fullname", Ty::Text, "The name."),
                Field::optional("phone", Ty::Phone, "The phone."),
                Field::optional("email", Ty::Email, "The email address."),
                Field::optional("country_code", Ty::Country, "The country."),
                Field::optional("created_at", Ty::DateTime, "When it was created."),
                Field::optional("updated_at", Ty::DateTime, "When it last changed."),
            ]
        }
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        Ok(Call::post("/v1/parties/create", params.fields(FIELDS)))
    }

    fn read(&self, _params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        yields(body, &["id"])
    }

    fn lookup(&self, params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        // a secret is never asked for in a query: then nobody can say whether it landed
        let fullname = params.get("fullname").and_then(Value::as_str)?;
        let query = vec![("fullname".to_owned(), fullname.to_owned())];
        Some(Call::get("/v1/parties/list", query))
    }

    fn landed(&self, params: &Params, body: Option<&Value>, progress: &Progress<'_>) -> Landed {
        newest(body, |item| {
            // a list that shows no phone tells nothing
            item.get("phone").is_some()
                && FIELDS.iter().all(|name| agrees(item, name, params.get(name)))
                && young(item, progress.intended_at)
        })
    }
}
