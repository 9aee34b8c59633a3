//! Every recipe in `flows/` does what it says, and keeps the promises about money.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::support::Place;
use crate::support::inside::{Inside, inputs, outcome, output, plan};
use dollr_flow::base::value::Value;
use dollr_flow::engine::virtual_time::simulate::{Scenario, Search, explore};
use dollr_flow::run::outcome::Outcome;
use dollr_flow::run::state::State;
use dollr_flow::sandbox::Settings;

/// One recipe, in a world where it has something to do.
struct Case {
    recipe: &'static str,
    /// The recipe that comes before it, if what it works on has to be there.
    after: Option<&'static str>,
    /// The inputs that are no examples.
    given: &'static [(&'static str, &'static str)],
    /// An output that tells that it worked.
    tells: (&'static str, &'static str),
}

const fn case(recipe: &'static str, tells: (&'static str, &'static str)) -> Case {
    Case { recipe, after: None, given: &[], tells }
}

const CASES: &[Case] = &[
    case("cancel-unpaid", ("invoice_id", "101"))
        .after("payment-link", &[("invoice_number", "INV-2026-00101")]),
    case("checkout-direct", ("status", "COMPLETED")),
    case("checkout-hosted", ("status", "PAID")),
    case("collect", ("status", "COMPLETED")),
    case("collect-card", ("status", "COMPLETED")),
    case("collect-cross-currency", ("payer_amount", "19760.00")),
    case("collect-order", ("status", "COMPLETED")),
    case("onboard-customers", ("counterparty_ids", "[15,16]")),
    case("payee", ("account_id", "18")),
    case("payment-link", ("invoice_number", "INV-2026-00101")),
    case("payout", ("status", "COMPLETED")),
    case("payout-one", ("status", "COMPLETED")).after("payee", &[("account_id", "18")]),
    case("payroll", ("statuses", r#"["COMPLETED","COMPLETED"]"#)),
    case("receipt", ("payee_amount", "250.00"))
        .after("collect", &[("invoice_number", "INV-2026-00101")]),
    case("reconcile-pending", ("paid", r#"["INV-2026-00101"]"#))
        .after("collect", &[("executions", "[]"), ("sources", "[{ source_id: 101 }]")]),
    case("refund", ("status", "COMPLETED"))
        .after("collect", &[("payment_intent_id", "9001"), ("amount", "10.00")]),
    case("transfer", ("status", "COMPLETED")),
];

impl Case {
    const fn after(
        self,
        other: &'static str,
        given: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { after: Some(other), given, ..self }
    }

    fn path(&self) -> String {
        path(self.recipe)
    }

    /// The world as the recipe finds it.
    fn world(&self) -> Inside {
        let mut inside = Inside::new();
        if let Some(other) = self.after {
            assert_eq!(outcome(&inside.run(&path(other), &[])), Some(Outcome::Succeeded));
        }
        inside
    }
}

fn path(recipe: &str) -> String {
    format!("flows/{recipe}.yaml")
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.masked().to_string(), str::to_owned)
}

#[test]
fn every_recipe_is_tried() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut found: Vec<String> = names
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".yaml")?.to_owned()))
        .filter(|name| !name.ends_with(".test"))
        .collect();
    found.sort();
    let tried: Vec<&str> = CASES.iter().map(|case| case.recipe).collect();
    assert_eq!(found, tried);
}

#[test]
fn every_recipe_succeeds_on_the_sandbox() {
    for case in CASES {
        let mut inside = case.world();
        let state: State = inside.run(&case.path(), case.given);
        let failure = state.finished.as_ref().and_then(|finished| finished.failure.as_ref());
        assert_eq!(outcome(&state), Some(Outcome::Succeeded), "{}: {failure:#?}", case.recipe);
        let (name, wanted) = case.tells;
        assert_eq!(shown(&output(&state, name)), wanted, "{}: {name}", case.recipe);
        let audit = inside.books.with(|ledger| ledger.audit());
        assert!(audit.violations.is_empty(), "{}: {:#?}", case.recipe, audit.violations);
    }
}

/// Plays schedules of a flow, in which some have to succeed: else it would show nothing.
fn no_promise_is_broken(path: &str, inside: &Inside, given: &[(&str, &str)]) {
    let plan = plan(path);
    let inputs = inputs(&plan, given);
    let scenario = Scenario {
        plan: Arc::new(plan),
        inputs,
        secrets: indexmap::IndexMap::new(),
        settings: Settings::default(),
        books: Some(Arc::new(inside.books.with(Clone::clone))),
        late_delivery: true,
        fickle: false,
        sabotage: None,
    };
    let search = Search { schedules: 200, exhaustive: 100, seed: 1 };
    let found = explore(&scenario, search, |_| {});
    assert!(found.violations.is_empty(), "{path}: {:#?}", found.violations);
    let succeeded = found.outcomes.get("succeeded").copied().unwrap_or(0);
    assert!(succeeded > 100, "{path}: {:?}", found.outcomes);
}

#[test]
fn no_recipe_breaks_a_promise() {
    for case in CASES {
        no_promise_is_broken(&case.path(), &case.world(), case.given);
    }
}

#[test]
fn a_payer_who_has_to_confirm_and_a_person_who_has_to_answer_change_no_promise() {
    let items = ("items", r#"[{"name": "Seat", "qty": 1, "amount": 777.30}]"#);
    no_promise_is_broken("flows/collect-card.yaml", &Inside::new(), &[items]);
    no_promise_is_broken("tests/flows/people.yaml", &Inside::new(), &[]);
}

#[test]
fn limits_hold_for_money_that_leaves() {
    let flow = |recipe: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(path(recipe));
    for (recipe, too_little, enough) in
        [("payout", "39.99 USD", "40.00 USD"), ("transfer", "24.99 USD", "25.00 USD")]
    {
        let place = Place::new();
        let flow = flow(recipe);
        let run = |limit: &str| {
            let flow = flow.to_str().unwrap();
            place.tell(["run", "--sandbox", "--output", "json", "--max-total", limit, flow])
        };
        let refused = run(too_little).exits(1).json();
        assert_eq!(refused["error"]["kind"], "limit", "{recipe}: {refused:#}");
        run("100.00 LRD").exits(1).says("there is a limit, but none for USD");
        run(enough).exits(0);
    }
}

/// An address to pay at is of use while the run still waits for the payment, not only in its outputs.
#[test]
fn an_address_is_shown_as_soon_as_it_is_known() {
    let place = Place::new();
    let flow = Path::new(env!("CARGO_MANIFEST_DIR")).join(path("payment-link"));
    let told = place.tell(["run", "--sandbox", flow.to_str().unwrap()]);
    assert!(told.exits(0).stderr.contains("/_sandbox/hosted/"), "{}", told.stderr);
}

#[test]
fn every_recipe_says_when_to_use_it_and_what_it_moves() {
    for case in CASES {
        let text = fs::read_to_string(case.path()).unwrap();
        let header: String = text.lines().take_while(|line| line.starts_with('#')).collect();
        for word in ["$schema=../schemas/flow.schema.json", "Use it", "Inputs:", "Moves:"] {
            assert!(header.contains(word), "{}: the header lacks `{word}`", case.recipe);
        }
    }
}
