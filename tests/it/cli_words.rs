//! What is said about money, and whether what is advised works as it is printed.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::served::Served;
use crate::support::{Place, Told, collect_flow, collect_with, finish};
use serde_json::{Value, json};

const PAYS: &str = "231770000001";
const DECLINES: &str = "231770000004";

/// The first command in backticks that is about that verb.
fn advised(told: &Told, verb: &str) -> String {
    let all = format!("{}\n{}", told.stdout, told.stderr);
    let mut quoted = all.split('`').skip(1).step_by(2);
    let found = quoted.find(|text| text.starts_with("dollr-flow") && text.contains(verb));
    found.unwrap_or_else(|| panic!("no command with {verb} in\n{all}")).to_owned()
}

/// Runs a command as somebody who copies it would.
fn copied(place: &Place, command: &str) -> Told {
    let folder = Path::new(env!("CARGO_BIN_EXE_dollr-flow")).parent().unwrap().display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-c", command]).current_dir(place.folder.path()).env("PATH", path);
    shell.env_remove("DOLLR_BASE_URL").env_remove("DOLLR_FLOW_JOURNAL");
    finish(&mut shell)
}

#[test]
fn after_a_limit_or_a_decline_it_is_said_what_stands_open_and_how_to_cancel_it() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let run = place.collect(PAYS, &["--max-total", "249.99 USD"]).exits(1).json();
    let open = json!([{
        "document": "invoice", "id": "101", "number": "INV-2026-00101", "status": "ACTIVE", "amount": "250.00 USD",
        "payment_link": true, "url": null, "cancel": "DELETE /v1/invoices/cancel/101",
    }]);
    assert_eq!(run["left_open"], open, "{run:#}");
    assert_eq!(run["payments"], json!([]));
    let help = run["error"]["help"].as_str().unwrap();
    assert!(help.starts_with("the payment was not sent"), "{help}");
    let flow = collect_flow();
    let mut run = place.command(["run", "-i", "fullname=Jane Doe", "-i"]);
    finish(run.arg(format!("phone={DECLINES}")).arg(&flow))
        .exits(1)
        .says("nothing moved; 250.00 USD was not charged")
        .says("invoice INV-2026-00102 (250.00 USD) stands open: it can still be paid, by its payment link too");
    // the index says so too: whoever tries again should know
    let list = place.tell(["runs", "list", "--output", "json"]).exits(0).json();
    let error = list[0]["error"].as_str().unwrap();
    assert!(error.ends_with("payer declined; invoice INV-2026-00102 stands open"), "{error}");
    // what was paid, or canceled again by the flow itself, is not open
    assert_eq!(place.collect(PAYS, &[]).exits(0).json()["left_open"], json!([]));
    let cancels = "on_failure:\n  - uses: cancel\n    with: { invoice_id: \"{{ steps.invoice.id }}\" }\n\noutputs:";
    place.file("cancels.yaml", &collect_with("outputs:", cancels));
    let args = ["run", "cancels.yaml", "--output", "json", "-i", "fullname=J", "-i"];
    let run = place.tell(args.into_iter().chain(["phone=231770000004"])).exits(1).json();
    assert_eq!(run["left_open"], json!([]), "{run:#}");
}

#[test]
fn the_advice_to_cancel_works_as_it_is_printed() {
    let place = Place::new();
    fs::create_dir(place.path("my flows")).unwrap();
    let recipes = collect_flow().parent().unwrap().to_owned();
    for name in ["collect.yaml", "cancel-unpaid.yaml"] {
        fs::copy(recipes.join(name), place.path("my flows").join(name)).unwrap();
    }
    let journal = ["--journal", "a journal.db"];
    let run = ["run", "my flows/collect.yaml", "--sandbox", "-i", "phone=231770000004"];
    let told = place.tell(run.into_iter().chain(journal));
    let command = advised(told.exits(1), "cancel-unpaid");
    assert!(command.contains("--journal 'a journal.db'"), "{command}");
    copied(&place, &command).exits(0).says("cancel-unpaid succeeded");
    copied(&place, &command).exits(0);
    // without such a recipe, or with one that needs more, the request is named
    fs::remove_file(place.path("my flows/cancel-unpaid.yaml")).unwrap();
    place.tell(run.into_iter().chain(journal)).exits(1).says("DELETE /v1/invoices/cancel/102");
}

