//! `items`: the lines of a draft, added one request at a time.

use super::document::{NAMING, named, refuse_naming};
use super::lookup::same;
use super::step::{Call, Class, Landed, Params, Progress, Step, Verdict, yields};
use crate::base::money::Amount;
use crate::base::value::{Map, Value};
use crate::expr::ty::{Field, Ty};

/// See the module.
pub struct Items;

const ITEM: Ty = Ty::Object(&[
    Field::required("name", Ty::Text, "What it is."),
    Field::required("qty", Ty::Integer, "How many; at least 1."),
    Field::required("amount", Ty::Money, "The price of one."),
    Field::optional("currency", Ty::Currency, "Default: the document's."),
]);

impl Step for Items {
    fn name(&self) -> &'static str {
        "items"
    }

    fn summary(&self) -> &'static str {
        "Adds lines to a draft invoice or order, one request each; the document's currency is filled in."
    }

    fn example(&self) -> &'static str {
        "- uses: items\n  with:\n    invoice_id: \"{{ steps.invoice.id }}\"\n    items:\n      \
         - { name: Strategy Session, qty: 1, amount: 250.00 }\n"
    }

    fn class(&self, _params: &Params) -> Class {
        Class::Create
    }

    fn params(&self) -> &'static [Field] {
        const {
            &[
                NAMING[0],
                NAMING[1],
                Field::required("items", Ty::List(&ITEM), "The lines; at least one."),
                Field::optional("currency", Ty::Currency, "Default: the document's."),
            ]
        }
    }

    fn outputs(&self) -> &'static [Field] {
        const {
            &[
                Field::required("items", Ty::List(&Ty::Free), "The lines as the API keeps them."),
                Field::required("count", Ty::Integer, "How many lines were added."),
                Field::required("total_amount", Ty::Money, "The sum of qty times amount."),
                Field::required("currency", Ty::Currency, "The currency of the sum."),
                Field::optional("invoice_id", Ty::Id("invoice"), "The invoice they were added to."),
                Field::optional("order_id", Ty::Id("order"), "The order they were added to."),
            ]
        }
    }

    fn refuse(&self, given: &[&str]) -> Option<(&'static str, String)> {
        refuse_naming(given)
    }

    fn request(&self, params: &Params, progress: &Progress<'_>) -> Result<Call, String> {
        let (_, plural, id) =
            named(params).ok_or("neither `invoice_id` nor `order_id` is given")?;
        let lines = lines(params);
        if lines.is_empty() {
            return Err("`items` is empty: a document needs at least one line".to_owned());
        }
        if let Some(problem) = lines.iter().find_map(refuse_line) {
            return Err(problem);
        }
        let Some(currency) = currency(params, progress) else {
            return Ok(Call::get(format!("/v1/{plural}/retrieve/{id}"), Vec::new()));
        };
        let line = lines.get(added(progress).len()).ok_or("every line was added")?;
        Ok(Call::post(format!("/v1/{plural}/{id}/items/add"), body(line, currency)))
    }

    fn read(&self, params: &Params, body: &Value, progress: &Progress<'_>) -> Verdict {
        let verdict = yields(body, &["id"]);
        if !matches!(verdict, Verdict::Done(_)) {
            return verdict;
        }
        if is_document(body) {
            let currency = body.get("currency").and_then(Value::as_str);
            return match currency {
                Some(_) => Verdict::Next,
                None => Verdict::Unreadable("the document has no `currency`".to_owned()),
            };
        }
        let lines = lines(params);
        let mut items: Vec<Value> = added(progress).into_iter().cloned().collect();
        items.push(body.clone());
        if items.len() < lines.len() {
            return Verdict::Next;
        }
        match total(lines) {
            Some(total) => Verdict::Done(outputs(params, progress, items, total)),
            None => Verdict::Failed {
                message: "the sum of the items has more than 28 digits".to_owned(),
                outputs: Map::new(),
            },
        }
    }

    fn lookup(&self, params: &Params, _progress: &Progress<'_>) -> Option<Call> {
        let (_, plural, id) = named(params)?;
        Some(Call::get(format!("/v1/{plural}/retrieve/{id}"), Vec::new()))
    }

    /// The lost line landed if the document holds one like it that no answered request of ours made.
    fn landed(&self, params: &Params, body: Option<&Value>, progress: &Progress<'_>) -> Landed {
        let added = added(progress);
        let Some((line, (noun, _, _))) = lines(params).get(added.len()).zip(named(params)) else {
            return Landed::No;
        };
        let items =
            body.and_then(|body| body.get(&format!("{noun}_items"))).and_then(Value::as_list);
        let Some(items) = items else {
            return Landed::Unsure("the document does not show its items".to_owned());
        };
        let id = |value: &Value| value.get("id").cloned().unwrap_or_default();
        let ours = |item: &&Value| added.iter().any(|known| same(&id(known), &id(item)));
        match items.iter().filter(|item| !ours(item)).find(|item| alike(item, line)) {
            Some(item) => Landed::Yes(item.clone()),
            None => Landed::No,
        }
    }
}

