//! The client against answers of other shapes than it was written with: fields nobody announced, fields that are
//! missing, null, or of another type. What the API may leave out is never needed; what it may not leave out is
//! never made up, and an answer without it is no success.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::support::inside::{Inside, outcome};
use dollr_flow::api::wire::Method;
use dollr_flow::base::value::{Map, Value};
use dollr_flow::run::delivery::Delivery;
use dollr_flow::run::event::{Event, Purpose};
use dollr_flow::run::outcome::Outcome;
use dollr_flow::run::state::State;
use dollr_flow::steps::step::{Call, Class, Params, Progress, Step, Verdict};
use dollr_flow::steps::{KINDS, kind};

/// A recorded answer of success, with what its kind knew when it came.
struct Recorded {
    kind: &'static dyn Step,
    state: Arc<State>,
    index: usize,
    params: Params,
    body: Value,
}

impl Recorded {
    fn read(&self, body: &Value) -> Verdict {
        let read = |progress: &Progress<'_>| self.kind.read(&self.params, body, progress);
        self.state.with_progress(self.index, read).unwrap()
    }

    /// The answer with one field changed, or taken out.
    fn with(&self, field: &str, value: Option<Value>) -> Value {
        let mut map = self.body.as_map().unwrap().clone();
        match value {
            Some(value) => drop(map.insert(field.to_owned(), value)),
            None => drop(map.shift_remove(field)),
        }
        Value::Map(map)
    }
}

/// A flow and its inputs that are no examples.
type Given<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// Answers to every kind that asks the API anything.
fn recorded() -> Vec<Recorded> {
    let number = ("invoice_number", "INV-2026-00101");
    let worlds: &[&[Given<'_>]] = &[
        &[
            ("flows/collect.yaml", &[]),
            ("flows/receipt.yaml", &[number]),
            ("flows/refund.yaml", &[("payment_intent_id", "9001"), ("amount", "10.00")]),
        ],
        &[("flows/payment-link.yaml", &[]), ("flows/cancel-unpaid.yaml", &[number])],
        &[("flows/collect-order.yaml", &[]), ("flows/collect-cross-currency.yaml", &[])],
        &[("flows/collect-card.yaml", &[]), ("flows/checkout-hosted.yaml", &[])],
        &[("flows/payout.yaml", &[]), ("flows/transfer.yaml", &[])],
        &[("tests/flows/realtime.yaml", &[]), ("tests/flows/people.yaml", &[])],
        &[("tests/flows/order.yaml", &[])],
    ];
    let mut all = Vec::new();
    for world in worlds {
        let mut inside = Inside::new();
        for (path, given) in *world {
            let state = Arc::new(inside.run(path, given));
            all.extend(inside.heard.iter().filter_map(|heard| answered(&state, &heard.event)));
        }
    }
    all
}

fn answered(state: &Arc<State>, event: &Event) -> Option<Recorded> {
    let Event::ReplyObserved { step, purpose: Purpose::Main, delivery } = event else {
        return None;
    };
    let Delivery::Answered(answer) = delivery else { return None };
    let index = state.root.index(step)?;
    let plan = state.plan.step(index)?;
    // a step that runs once per item has parameters of its own at every turn
    let once = plan.foreach.is_none() && answer.is_success() && answer.body.as_map().is_some();
    let kind = kind(plan.kind()?.0.name()).filter(|_| once)?;
    let params = state.root.params(index)?.as_ref().clone().ok()?;
    Some(Recorded { kind, state: Arc::clone(state), index, params, body: answer.body.clone() })
}

/// What sort of verdict it is.
fn sort(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done(_) => "done",
        Verdict::Next => "next",
        Verdict::Again(_) => "again",
        Verdict::Act { .. } => "act",
        Verdict::Failed { .. } => "failed",
        Verdict::Unreadable(_) => "unreadable",
    }
}

fn outputs(verdict: Verdict) -> Map {
    match verdict {
        Verdict::Done(outputs) => outputs,
        _ => Map::new(),
    }
}

/// Kinds whose answers may be anything: they say so.
fn is_open(kind: &dyn Step) -> bool {
    kind.open_outputs()
}

/// What an answer of a kind must hold; the kind fills in the rest itself.
fn needed(recorded: &Recorded) -> Vec<&'static str> {
    match recorded.kind.name() {
        // the reference is ours; of a document only the status counts
        "execute" | "poll" => vec!["status"],
        "cancel" => vec![],
        // a line's id; its count and its sum are the step's own
        "items" => vec!["id"],
        _ => {
            let required = recorded.kind.outputs().iter().filter(|field| field.required);
            required.map(|field| field.name).collect()
        }
    }
}

