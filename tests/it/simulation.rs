//! The simulation finds no broken promise, and would find one if a guard were missing.

use std::fs;
use std::sync::Arc;

use crate::support::{finish, program};
use dollr_flow::base::secret::Secret;
use dollr_flow::base::span::Source;
use dollr_flow::base::value::Value;
use dollr_flow::engine::virtual_time::simulate::{Found, Sabotage, Scenario, Search, explore};
use dollr_flow::flow::{Subflows, check, resolve, with_examples};
use dollr_flow::sandbox::{Dedup, Settings};

/// A payout: no source shows whether it happened, so only its reference guards it.
const PAYOUT: &str = r#"
version: 1
name: payout
steps:
  - uses: token
  - uses: party
    with: { fullname: Jane Doe, phone: "231771234567" }
  - uses: account
    with:
      account_name: Jane
      party_id: "{{ steps.party.id }}"
      method: MTN_MOMO_LBR
      provider: PAWAPAY
      insensitive_account_number: "231771234567"
      operation_type: PAYOUT
  - id: session
    uses: request
    with:
      method: POST
      class: harmless
      path: /v1/sessions/payout
      body: { payout_account_id: "{{ steps.account.id }}", amount: 40.00, currency: USD }
  - uses: execute
    with:
      operation: payout
      session_id: "{{ steps.session.id }}"
      payout_account_id: "{{ steps.account.id }}"
      passcode:
        token: { code: "4820", phone: "231886000001" }
        device: { name: cron, type: SERVER, platform: LINUX, user_agent: dollr-flow, client_ip: 127.0.0.1 }
  - uses: poll
    with: { operation: payout, reference_id: "{{ steps.execute.reference_id }}" }
"#;

/// The flows in `tests/flows`.
struct Beside;

impl Subflows for Beside {
    fn load(&self, _from: &Source, path: &str) -> Result<Source, String> {
        Ok(fixture(path.trim_start_matches("./")))
    }
}

fn fixture(name: &str) -> Source {
    Source::new(name, fs::read_to_string(format!("tests/flows/{name}")).unwrap())
}

fn collect() -> Source {
    let text = fs::read_to_string("flows/collect.yaml").unwrap();
    Source::new("flows/collect.yaml", text)
}

fn scenario(source: Source, settings: Settings) -> Scenario {
    let (plan, _) = check(&source, &Beside).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let inputs = resolve(&with_examples(&plan.all_inputs()), &[], None, &|_| Ok(None)).unwrap();
    let mut secrets = indexmap::IndexMap::new();
    plan.each_flow(&mut |within, flow| {
        let names = flow.secrets.iter().map(|(name, _)| format!("{within}{name}"));
        secrets.extend(names.map(|name| (name, Secret::new("sample"))));
    });
    Scenario {
        plan: Arc::new(plan),
        inputs,
        secrets,
        settings,
        books: None,
        late_delivery: false,
        fickle: false,
        sabotage: None,
    }
}

/// The worlds in which a missing guard has to show: servers that differ in what they guarantee.
fn scenarios() -> Vec<Scenario> {
    let with = |dedup, late_visibility| Settings { dedup, late_visibility, ..Settings::default() };
    let mut all = vec![
        scenario(collect(), with(Dedup::Replay, 0)),
        scenario(collect(), with(Dedup::Refuse, 2)),
        scenario(Source::new("payout.yaml", PAYOUT), with(Dedup::Replay, 0)),
        scenario(Source::new("payout.yaml", PAYOUT), with(Dedup::Refuse, 0)),
    ];
    let late: Vec<Scenario> =
        all.iter().map(|one| Scenario { late_delivery: true, ..one.clone() }).collect();
    all.extend(late);
    all
}

fn searched(scenario: &Scenario, schedules: u64) -> Found {
    explore(scenario, Search { schedules, exhaustive: schedules / 2, seed: 1 }, |_| {})
}

#[test]
fn no_schedule_breaks_a_promise() {
    for scenario in scenarios() {
        let found = searched(&scenario, 400);
        assert!(found.violations.is_empty(), "{:#?}", found.violations);
        assert_eq!(found.played, 400);
    }
}

#[test]
fn no_schedule_breaks_a_promise_inside_of_sub_flows() {
    for dedup in [Dedup::Replay, Dedup::Refuse] {
        for late_delivery in [false, true] {
            let settings = Settings { dedup, ..Settings::default() };
            let world = scenario(fixture("subflows.yaml"), settings);
            let found = searched(&Scenario { late_delivery, ..world }, 300);
            assert!(found.violations.is_empty(), "{:#?}", found.violations);
            let succeeded = found.outcomes.get("succeeded").copied().unwrap_or(0);
            assert!(succeeded > 150, "{:?}", found.outcomes);
        }
    }
}

#[test]
fn no_schedule_breaks_a_promise_where_requests_are_under_way_together() {
    for dedup in [Dedup::Replay, Dedup::Refuse] {
        for late_delivery in [false, true] {
            let settings = Settings { dedup, ..Settings::default() };
            let world = scenario(fixture("graph.yaml"), settings);
            let found = searched(&Scenario { late_delivery, ..world }, 300);
            assert!(found.violations.is_empty(), "{:#?}", found.violations);
            let succeeded = found.outcomes.get("succeeded").copied().unwrap_or(0);
            assert!(succeeded > 150, "{:?}", found.outcomes);
        }
    }
}

