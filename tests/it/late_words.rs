//! An API that says FAILED and COMPLETED of one payment, or answers about another: nothing is paid twice for it.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::served::Served;
use crate::support::{Place, Told, collect_flow, finish, http};

/// The first status read says FAILED, although it completes.
const LATE: &str = "231770000026";
/// FAILED, and that is true.
const DECLINED: &str = "231770000006";
/// The execution's answer says COMPLETED, although it failed.
const TAKEN_BACK: &str = "231770000027";
/// The first status read is about another payment.
const STRANGER: &str = "231770000028";

const SINCE: &str = "2026-01-01T00:00:00Z";
const FUTURE: &str = "2126-01-01T00:00:00Z";

fn batch(place: &Place, more: &[&str]) -> Told {
    let mut command =
        place.command(["batch", "--output", "json", "--data", "m.csv", "--key", "id"]);
    finish(command.arg(collect_flow()).args(more))
}

/// A batch of one row whose payment reads FAILED.
fn failed(served: &Served, phone: &str) -> Place {
    let place = Place::at(&served.url);
    place.file("m.csv", &format!("id,fullname,phone\nA,Jane Doe,{phone}\n"));
    let told = batch(&place, &[]);
    assert_eq!(told.exits(1).json()["counts"]["failed"], 1);
    place
}

fn row(place: &Place) -> Value {
    place.tell(["runs", "list", "--output", "json"]).exits(0).json()[0].clone()
}

fn sql(place: &Place, statement: &str) {
    Connection::open(place.journal()).unwrap().execute_batch(statement).unwrap();
}

/// One payment was made, and it completed.
#[track_caller]
fn paid_once(served: &Served) {
    let all = served.executions();
    let completed = all.iter().filter(|one| one["status"] == "COMPLETED").count();
    assert_eq!((all.len(), completed), (1, 1), "{all:#?}");
}

#[test]
fn a_late_success_is_not_paid_again_by_retry_failed() {
    let served = Served::new();
    let place = failed(&served, LATE);
    assert_eq!(row(&place)["moved"], false);
    let told = batch(&place, &["--retry-failed"]);
    let json = told.exits(4).json();
    assert_eq!(json["counts"]["unclear"], 1, "{json:#}");
    let why = json["not_succeeded"][0]["error"].as_str().unwrap();
    assert!(why.contains("said FAILED to step `poll`"), "{why}");
    assert!(why.contains("and then COMPLETED when it was asked again"), "{why}");
    paid_once(&served);
    let row = row(&place);
    assert_eq!(
        (&row["status"], &row["moved"], &row["exit_code"]),
        (&json!("unclear"), &json!(true), &json!(4))
    );
    let run = row["run_id"].as_str().unwrap().to_owned();
    let shown = place.tell(["runs", "show", &run]);
    shown.exits(0).says("250.00 USD may have moved").says(&format!("dollr-flow resume {run}"));
    place.tell(["runs", "verify"]).exits(0);
    // asked once more, the API says what it said last: the row is paid, once
    let json = batch(&place, &["--retry-failed"]).exits(0).json();
    assert_eq!(
        (&json["counts"]["succeeded"], &json["moved"][0]["amount"]),
        (&json!(1), &json!("250.00"))
    );
    paid_once(&served);
    place.tell(["runs", "verify"]).exits(0);
    served.audit();
}

#[test]
fn what_reconcile_learned_counts() {
    let served = Served::new();
    let place = failed(&served, LATE);
    let told = place.tell(["reconcile", "--since", SINCE]);
    told.exits(4).says("the API contradicts itself").says("do not start it again").says("resume");
    let told = row(&place);
    assert_eq!((&told["status"], &told["moved"]), (&json!("unclear"), &json!(true)));
    let view =
        "CREATE TEMP TABLE seen AS SELECT moved FROM runs WHERE moved = 1 AND status = 'unclear'";
    let conn = Connection::open(place.journal()).unwrap();
    conn.execute_batch(view).unwrap();
    let seen: i64 = conn.query_row("SELECT count(*) FROM seen", [], |row| row.get(0)).unwrap();
    assert_eq!(seen, 1);
    drop(conn);
    batch(&place, &["--retry-failed"]).exits(0);
    paid_once(&served);
    assert_eq!(row(&place)["status"], "succeeded");
    let key = place.collect(LATE, &["--key", "A"]);
    key.exits(0);
    paid_once(&served);
}

