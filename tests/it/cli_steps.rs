//! What the keys of a step do, seen through the binary on the embedded sandbox.

use crate::support::{Place, Told};
use serde_json::{Value, json};

/// Runs steps (and what follows them) as a flow of their own.
fn run(steps: &str, more: &[&str]) -> Told {
    let place = Place::new();
    let text = format!("version: 1\nname: steps\nsteps:\n  - uses: token\n{steps}");
    place.file("flow.yaml", &text);
    let args = ["run", "flow.yaml", "--sandbox", "--output", "json"];
    place.tell(args.iter().chain(more))
}

fn status(told: &Value, id: &str) -> String {
    let steps = told["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}"));
    step["status"].as_str().unwrap().to_owned()
}

const JANE: &str = "{ fullname: Jane Doe, phone: \"231771234567\" }";

/// A published invoice of 21.00 USD, ready to be executed for a phone.
fn until_execute(phone: &str) -> String {
    format!(
        r#"  - uses: party
    with: {JANE}
  - uses: counterparty
    with: {{ party_id: "{{{{ steps.party.id }}}}", relationship_type: CUSTOMER }}
  - uses: invoice
    with: {{ counterparty_id: "{{{{ steps.counterparty.id }}}}", currency: USD, note: x, fee_bearer: PAYER }}
  - uses: items
    with: {{ invoice_id: "{{{{ steps.invoice.id }}}}", items: [{{ name: a, qty: 2, amount: 10.50 }}] }}
  - uses: publish
    with: {{ invoice_id: "{{{{ steps.invoice.id }}}}" }}
  - uses: checkout
    with: {{ source_type: INVOICE, source_id: "{{{{ steps.invoice.id }}}}" }}
  - uses: account
    with:
      account_name: x
      party_id: "{{{{ steps.party.id }}}}"
      method: MTN_MOMO_LBR
      provider: PAWAPAY
      insensitive_account_number: "{phone}"
  - uses: execute
    with:
      session_id: "{{{{ steps.checkout.id }}}}"
      payment_account_id: "{{{{ steps.account.id }}}}"
      currency: USD
"#
    )
}

#[test]
fn a_step_whose_condition_does_not_hold_is_skipped() {
    let steps = format!(
        "  - uses: party\n    if: 1 == 2\n    with: {JANE}\n  - id: other\n    uses: party\n    if: 1 < 2\n    with: {JANE}\n"
    );
    let told = run(&steps, &[]);
    told.exits(0);
    assert_eq!(status(&told.json(), "party"), "skipped");
    assert_eq!(status(&told.json(), "other"), "succeeded");
}

#[test]
fn what_is_expected_has_to_hold() {
    let steps = format!(
        "  - uses: party\n    with: {JANE}\n    expect: [\"response.id == 1\"]\n  - uses: find\n    with: {{ resource: parties }}\n"
    );
    let told = run(&steps, &[]);
    told.exits(1);
    let told = told.json();
    assert_eq!(told["error"]["kind"], "assertion");
    assert_eq!(told["error"]["step"], "party");
    assert_eq!(status(&told, "find"), "pending");
}

#[test]
fn a_flow_goes_on_after_an_error_that_it_allows() {
    let steps = format!(
        "  - uses: find\n    continue_on_error: true\n    with: {{ resource: parties, id: 999 }}\n  - uses: party\n    with: {JANE}\n"
    );
    let told = run(&steps, &[]);
    told.exits(0);
    assert_eq!(status(&told.json(), "find"), "failed");
    assert_eq!(status(&told.json(), "party"), "succeeded");
}

#[test]
fn a_step_runs_once_per_item_and_its_outputs_are_a_list() {
    let steps = "  - id: parties\n    uses: party\n    foreach: [\"231771234561\", \"231771234562\"]\n    \
                 item: phone\n    with: { fullname: \"Customer {{ loop.index }}\", phone: \"{{ phone }}\" }\n\
                 outputs: { second: \"{{ steps.parties[1].fullname }}\", count: \"{{ steps.parties | length }}\" }\n";
    let told = run(steps, &[]);
    told.exits(0);
    assert_eq!(told.json()["outputs"], json!({ "second": "Customer 2", "count": 2 }));
    assert_eq!(told.json()["steps"][1]["outputs"].as_array().unwrap().len(), 2);
}

#[test]
fn steps_wait_for_what_they_need() {
    let steps = format!(
        "  - uses: party\n    needs: [token]\n    with: {JANE}\n  - id: last\n    uses: find\n    needs: [party]\n    \
         with: {{ resource: parties, id: \"{{{{ steps.party.id }}}}\" }}\n"
    );
    run(&steps, &[]).exits(0);
}

#[test]
fn a_failure_is_undone_only_where_no_money_moved() {
    let undo = "on_failure:\n  - uses: cancel\n    with: { invoice_id: \"{{ steps.invoice.id }}\" }\n\
                finally:\n  - id: look\n    uses: find\n    with: { resource: invoices, id: \"{{ steps.invoice.id }}\" }\n";
    // refused for good: nothing moved, the invoice is taken back
    let refused = format!("{}{undo}", until_execute("231770000019"));
    let told = run(&refused, &[]);
    told.exits(1);
    assert_eq!(status(&told.json(), "cancel"), "succeeded");
    assert_eq!(status(&told.json(), "look"), "succeeded");
    // paid, and a later step fails: what was paid is left alone
    let fails = "  - uses: assert\n    with: { that: false }\n";
    let paid = format!("{}{fails}{undo}", until_execute("231770000001"));
    let told = run(&paid, &[]);
    told.exits(1);
    assert_eq!(status(&told.json(), "cancel"), "pending");
    assert_eq!(status(&told.json(), "look"), "succeeded");
}

#[test]
fn a_limit_stops_before_the_money_step() {
    let within = format!("{}limits: {{ per_run: 21.00 USD }}\n", until_execute("231770000001"));
    run(&within, &[]).exits(0);
    for limit in ["20.99 USD", "500.00 LRD"] {
        let over = format!("{}limits: {{ per_run: {limit} }}\n", until_execute("231770000001"));
        let told = run(&over, &[]);
        told.exits(1);
        assert_eq!(told.json()["error"]["kind"], "limit");
        assert_eq!(status(&told.json(), "execute"), "failed");
        let attempts = told.json()["steps"].as_array().unwrap().last().unwrap()["attempts"].clone();
        assert_eq!(attempts, 0);
    }
}

#[test]
fn every_refused_field_is_named_with_its_line() {
    let steps =
        "  - uses: counterparty\n    with: { party_id: 999, relationship_type: CUSTOMER }\n";
    let told = run(steps, &[]);
    told.exits(1);
    let error = &told.json()["error"];
    assert_eq!(error["http_status"], 422);
    assert_eq!(error["detail"], json!(["party_id: not found (flow.yaml:6:23)"]));
}

#[test]
fn outputs_keep_their_types() {
    let outputs = "outputs: { number: \"{{ 1 + 1 }}\", money: \"{{ '0.10' | plus('0.20') }}\", text: \"n {{ 1 }}\", yes: \"{{ 1 == 1 }}\" }\n";
    let told = run(outputs, &[]);
    told.exits(0);
    assert!(told.stdout.contains("\"money\": 0.30"), "{}", told.stdout);
    assert_eq!(told.json()["outputs"]["number"], 2);
    assert_eq!(told.json()["outputs"]["text"], "n 1");
    assert_eq!(told.json()["outputs"]["yes"], true);
}
