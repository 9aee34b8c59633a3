//! Every kind is documented and used, and what it says of its requests and outputs is what goes over the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::Place;
use crate::support::inside::Inside;
use dollr_flow::base::span::Source;
use dollr_flow::base::value::{Map, Value};
use dollr_flow::flow::check;
use dollr_flow::flow::text::yaml;
use dollr_flow::report::{kinds_page, new_step};
use dollr_flow::run::delivery::Delivery;
use dollr_flow::run::event::{Event, Purpose};
use dollr_flow::run::outcome::StepStatus;
use dollr_flow::run::state::State;
use dollr_flow::sandbox::OPERATIONS;
use dollr_flow::steps::step::{Class, Params, Step};
use dollr_flow::steps::{KINDS, kind};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What the API sends and says not to use.
const INTERNAL: &[(&str, &str)] =
    &[("hosted", "source_checkout_config_id"), ("hosted", "hosted_path_or_token")];

/// What was seen of a kind in runs.
#[derive(Default)]
struct Seen {
    requests: BTreeSet<(String, String)>,
    replied: BTreeSet<String>,
    outputs: Vec<Map>,
}

/// A flow and its inputs that are no examples.
type Given<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// Runs flows that use every kind, and notes what went over the wire for each.
fn seen() -> BTreeMap<&'static str, Seen> {
    let number = ("invoice_number", "INV-2026-00101");
    let worlds: &[&[Given<'_>]] = &[
        &[
            ("flows/collect.yaml", &[]),
            ("flows/receipt.yaml", &[number]),
            ("flows/refund.yaml", &[("payment_intent_id", "9001"), ("amount", "10.00")]),
        ],
        &[("flows/payment-link.yaml", &[]), ("flows/cancel-unpaid.yaml", &[number])],
        &[("flows/collect-order.yaml", &[]), ("flows/collect-cross-currency.yaml", &[])],
        &[("flows/collect-card.yaml", &[]), ("flows/checkout-direct.yaml", &[])],
        &[("flows/checkout-hosted.yaml", &[]), ("flows/payout.yaml", &[])],
        &[("flows/transfer.yaml", &[]), ("flows/onboard-customers.yaml", &[])],
        &[("tests/flows/realtime.yaml", &[]), ("tests/flows/people.yaml", &[])],
        &[("tests/flows/order.yaml", &[])],
    ];
    let mut all = BTreeMap::new();
    for world in worlds {
        let mut inside = Inside::new();
        for (path, given) in *world {
            let state = inside.run(path, given);
            note(&inside, &state, &mut all);
        }
    }
    all
}

fn note(inside: &Inside, state: &State, all: &mut BTreeMap<&'static str, Seen>) {
    let kind_of = |id: &str| state.root.find(id).unwrap().plan.kind().unwrap();
    for recorded in &inside.heard {
        match &recorded.event {
            Event::RequestIntended(intent) => {
                let seen: &mut Seen = all.entry(kind_of(&intent.step).0.name()).or_default();
                seen.requests.insert((intent.method.to_string(), intent.path.clone()));
            }
            Event::ReplyObserved {
                step,
                purpose: Purpose::Main,
                delivery: Delivery::Answered(answer),
            } if answer.is_success() => {
                let seen: &mut Seen = all.entry(kind_of(step).0.name()).or_default();
                seen.replied
                    .extend(answer.body.as_map().into_iter().flat_map(|map| map.keys()).cloned());
            }
            _ => {}
        }
    }
    for (plan, step) in state.plan.all().zip(&state.root.steps) {
        let seen: &mut Seen = all.entry(plan.kind().unwrap().0.name()).or_default();
        let ended = (step.status == StepStatus::Succeeded && plan.foreach.is_none())
            .then(|| step.outputs.clone());
        seen.outputs.extend(ended.into_iter().chain(step.turns.iter().cloned()));
    }
}

fn is_operation(method: &str, path: &str) -> bool {
    OPERATIONS.iter().any(|operation| {
        let mut parts = path.split('/');
        operation.method.to_string() == method
            && operation.path.split('/').all(|wanted| {
                parts.next().is_some_and(|part| wanted.starts_with('{') || wanted == part)
            })
            && parts.next().is_none()
    })
}