#[test]
fn a_late_success_is_not_paid_again_after_its_run_was_pruned() {
    let served = Served::new();
    let place = failed(&served, LATE);
    let prune = ["runs", "prune", "--before", FUTURE, "--yes", "--output", "json"];
    assert_eq!(place.tell(prune).exits(0).json()["runs"], 1);
    let json = batch(&place, &["--retry-failed"]).exits(4).json();
    let why = json["not_succeeded"][0]["error"].as_str().unwrap();
    assert!(why.contains("it said FAILED, and says COMPLETED now"), "{why}");
    paid_once(&served);
    // nothing is left that could go on: a person decides, however often it is started
    batch(&place, &["--retry-failed"]).exits(4);
    place.collect(LATE, &["--key", "A"]).exits(4);
    paid_once(&served);
    place.tell(["runs", "verify"]).exits(0);
}

#[test]
fn a_payment_that_really_failed_is_paid_anew() {
    let served = Served::new();
    for prune in [false, true] {
        let place = failed(&served, DECLINED);
        if prune {
            place.tell(["runs", "prune", "--before", FUTURE, "--yes"]).exits(0);
        }
        let before = served.executions().len();
        batch(&place, &["--retry-failed"]).exits(1);
        assert_eq!(served.executions().len(), before + 1);
        place.tell(["runs", "verify"]).exits(0);
    }
}

#[test]
fn nothing_is_paid_anew_while_the_api_can_not_be_asked() {
    let served = Served::new();
    let place = failed(&served, DECLINED);
    let fault = json!({ "operation": "collection_status", "action": "error-before", "times": 3 });
    http::post(&served.url, "/_sandbox/faults", &fault);
    let json = batch(&place, &["--retry-failed"]).exits(3).json();
    let why = json["not_succeeded"][0]["error"].as_str().unwrap();
    assert!(why.contains("could not be asked for again"), "{why}");
    assert_eq!(served.executions().len(), 1);
    batch(&place, &["--retry-failed"]).exits(1);
    assert_eq!(served.executions().len(), 2);
}

#[test]
fn a_status_that_takes_back_what_was_answered_is_unclear() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let told = place.collect(TAKEN_BACK, &["--key", "A"]);
    let error = told.exits(4).json()["error"].clone();
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("it said COMPLETED to step `execute`"), "{message}");
    assert!(message.contains("and then FAILED to step `poll`"), "{message}");
    assert_eq!(error["reference_id"], served.executions()[0]["reference_id"]);
    // that it says FAILED again makes its COMPLETED no less said
    place.tell(["resume", "--all"]).exits(4);
    assert_eq!(row(&place)["moved"], true);
    assert_eq!(served.executions().len(), 1);
    place.tell(["runs", "verify"]).exits(0);
}

#[test]
fn an_answer_about_another_payment_is_no_answer() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let told = place.collect(STRANGER, &[]);
    assert_eq!(told.exits(0).json()["outputs"]["status"], "COMPLETED");
    paid_once(&served);
}

#[test]
fn an_index_that_was_tampered_with_pays_nothing_again() {
    let served = Served::new();
    let place = Place::at(&served.url);
    place.file("m.csv", "id,fullname,phone\nA,Jane Doe,231770000001\n");
    batch(&place, &[]).exits(0);
    sql(&place, "UPDATE run_index SET status = 'failed', moved = 0, exit_code = 1");
    let told = place.tell(["runs", "verify"]);
    told.exits(1).says("status is succeeded and the index says failed").says("moved is true");
    let told = batch(&place, &["--retry-failed"]);
    told.exits(0).says("its events say it succeeded and money moved").says("runs verify");
    paid_once(&served);
    sql(&place, "UPDATE run_index SET status = 'succeeded', moved = 1, exit_code = 0, key = 'B'");
    place.tell(["runs", "verify"]).exits(1).says("key is A and the index says B");
    sql(&place, "UPDATE run_index SET key = NULL");
    place.tell(["runs", "verify"]).exits(1).says("key is A and the index says nothing");
    sql(&place, "DELETE FROM run_index");
    place.tell(["runs", "verify"]).exits(1).says("the index does not know it");
    batch(&place, &[]).exits(2).says("its index does not list run");
    let mut run =
        place.command(["run", "--key", "A", "-i", "fullname=J", "-i", "phone=231770000001"]);
    finish(run.arg(collect_flow())).exits(2).says("its index does not list run");
    paid_once(&served);
}

