//! `execute`: moves the money of a session. The only kind that does.

use jiff::Timestamp;

use super::execution::{OPERATION, OUTPUTS, Standing, contradiction, outputs, reason, standing};
use super::seen::{self, Seen};
use super::step::{Call, Class, Known, Landed, Params, Progress, Step, Verdict};
use crate::api::asked::Asked;
use crate::base::money::Money;
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Execute;

const PASSCODE: Ty = Ty::Object(&[
    Field::required("token", PASSCODE_TOKEN, "The code and whose it is."),
    Field::required("device", PASSCODE_DEVICE, "Where it is used from."),
]);
const PASSCODE_TOKEN: Ty = Ty::Object(&[
    Field::required("code", Ty::Secret, "The merchant's passcode."),
    Field::optional("phone", Ty::Phone, "The phone it is registered for; this or `user_id`."),
    Field::optional("user_id", Ty::Text, "The user it is registered for; this or `phone`."),
]);
const PASSCODE_DEVICE: Ty = Ty::Object(&[
    Field::required("name", Ty::Text, "A label."),
    Field::required("type", Ty::Text, "Such as SERVER or MOBILE."),
    Field::required("platform", Ty::Text, "Free text."),
    Field::required("user_agent", Ty::Text, "Free text."),
    Field::required("client_ip", Ty::Text, "The address it is used from."),
]);

impl Step for Execute {
    fn name(&self) -> &'static str {
        "execute"
    }

    fn summary(&self) -> &'static str {
        "Moves the money of a session, under one reference that is written down first and never changes."
    }

    fn example(&self) -> &'static str {
        "- uses: execute\n  with:\n    session_id: \"{{ steps.checkout.id }}\"\n    \
         payment_account_id: \"{{ steps.account.id }}\"\n    currency: USD\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Money
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::default("operation", OPERATION, "collection", "What to do."),
                Field::required(
                    "session_id",
                    Ty::Id("session"),
                    "The session that holds the intent.",
                ),
                Field::optional("payment_account_id", Ty::Id("account"), "Collections: who pays."),
                Field::optional("currency", Ty::Currency, "Collections: the payer's currency."),
                Field::optional("payout_account_id", Ty::Id("account"), "Payouts: who is paid."),
                Field::optional("passcode", PASSCODE, "Payouts: the merchant's passcode."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        OUTPUTS
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        let has = |name: &str| given.contains(&name);
        let payout = ["payout_account_id", "passcode"];
        if let Some(name) = payout.into_iter().find(|name| has(name)) {
            if !has("operation") {
                return Some((name, format!("`{name}` is for payouts: add `operation: payout`")));
            }
            let other = payout.into_iter().find(|other| !has(other))?;
            return Some((name, format!("a payout needs `{other}` too")));
        }
        let collection = ["payment_account_id", "currency"];
        let missing = collection.into_iter().find(|name| !has(name))?;
        // transfers and refunds take neither; which operation it is may stand in a template
        (!has("operation") || collection.into_iter().any(has))
            .then(|| ("session_id", format!("a collection needs `{missing}`")))
    }

    fn request(&self, params: &Params, progress: &Progress<'_>) -> Result<Call, String> {
        let operation = params.text("operation");
        let mut body = Map::new();
        // ids are numbers in replies, but text in executions
        body.insert("session_id".to_owned(), Value::Text(params.plain("session_id")));
        let needs: &[&str] = match operation {
            "collection" => &["payment_account_id", "currency"],
            "payout" => &["payout_account_id", "passcode"],
            _ => &[],
        };
        for name in needs {
            let value = params.get(name);
            let value = value.ok_or_else(|| format!("a {operation} needs `{name}`"))?;
            let value = match value {
                Value::Number(id) => Value::Text(id.to_string()),
                other => other.clone(),
            };
            body.insert((*name).to_owned(), value);
        }
        body.insert("reference_id".to_owned(), Value::Text(progress.reference_id.to_string()));
        Ok(Call::post(format!("/v1/executions/{operation}"), body))
    }

    fn read(&self, params: &Params, body: &Value, progress: &Progress<'_>) -> Verdict {
        let mut outputs = match outputs(body) {
            Ok(outputs) => outputs,
            Err(unreadable) => return unreadable,
        };
        let reference = progress.reference_id.to_string();
        let path = format!("/v1/status/{}/{reference}", params.text("operation"));
        if let Some(stranger) = Asked::of(&path, &[], None).stranger(body) {
            return Verdict::Unreadable(stranger);
        }
        // capitals make no other UUID
        let ours = Value::Text(reference);
        outputs.insert("reference_id".to_owned(), ours);
        let due = self.moves(params, progress);
        let wrong = due.and_then(|due| contradiction(body, due, fee_bearer(params, progress)));
        match standing(body) {
            Standing::Failed => Verdict::Failed { message: reason(body), outputs },
            // paid is only what was to be paid
            _ if wrong.is_some() => Verdict::Unreadable(wrong.unwrap_or_default()),
            Standing::Completed | Standing::Open => Verdict::Done(outputs),
        }
    }

    fn moves(&self, params: &Params, progress: &Progress<'_>) -> Option<Money> {
        if let Some(session) = own_session(params, progress) {
            return money(session, "amount");
        }
        let (noun, source_id) = source(params, progress)?;
        // the published document shows its final total; its draft does not
        let published = progress.known.outputs("publish", "id", source_id).into_iter();
        let published = published.filter(|doc| doc.contains_key(&format!("{noun}_number")));
        let hosted = progress.known.outputs("hosted", "source_id", source_id);
        published.chain(hosted).find_map(|doc| money(doc, "total_amount"))
    }

    fn collects(&self, params: &Params, known: &dyn Known) -> Option<Seen> {
        let session = known.outputs("checkout", "id", params.get("session_id")?);
        let session = *session.first()?;
        let noun = seen::noun(session.get("source_type")?.as_str()?)?;
        Some(Seen::of(noun, &Map::new()).or_id(session.get("source_id")))
    }

    /// Only a collection has a source that shows whether something moved.
    fn fence(&self, params: &Params, progress: &Progress<'_>) -> Option<Call> {
        let (noun, source_id) = source(params, progress)?;
        let id = match source_id {
            Value::Number(n) => n.to_string(),
            other => other.as_str()?.to_owned(),
        };
        let query =
            vec![("source_type".to_owned(), noun.to_uppercase()), ("source_id".to_owned(), id)];
        Some(Call::get("/v1/status/source", query))
    }

    fn deadline(&self, params: &Params, progress: &Progress<'_>) -> Option<Timestamp> {
        let session = checkout(params, progress).or_else(|| own_session(params, progress))?;
        session.get("expires_at")?.as_str()?.parse().ok()
    }

    fn lookup(&self, params: &Params, progress: &Progress<'_>) -> Option<Call> {
        let (operation, reference) = (params.text("operation"), progress.reference_id);
        Some(Call::get(format!("/v1/status/{operation}/{reference}"), Vec::new()))
    }

    fn landed(&self, _params: &Params, body: Option<&Value>, _progress: &Progress<'_>) -> Landed {
        match body {
            None => Landed::No,
            Some(body) if outputs(body).is_ok() => Landed::Yes(body.clone()),
            Some(_) => Landed::Unsure("the status reply has no `status`".to_owned()),
        }
    }
}