/// Whoever reads a run back has no secrets: each schedule is folded once more without them.
#[test]
fn no_schedule_needs_a_secret_to_be_read_back() {
    for late_delivery in [false, true] {
        let settings = Settings { trusting: true, ..Settings::default() };
        let world = scenario(fixture("handed.yaml"), settings);
        let found = searched(&Scenario { late_delivery, ..world }, 200);
        assert!(found.violations.is_empty(), "{:#?}", found.violations);
        let succeeded = found.outcomes.get("succeeded").copied().unwrap_or(0);
        assert!(succeeded > 150 && found.moved > 150, "{:?}", found.outcomes);
    }
}

/// A server that says once what is not so.
fn fickle(source: Source, phone: &str) -> Scenario {
    let mut world = scenario(source, Settings::default());
    world.inputs.insert("phone".to_owned(), Value::text(phone));
    Scenario { fickle: true, ..world }
}

const PAYS: &str = "231770000000";
const DECLINES: &str = "231770000004";

#[test]
fn no_schedule_breaks_a_promise_where_the_server_contradicts_itself() {
    for phone in [PAYS, DECLINES] {
        for late_delivery in [false, true] {
            let world = fickle(collect(), phone);
            let found = searched(&Scenario { late_delivery, ..world }, 200);
            assert!(found.violations.is_empty(), "{:#?}", found.violations);
        }
    }
    let world = scenario(Source::new("payout.yaml", PAYOUT), Settings::default());
    let found = searched(&Scenario { fickle: true, ..world }, 300);
    assert!(found.violations.is_empty(), "{:#?}", found.violations);
    let succeeded = found.outcomes.get("succeeded").copied().unwrap_or(0);
    assert!(succeeded > 220, "{:?}", found.outcomes);
}

/// What once broke a promise: a document made again, because an intent that never left had been dated by a clock ahead of the
/// API's; and a payment that still read FAILED after it was found alive, because a process had died in between.
#[test]
fn schedules_that_once_broke_a_promise_break_none() {
    let schedules: &[(&str, &str, &[&str])] = &[
        ("flows/collect.yaml", "1855", &[]),
        ("flows/collect.yaml", "7071", &[]),
        ("flows/payout.yaml", "4211", &["--fickle"]),
        ("flows/payout.yaml", "4507", &["--fickle"]),
    ];
    for (flow, seed, more) in schedules {
        let mut simulate = program();
        simulate.args(["simulate", flow, "--schedules", "1", "--seed", seed]).args(*more);
        finish(&mut simulate).exits(0);
    }
}

/// A server that forgets the references and sessions it has seen: there only the runner's own care helps.
fn forgetful() -> Scenario {
    let settings = Settings { dedup: Dedup::Off, ..Settings::default() };
    scenario(Source::new("payout.yaml", PAYOUT), settings)
}

/// A server that shows payments late.
fn hiding() -> Scenario {
    scenario(collect(), Settings { late_visibility: 12, ..Settings::default() })
}

/// The world is fine as it is, and not without the guard.
fn noticed(sabotage: Sabotage, world: Scenario) {
    let found = searched(&world, 400);
    assert!(found.violations.is_empty(), "{:#?}", found.violations);
    let world = Scenario { sabotage: Some(sabotage), ..world };
    let found = searched(&world, 4_000);
    assert!(!found.violations.is_empty(), "nothing notices that {sabotage:?} is gone");
}

/// The same for what many schedules have to go wrong in more than one place for.
fn noticed_by_chance(sabotage: Sabotage, world: Scenario) {
    let world = Scenario { sabotage: Some(sabotage), ..world };
    let found = explore(&world, Search { schedules: 3_000, exhaustive: 0, seed: 1 }, |_| {});
    assert!(!found.violations.is_empty(), "nothing notices that {sabotage:?} is gone");
}

#[test]
fn a_missing_write_ahead_is_noticed() {
    noticed(Sabotage::WriteAhead, scenario(collect(), Settings::default()));
}

#[test]
fn a_second_reference_is_noticed() {
    noticed(Sabotage::SameReference, forgetful());
}

#[test]
fn a_missing_lookup_is_noticed() {
    noticed(Sabotage::Lookup, forgetful());
}

#[test]
fn a_missing_fence_is_noticed() {
    noticed(Sabotage::Fence, hiding());
}

#[test]
fn a_missing_lock_is_noticed() {
    noticed(Sabotage::Lock, scenario(collect(), Settings::default()));
}

#[test]
fn waits_by_a_clock_that_was_set_back_are_noticed() {
    noticed(Sabotage::OwnTime, scenario(collect(), Settings::default()));
}

#[test]
fn the_apis_time_taken_from_this_machine_is_noticed() {
    noticed(Sabotage::ApiTime, scenario(collect(), Settings::default()));
}

#[test]
fn a_failed_payment_that_is_not_asked_for_again_is_noticed() {
    let world = scenario(Source::new("payout.yaml", PAYOUT), Settings::default());
    noticed_by_chance(Sabotage::AskAgain, Scenario { fickle: true, ..world });
}

#[test]
fn an_unseen_contradiction_is_noticed() {
    noticed_by_chance(Sabotage::Contradiction, fickle(collect(), DECLINES));
}

#[test]
fn an_answer_about_another_payment_that_is_believed_is_noticed() {
    noticed_by_chance(Sabotage::Stranger, fickle(collect(), PAYS));
}