#[test]
fn a_run_on_a_journal_of_its_own_is_resumed_by_the_command_it_prints() {
    let place = Place::new();
    place.file("flow.yaml", &collect_with("timeout: 10m", "timeout: 2s"));
    let run = ["run", "flow.yaml", "--sandbox", "-i", "fullname=J", "-i", "phone=231770000003"];
    let told = place.tell(run.into_iter().chain(["--journal", "it's.db"]));
    let command = advised(told.exits(3), "resume");
    copied(&place, &command).exits(3).says("the status is still PROCESSING");
}

#[test]
fn what_moved_before_is_not_said_to_move_again() {
    let served = Served::new();
    let place = Place::at(&served.url);
    let key = ["--key", "INV-7"];
    let payment = |told: &Told| -> Value { told.exits(0).json()["payments"][0].clone() };
    assert_eq!(payment(&place.collect(PAYS, &key))["moved_before"], false);
    let again = payment(&place.collect(PAYS, &key));
    assert_eq!((&again["moved_before"], &again["standing"]), (&json!(true), &json!("moved")));
    let mut text = place.command(["run", "--key", "INV-7", "-i", "fullname=Jane Doe", "-i"]);
    finish(text.arg(format!("phone={PAYS}")).arg(collect_flow()))
        .exits(0)
        .says("250.00 USD moved before; nothing was sent now");
    // a row that `run` or another batch has paid, and one that is new
    place.file(
        "m.csv",
        "id,fullname,phone\nINV-7,Jane Doe,231770000001\nINV-8,Jane Doe,231770000001\n",
    );
    let batch = |name: &str, output: &str| {
        let mut command =
            place.command(["batch", "--key", "id", "--data", "m.csv", "--batch", name]);
        finish(command.args(["--output", output]).arg(collect_flow()))
    };
    let sum = json!([{ "currency": "USD", "amount": "250.00" }]);
    let first = batch("one", "json").exits(0).json();
    assert_eq!((&first["moved_now"], &first["moved_before"]), (&sum, &sum), "{first:#}");
    assert_eq!((&first["finished_before"], &first["finished_elsewhere"]), (&json!(1), &json!(1)));
    assert_eq!(first["moved"][0]["amount"], "500.00");
    batch("one", "text").exits(0).says("nothing moved now, 500.00 USD before");
    batch("two", "text").exits(0).says("2 of those in another batch or by themselves");
    assert_eq!(served.executions().len(), 2);
}

#[test]
fn who_pays_what_and_who_gets_what_is_told_by_the_way_the_money_goes() {
    let place = Place::new();
    let recipes = collect_flow().parent().unwrap().to_owned();
    place.file("payee.yaml", &collect_with("fee_bearer: PAYER", "fee_bearer: PAYEE"));
    let run = |flow: &Path| place.tell([Path::new("run"), flow, Path::new("--sandbox")]);
    run(Path::new("payee.yaml")).exits(0).says(
        "250.00 USD moved (the payer pays 250.00 USD, the fee is 7.50 USD, you get 242.50 USD)",
    );
    run(&recipes.join("refund.yaml"))
        .exits(0)
        .says("25.00 USD moved back (you pay 25.00 USD, the fee is 0.00 USD, the customer gets back 25.00 USD)");
    run(&recipes.join("payout-one.yaml")).exits(0).says(
        "40.00 USD moved out (you pay 40.80 USD, the fee is 0.80 USD, the payee gets 40.00 USD)",
    );
}

#[test]
fn nobody_is_asked_for_a_yes_while_credentials_are_missing() {
    let place = Place::new();
    let live = ["--base-url", "https://api.heydollr.invalid"];
    place.collect(PAYS, &live).exits(2).says("DOLLR_CLIENT_ID is not set");
    place.file("m.csv", "id,fullname,phone\n1,Jane Doe,231770000001\n");
    let mut batch = place.command(["batch", "--key", "id", "--data", "m.csv"]);
    finish(batch.args(live).arg(collect_flow())).exits(2).says("DOLLR_CLIENT_ID is not set");
}