fn nested(value: &Value) -> Value {
    let strange = || Value::List(vec![Value::text("x"), Value::Null, Value::int(1)]);
    match value {
        Value::Map(map) => {
            let mut map: Map =
                map.iter().map(|(name, value)| (name.clone(), nested(value))).collect();
            map.insert("x_new".to_owned(), strange());
            map.insert("zzz".to_owned(), Value::Map(Map::from_iter([("a".into(), strange())])));
            Value::Map(map)
        }
        Value::List(items) => Value::List(items.iter().map(nested).collect()),
        other => other.clone(),
    }
}

#[test]
fn every_kind_reads_answers_of_other_shapes() {
    let all = recorded();
    let kinds: BTreeSet<&str> = all.iter().map(|recorded| recorded.kind.name()).collect();
    let asks = |kind: &&&dyn Step| kind.class(&Params::default()) != Class::Local;
    for kind in KINDS.iter().filter(asks) {
        // what these two are answered with is no object there, and anything to them
        let any = ["find", "request"].contains(&kind.name());
        assert!(any || kinds.contains(kind.name()), "`{}`: no answer", kind.name());
    }
    let mut problems = Vec::new();
    for recorded in &all {
        let name = recorded.kind.name();
        let as_it_was = recorded.read(&recorded.body);
        assert_ne!(sort(&as_it_was), "unreadable", "{name}: {as_it_was:?}");
        let mut expect = |what: String, body: &Value, wanted: &[&str]| {
            let verdict = recorded.read(body);
            if !wanted.contains(&sort(&verdict)) {
                problems.push(format!("{name}: {what}: {verdict:?}"));
            }
        };
        let same = [sort(&as_it_was)];
        expect("fields nobody announced".into(), &nested(&recorded.body), &same);
        if is_open(recorded.kind) {
            continue;
        }
        for odd in [Value::Null, Value::text("OK"), Value::List(vec![]), Value::int(1)] {
            let wanted: &[&str] = &["unreadable"];
            expect(format!("{} for an object", odd.sort()), &odd, wanted);
        }
        let needed = needed(recorded);
        for field in recorded.body.as_map().unwrap().keys() {
            let must = needed.contains(&field.as_str());
            // what a document's answer is worth stands in its status alone
            let wanted: &[&str] = if must { &["unreadable"] } else { &same };
            expect(format!("no `{field}`"), &recorded.with(field, None), wanted);
            let null = recorded.with(field, Some(Value::Null));
            expect(format!("`{field}` null"), &null, wanted);
            if must {
                for odd in [
                    Value::List(vec![]),
                    Value::Map(Map::new()),
                    Value::Bool(true),
                    Value::text(""),
                ] {
                    let odd_sort = odd.sort();
                    let body = recorded.with(field, Some(odd));
                    expect(format!("`{field}` {odd_sort}"), &body, &["unreadable"]);
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn an_id_in_quotes_is_the_same_id_and_another_text_is_none() {
    let mut seen = BTreeSet::new();
    for recorded in recorded() {
        let name = recorded.kind.name();
        let Some(Value::Number(id)) = recorded.body.get("id") else { continue };
        if is_open(recorded.kind)
            || name == "items"
            || sort(&recorded.read(&recorded.body)) != "done"
        {
            continue;
        }
        let quoted = recorded.with("id", Some(Value::text(id.as_str())));
        let read = outputs(recorded.read(&quoted));
        assert_eq!(read.get("id"), recorded.body.get("id"), "{name}");
        // a cancel knows the id it asked for, and a checkout's own id is of no use
        if !["cancel", "hosted"].contains(&name) {
            let nonsense = recorded.with("id", Some(Value::text("INV-1")));
            assert_eq!(sort(&recorded.read(&nonsense)), "unreadable", "{name}");
        }
        seen.insert(name);
    }
    for name in ["party", "counterparty", "invoice", "order", "checkout", "account", "publish"] {
        assert!(seen.contains(name), "{name}");
    }
}

#[test]
fn words_nobody_knows_are_not_final_and_another_reference_is_not_ours() {
    for recorded in recorded() {
        match recorded.kind.name() {
            "poll" => {
                let body = recorded.with("status", Some(Value::text("SETTLING")));
                assert_eq!(sort(&recorded.read(&body)), "again");
            }
            "execute" => {
                let body = recorded.with("status", Some(Value::text("SETTLING")));
                assert_eq!(sort(&recorded.read(&body)), "done");
                let other = Value::text("00000000-0000-4000-8000-000000000009");
                let body = recorded.with("reference_id", Some(other));
                assert_eq!(sort(&recorded.read(&body)), "unreadable");
                let shown = recorded.body.get("reference_id").unwrap().as_str().unwrap();
                let capitals = Value::text(shown.to_uppercase());
                let read = outputs(recorded.read(&recorded.with("reference_id", Some(capitals))));
                assert_eq!(read["reference_id"], Value::text(shown));
            }
            _ => {}
        }
    }
}

type Bent = fn(&mut Map);

/// Runs `collect` with the answers of one operation bent, and audits the books.
fn collect(path: &'static str, bent: Bent, also: Option<(&'static str, Bent)>) -> State {
    let mut inside = Inside::new();
    inside.bend = Some(Arc::new(move |call: &Call, body: &mut Value| {
        let mut bend = |at: &str, bent: Bent| match body {
            Value::Map(map) if call.path.contains(at) && call.method != Method::Get => bent(map),
            // what a lookup shows, in a list or by itself
            Value::Map(map) if at.contains("status") && call.path.contains(at) => bent(map),
            Value::List(items) if at.contains("list") && call.path.contains(at) => {
                for item in items {
                    if let Value::Map(map) = item {
                        bent(map);
                    }
                }
            }
            _ => {}
        };
        bend(path, bent);
        if let Some((path, bent)) = also {
            bend(path, bent);
        }
    }));
    let state = inside.run("flows/collect.yaml", &[]);
    let audit = inside.books.with(dollr_flow::sandbox::Ledger::audit);
    assert_eq!(audit.violations, [], "{path}");
    assert!(audit.charges.iter().all(|charge| charge.completed <= 1), "{path}: {audit:#?}");
    assert!(audit.charges.len() <= 1, "{path}: {audit:#?}");
    if outcome(&state) == Some(Outcome::Succeeded) {
        assert_eq!(audit.charges[0].completed, 1, "{path}");
    }
    state
}

#[test]
fn an_answer_without_what_counts_is_looked_up_or_left_unclear() {
    let no_id: Bent = |map| drop(map.shift_remove("id"));
    let null_id: Bent = |map| drop(map.insert("id".into(), Value::Null));
    let no_status: Bent = |map| drop(map.shift_remove("status"));
    let null_status: Bent = |map| drop(map.insert("status".into(), Value::Null));
    for (path, bent, ends) in [
        // looked up, and found
        ("/parties/create", no_id, Outcome::Succeeded),
        ("/counterparties/create", null_id, Outcome::Succeeded),
        ("/invoices/create", no_id, Outcome::Succeeded),
        ("/items/add", no_id, Outcome::Succeeded),
        ("/invoices/publish", null_status, Outcome::Succeeded),
        ("/executions/collection", no_status, Outcome::Succeeded),
        ("/executions/collection", null_status, Outcome::Succeeded),
        (
            "/executions/collection",
            |map| drop(map.insert("reference_id".into(), Value::Null)),
            Outcome::Succeeded,
        ),
    ] {
        let state = collect(path, bent, None);
        assert_eq!(outcome(&state), Some(ends), "{path}: {:?}", state.finished);
    }
    // nothing shows what these made: sent again, and given up at last, with nothing charged
    for path in ["/sessions/checkout", "/payment-accounts/create"] {
        let state = collect(path, no_id, None);
        assert!(
            matches!(outcome(&state), Some(Outcome::Failed | Outcome::Unclear | Outcome::Paused)),
            "{path}: {:?}",
            state.finished
        );
    }
    // neither the answer nor the status says how the money stands
    let state =
        collect("/executions/collection", no_status, Some(("/status/collection", no_status)));
    assert!(
        matches!(outcome(&state), Some(Outcome::Unclear | Outcome::Paused) | None),
        "{:?}",
        state.finished
    );
}

#[test]
fn lookups_find_what_landed_whatever_the_list_leaves_out() {
    let no_id: Bent = |map| drop(map.shift_remove("id"));
    let as_text: Bent = |map| {
        for name in ["id", "party_id", "counterparty_id"] {
            if let Some(Value::Number(n)) = map.get(name).cloned() {
                map.insert(name.into(), Value::text(n.as_str()));
            }
        }
        map.insert("x_new".into(), Value::List(vec![Value::Null]));
    };
    let little: Bent = |map| {
        for name in
            ["created_at", "updated_at", "email", "country_code", "relationship_type", "note"]
        {
            map.shift_remove(name);
        }
    };
    for (create, list) in [
        ("/parties/create", "/parties/list"),
        ("/counterparties/create", "/counterparties/list"),
        ("/invoices/create", "/invoices/list"),
    ] {
        for bent in [as_text, little] {
            let state = collect(create, no_id, Some((list, bent)));
            assert_eq!(outcome(&state), Some(Outcome::Succeeded), "{create}: {:?}", state.finished);
        }
    }
}