fn lines(params: &Params) -> &[Value] {
    params.get("items").and_then(Value::as_list).unwrap_or_default()
}

fn refuse_line(line: &Value) -> Option<String> {
    let name = line.get("name").and_then(Value::as_str).unwrap_or_default();
    if line.get("qty").and_then(Value::as_i64).is_none_or(|qty| qty < 1) {
        return Some(format!("the qty of `{name}` is less than 1"));
    }
    let amount = line.get("amount").and_then(Value::as_amount);
    (!amount.is_some_and(Amount::is_positive))
        .then(|| format!("the amount of `{name}` is not above 0"))
}

/// A retrieved document among the answered requests is not a line: only a document has items or a status.
fn is_document(body: &Value) -> bool {
    body.get("status").is_some()
}

fn added<'a>(progress: &Progress<'a>) -> Vec<&'a Value> {
    progress.done.iter().filter(|body| !is_document(body)).collect()
}

/// The currency of the lines: as given, else the document's as an earlier step or our own read of it says.
fn currency<'a>(params: &'a Params, progress: &Progress<'a>) -> Option<&'a str> {
    let given = params.get("currency").and_then(Value::as_str);
    let document = || {
        let (noun, _, _) = named(params)?;
        let id = params.get(&format!("{noun}_id"))?;
        progress.known.outputs(noun, "id", id).first()?.get("currency")?.as_str()
    };
    let read = || progress.done.iter().find(|body| is_document(body))?.get("currency")?.as_str();
    given.or_else(document).or_else(read)
}

fn body(line: &Value, currency: &str) -> Map {
    let mut body = line.as_map().cloned().unwrap_or_default();
    if body.get("currency").is_none_or(|value| *value == Value::Null) {
        body.insert("currency".to_owned(), Value::text(currency));
    }
    body
}

fn total(lines: &[Value]) -> Option<Amount> {
    lines.iter().try_fold(Amount::ZERO, |sum, line| {
        let price = line.get("amount")?.as_amount()?;
        let qty = line.get("qty")?.as_amount()?;
        sum.plus(price.times(qty).ok()?).ok()
    })
}

fn outputs(params: &Params, progress: &Progress<'_>, items: Vec<Value>, total: Amount) -> Map {
    let mut outputs = params.fields(&["invoice_id", "order_id"]);
    outputs.insert("count".to_owned(), Value::int(i64::try_from(items.len()).unwrap_or(i64::MAX)));
    outputs.insert("items".to_owned(), Value::List(items));
    outputs.insert("total_amount".to_owned(), Value::Number(total.into()));
    let currency = currency(params, progress).map_or(Value::Null, Value::text);
    outputs.insert("currency".to_owned(), currency);
    outputs
}

fn alike(item: &Value, line: &Value) -> bool {
    let amount = |value: &Value, name: &str| value.get(name).and_then(Value::as_amount);
    item.get("name") == line.get("name")
        && amount(item, "qty").map(Amount::decimal) == amount(line, "qty").map(Amount::decimal)
        && amount(item, "amount").map(Amount::decimal)
            == amount(line, "amount").map(Amount::decimal)
}