#[test]
fn what_a_row_lacks_is_never_made_up_from_an_example() {
    let place = Place::new();
    place.file("m.csv", "id,fullname,phone\n1,Jane Doe,231770000001\nTotal,,\n");
    let mut batch = place.command(["batch", "--sandbox", "--key", "id", "--data", "m.csv"]);
    let told = finish(batch.arg(collect_flow()));
    told.exits(2)
        .says("m.csv:3:7: `fullname`: it is needed, and the row says nothing for it")
        .says("m.csv:3:8: `phone`: it is needed");
    // a column that is not there at all says no more than an empty cell
    place.file("m.jsonl", "{\"id\": \"1\", \"fullname\": \"Jane Doe\"}\n");
    let mut batch = place.command(["batch", "--sandbox", "--key", "id", "--data", "m.jsonl"]);
    finish(batch.arg(collect_flow())).exits(2).says("`phone`: it is needed");
}

#[test]
fn advice_with_spaces_in_it_is_quoted() {
    let place = Place::new();
    place.file("m.csv", "Invoice No,fullname,phone\n1,Jane Doe,231770000001\n");
    let mut batch = place.command(["batch", "--sandbox", "--data", "m.csv"]);
    finish(batch.arg(collect_flow())).exits(2).says("`--map 'Invoice No=INPUT'` says which");
    place.file("n.csv", "id,fullname,phone\n1,Jane Doe,231770000003\n");
    place.file("flow.yaml", &collect_with("timeout: 10m", "timeout: 1s"));
    let told = place.tell([
        "batch",
        "flow.yaml",
        "--sandbox",
        "--key",
        "id",
        "--data",
        "n.csv",
        "--batch",
        "may 2026",
    ]);
    let command = advised(told.exits(3), "resume");
    assert!(command.ends_with("--batch 'may 2026'"), "{command}");
    copied(&place, &command).exits(3);
}

#[test]
fn a_wrong_value_is_told_what_is_expected_and_no_library_speaks_for_us() {
    let place = Place::new();
    place.collect(PAYS, &["--sandbox"]).exits(0);
    let found = place.tell(["runs", "list", "--since", "2020-01-31", "--output", "json"]);
    assert_eq!(found.exits(0).json().as_array().map(Vec::len), Some(1));
    for (args, expected) in [
        ("runs list --since 2026-13-01", "expected a date such as 2026-11-26"),
        ("runs prune --before soon", "expected a date such as 2026-11-26"),
        ("reconcile --since x", "expected a date such as 2026-11-26"),
        ("runs list --limit x", "expected a whole number from 0 to 4294967295"),
        ("simulate f.yaml --seed x", "expected a whole number, 0 or more"),
        ("batch f --data d --concurrency 0", "expected a whole number from 1 to 4096"),
        ("batch f --data d --stop-after-failures 0", "expected a whole number, 1 or more"),
        ("sandbox --listen foo", "`foo` is no address to listen on, such as 127.0.0.1:8787"),
    ] {
        place.tell(args.split(' ')).exits(2).says(expected);
    }
    place.collect(PAYS, &["--base-url", "foo"]).exits(2).says("is no address such as https://");
}

#[test]
fn the_steps_lengths_add_up_and_a_lost_answer_is_told_at_its_step() {
    let place = Place::new();
    let told = place.collect("231770000013", &["--sandbox"]);
    let run = told.exits(0).json();
    let line = |name: &str| {
        let line = told.stderr.lines().find(|line| line.contains(name) && line.contains('✓'));
        line.unwrap_or_default().to_owned()
    };
    assert!(line("execute").ends_with("answer lost, found by reference"), "{told:?}");
    assert!(!line("invoice").contains("answer lost"), "{told:?}");
    let poll = run["steps"].as_array().unwrap().iter().find(|step| step["id"] == "poll").unwrap();
    // a second before the first question
    assert!(poll["duration_ms"].as_u64().unwrap() >= 1_000, "{poll:#}");
}