/// A second way to be paid, should the first one fail.
const FALLBACK: &str = r#"
version: 1
name: fallback
inputs:
  phone: { type: phone }
steps:
  - uses: token
  - uses: party
    with: { fullname: Jane Doe, phone: "{{ inputs.phone }}", country_code: LR }
  - uses: account
    with:
      account_name: Jane
      party_id: "{{ steps.party.id }}"
      method: MTN_MOMO_LBR
      provider: PAWAPAY
      insensitive_account_number: "{{ inputs.phone }}"
      operation_type: PAYOUT
  - id: first
    uses: payout
    with: { payout_account_id: "{{ steps.account.id }}", amount: 40.00, currency: USD }
  - id: pay
    uses: execute
    with:
      operation: payout
      session_id: "{{ steps.first.id }}"
      payout_account_id: "{{ steps.account.id }}"
      passcode:
        token: { code: "4820", phone: "231886000001" }
        device: { name: cron, type: SERVER, platform: LINUX, user_agent: x, client_ip: 127.0.0.1 }
  - id: ask
    uses: poll
    with: { operation: payout, reference_id: "{{ steps.pay.reference_id }}" }
    continue_on_error: true
  - id: second
    uses: payout
    with: { payout_account_id: "{{ steps.account.id }}", amount: 40.00, currency: USD }
  - id: again
    if: steps.ask.status == "FAILED"
    uses: execute
    with:
      operation: payout
      session_id: "{{ steps.second.id }}"
      payout_account_id: "{{ steps.account.id }}"
      passcode:
        token: { code: "4820", phone: "231886000001" }
        device: { name: cron, type: SERVER, platform: LINUX, user_agent: x, client_ip: 127.0.0.1 }
"#;

#[test]
fn a_payment_in_the_stead_of_one_that_failed_is_sent_only_if_that_one_still_reads_so() {
    for (phone, code, payments) in [(LATE, 4, 1), ("231770000004", 0, 2)] {
        let served = Served::new();
        let place = Place::at(&served.url);
        place.file("fallback.yaml", FALLBACK);
        let args = ["run", "fallback.yaml", "--output", "json", "-i"];
        let phone = format!("phone={phone}");
        let told = place.tell(args.into_iter().chain([phone.as_str()]));
        told.exits(code);
        assert_eq!(served.executions().len(), payments);
        // nor does it go out when the run is taken up again
        let all = place.tell(["resume", "--all"]);
        assert_eq!(all.code, Some(if code == 4 { 4 } else { all.code.unwrap() }), "{}", all.stderr);
        assert_eq!(served.executions().len(), payments);
    }
}

#[test]
fn every_payment_that_was_ever_made_under_the_key_is_asked_for_again() {
    for pruned in [false, true] {
        let served = Served::new();
        let place = failed(&served, DECLINED);
        batch(&place, &["--retry-failed"]).exits(1);
        let first = served.executions()[0]["reference_id"].as_str().unwrap().to_owned();
        let asked = |reference: &str| {
            let state = served.state();
            let all = state["requests"].as_array().unwrap().clone();
            all.iter()
                .filter(|one| one.to_string().contains(&format!("status/collection/{reference}")))
                .count()
        };
        let before = asked(&first);
        if pruned {
            place.tell(["runs", "prune", "--before", FUTURE, "--yes"]).exits(0);
        }
        batch(&place, &["--retry-failed"]).exits(1);
        assert_eq!(served.executions().len(), 3);
        assert_eq!(asked(&first), before + 1, "{:#}", served.state()["requests"]);
    }
}