#[test]
fn requests_are_operations_of_the_api_and_outputs_are_what_it_replies() {
    let seen = seen();
    let mut problems = Vec::new();
    for kind in KINDS {
        let name = kind.name();
        let seen = seen.get(name).unwrap_or_else(|| panic!("`{name}` was in none of the runs"));
        let local = kind.class(&Params::default()) == Class::Local;
        assert_eq!(seen.requests.is_empty(), local, "{name}: {:?}", seen.requests);
        for (method, path) in &seen.requests {
            if !is_operation(method, path) {
                problems.push(format!("{name}: {method} {path} is no operation"));
            }
        }
        // a kind of several requests says itself what they come to
        if !kind.open_outputs() && name != "items" {
            let declared = |field: &&String| kind.outputs().iter().any(|one| one.name == *field);
            let internal = |field: &&String| INTERNAL.contains(&(name, field.as_str()));
            let missing = seen.replied.iter().filter(|field| !declared(field) && !internal(field));
            problems.extend(
                missing.map(|field| format!("{name}: `{field}` is replied, but no output")),
            );
        }
        problems.extend(misdeclared(*kind, seen));
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Outputs that never come, or are not of their type.
fn misdeclared(kind: &dyn Step, seen: &Seen) -> Vec<String> {
    let name = kind.name();
    let mut problems = Vec::new();
    for field in kind.outputs() {
        let values: Vec<&Value> =
            seen.outputs.iter().filter_map(|outputs| outputs.get(field.name)).collect();
        if values.is_empty() {
            problems.push(format!("{name}: no `{}` ever came", field.name));
        }
        let fits = |value: &Value| match value {
            Value::Null => !field.required,
            value => field.ty.accept(value.clone()).as_ref() == Ok(value),
        };
        problems.extend(values.into_iter().filter(|value| !fits(value)).map(|value| {
            format!("{name}: `{}` is {}, not {:?}", field.name, value.masked(), field.ty)
        }));
    }
    problems
}

#[test]
fn every_kind_is_documented_and_used() {
    let mut texts = String::new();
    for folder in ["flows", "tests/flows"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            texts.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap_or_default());
        }
    }
    let page = fs::read_to_string(Path::new(ROOT).join("docs/flow-language.md")).unwrap();
    for kind in KINDS {
        let name = kind.name();
        assert!(kind.summary().ends_with('.'), "{name}: the summary is no sentence");
        assert!(kind.example().contains(&format!("uses: {name}")), "{name}: no example");
        assert!(texts.contains(&format!("uses: {name}\n")), "{name}: in no recipe and no test");
        assert!(page.contains(&format!("`{name}`")), "{name}: not in the docs");
        for field in kind.params().iter().chain(kind.outputs()) {
            assert!(field.doc.ends_with('.'), "{name}.{}: no doc", field.name);
        }
        let text = format!("version: 1\nname: example\nsteps:\n{}", indented(kind.example()));
        let problems = check(&Source::new("example.yaml", text), &()).err().unwrap_or_default();
        let own = problems.iter().filter(|problem| {
            // an example stands in the middle of a flow
            !matches!(problem.code, "unknown-step" | "unknown-input" | "unknown-output")
        });
        let own: Vec<_> = own.map(|problem| &problem.message).collect();
        assert!(own.is_empty(), "{name}: {own:?}");
    }
}

#[test]
fn the_page_of_kinds_is_current() {
    let path = Path::new(ROOT).join("docs/kinds.md");
    let current = kinds_page::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(file == current, "run the tests with UPDATE_DOCS=1 to write docs/kinds.md");
}

#[test]
fn a_new_step_is_the_example_with_every_parameter_explained() {
    for kind in KINDS {
        let text = new_step::step(*kind).unwrap();
        let read = |text: &str| yaml::read(&Source::new("step.yaml", text)).unwrap().value();
        assert_eq!(read(&text), read(kind.example()), "{}", kind.name());
        for field in kind.params() {
            assert!(text.contains(field.doc), "{}: no word of `{}`", kind.name(), field.name);
        }
    }
    let place = Place::new();
    place.tell(["new", "invoice"]).exits(0).says("# Who is to pay.");
    place.tell(["new", "invoce"]).exits(2).says("did you mean `invoice`?");
}

#[test]
fn kinds_have_names_of_their_own() {
    for one in KINDS {
        assert_eq!(kind(one.name()).map(Step::name), Some(one.name()));
        let names: BTreeSet<&str> = one.params().iter().map(|field| field.name).collect();
        assert_eq!(names.len(), one.params().len(), "{}: a parameter twice", one.name());
        let names: BTreeSet<&str> = one.outputs().iter().map(|field| field.name).collect();
        assert_eq!(names.len(), one.outputs().len(), "{}: an output twice", one.name());
    }
}

fn indented(example: &str) -> String {
    example.lines().map(|line| format!("  {line}\n")).collect()
}
