//! `find`: lists or retrieves what the API keeps.

use super::lookup::same;
use super::step::{Call, Class, Params, Progress, Step, Verdict, segment};
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Find;

const RESOURCES: &[&str] = &["parties", "counterparties", "invoices", "orders"];

/// The filters the API itself offers, per resource.
fn filters(resource: &str) -> &'static [&'static str] {
    match resource {
        "parties" => &["fullname"],
        "counterparties" => &["fullname", "relationship_type"],
        _ => &["currency", "status"],
    }
}

impl Step for Find {
    fn name(&self) -> &'static str {
        "find"
    }

    fn summary(&self) -> &'static str {
        "Lists parties, counterparties, invoices or orders, or retrieves one by id or number."
    }

    fn example(&self) -> &'static str {
        "- uses: find\n  with: { resource: parties, fullname: Jane Doe, where: { phone: \"231771234567\" }, expect_one: true }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Read
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                Field::required(
                    "resource",
                    Ty::Enum { words: RESOURCES, open: false },
                    "What to look for.",
                ),
                Field::optional("id", Ty::Id("any"), "Retrieves the one with this id."),
                Field::optional(
                    "number",
                    Ty::Text,
                    "Retrieves the invoice or order with this number.",
                ),
                Field::optional("fullname", Ty::Text, "Parties, counterparties: part of the name."),
                Field::optional(
                    "relationship_type",
                    Ty::Text,
                    "Counterparties: what they are to you.",
                ),
                Field::optional("currency", Ty::Currency, "Invoices, orders: the currency."),
                Field::optional("status", Ty::Text, "Invoices, orders: where they stand."),
                Field::optional("where", Ty::Free, "Keeps what has exactly these fields."),
                Field::default(
                    "expect_one",
                    Ty::Boolean,
                    "false",
                    "Fails unless exactly one is found.",
                ),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("items", Ty::List(&Ty::Free), "All that was found."),
                Field::required("count", Ty::Integer, "How many that is."),
                Field::optional("item", Ty::Free, "The one, when exactly one was found."),
                Field::optional("id", Ty::Id("any"), "The one's id."),
            ]
        }
    }

    fn open_outputs(&self) -> bool {
        true
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        let both = given.contains(&"id") && given.contains(&"number");
        both.then(|| ("number", "give `id` or `number`, not both".to_owned()))
    }

    fn request(&self, params: &Params, _progress: &Progress<'_>) -> Result<Call, String> {
        let resource = params.text("resource");
        let has_number = matches!(resource, "invoices" | "orders");
        if params.get("id").is_some() {
            let path = format!("/v1/{resource}/retrieve/{}", params.plain("id"));
            return Ok(Call::get(path, Vec::new()));
        }
        if let Some(number) = params.get("number").and_then(Value::as_str) {
            if !has_number {
                return Err(format!("{resource} have no number; use `id`"));
            }
            let path = format!("/v1/{resource}/retrieve/number/{}", segment(number));
            return Ok(Call::get(path, Vec::new()));
        }
        let all = ["fullname", "relationship_type", "currency", "status"];
        let given: Vec<&str> = all.into_iter().filter(|name| params.get(name).is_some()).collect();
        let offered = filters(resource);
        if let Some(name) = given.iter().find(|name| !offered.contains(name)) {
            return Err(format!("{resource} can't be filtered by `{name}`; use `where`"));
        }
        let query = given.iter().map(|name| ((*name).to_owned(), params.plain(name))).collect();
        Ok(Call::get(format!("/v1/{resource}/list"), query))
    }

    fn read(&self, params: &Params, body: &Value, _progress: &Progress<'_>) -> Verdict {
        let found: Vec<Value> = match body {
            Value::List(items) => items.iter().filter(|item| kept(params, item)).cloned().collect(),
            Value::Map(_) => {
                std::iter::once(body).filter(|item| kept(params, item)).cloned().collect()
            }
            other => {
                return Verdict::Unreadable(format!("a list was expected, {} came", other.sort()));
            }
        };
        let one = params.get("id").is_some() || params.get("number").is_some();
        let outputs = outputs(found, one);
        let count = outputs.get("count").and_then(Value::as_i64);
        let expect_one = params.get("expect_one") == Some(&Value::Bool(true));
        match count {
            Some(1) => Verdict::Done(outputs),
            Some(n) if expect_one => {
                let message =
                    format!("{n} {} match, exactly one was expected", params.text("resource"));
                Verdict::Failed { message, outputs }
            }
            _ => Verdict::Done(outputs),
        }
    }
}

fn kept(params: &Params, item: &Value) -> bool {
    let Some(fields) = params.get("where").and_then(Value::as_map) else { return true };
    fields.iter().all(|(name, wanted)| item.get(name).is_some_and(|value| same(value, wanted)))
}

/// One that was found lends its own fields to the outputs.
fn outputs(found: Vec<Value>, retrieved: bool) -> Map {
    let mut outputs = match (found.as_slice(), retrieved) {
        ([Value::Map(one)], true) => one.clone(),
        ([Value::Map(one)], false) => {
            one.get("id").map(|id| ("id".to_owned(), id.clone())).into_iter().collect()
        }
        _ => Map::new(),
    };
    if let [one] = found.as_slice() {
        outputs.insert("item".to_owned(), one.clone());
    }
    outputs.insert("count".to_owned(), Value::int(i64::try_from(found.len()).unwrap_or(i64::MAX)));
    outputs.insert("items".to_owned(), Value::List(found));
    outputs
}