fn checkout<'a>(params: &Params, progress: &Progress<'a>) -> Option<&'a Map> {
    let session = params.get("session_id")?;
    progress.known.outputs("checkout", "id", session).into_iter().next()
}

/// The payout, transfer or refund session: those name their amount themselves.
fn own_session<'a>(params: &Params, progress: &Progress<'a>) -> Option<&'a Map> {
    let kinds: &[&str] = match params.text("operation") {
        "payout" => &["payout"],
        "transfer" => &["transfer"],
        "refund" => &["refund"],
        _ => &[],
    };
    let session = params.get("session_id")?;
    kinds.iter().find_map(|kind| progress.known.outputs(kind, "id", session).into_iter().next())
}

/// The noun and id of what a collection's session collects.
fn source<'a>(params: &Params, progress: &Progress<'a>) -> Option<(&'static str, &'a Value)> {
    let session = checkout(params, progress)?;
    let noun = match session.get("source_type")?.as_str()? {
        "INVOICE" => "invoice",
        "ORDER" => "order",
        _ => return None,
    };
    Some((noun, session.get("source_id")?))
}

/// Who bears the fees of a collection, as its document says.
fn fee_bearer<'a>(params: &Params, progress: &Progress<'a>) -> Option<&'a str> {
    let (noun, source_id) = source(params, progress)?;
    let documents = [noun, "publish"].into_iter();
    let mut documents = documents.flat_map(|kind| progress.known.outputs(kind, "id", source_id));
    documents.find_map(|document| document.get("fee_bearer")?.as_str())
}

fn money(map: &Map, field: &str) -> Option<Money> {
    let amount = map.get(field)?.as_amount()?;
    Some(Money { amount, currency: map.get("currency")?.as_str()?.parse().ok()? })
}
