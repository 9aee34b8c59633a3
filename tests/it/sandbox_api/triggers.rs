//! Special phone numbers and amounts.

use dollr_flow::api::wire::Method;
use dollr_flow::sandbox::{Conduct, Handled, Settings};
use serde_json::{Value, json};

use super::desk::{Charge, Desk, body, collection, reference};

/// Executes a charge from the phone with a code.
fn meet(code: u32) -> (Desk, Charge, Handled) {
    let mut desk = Desk::open();
    let charge = desk.charge(&format!("2317700000{code:02}"), &reference(1));
    let handled = desk.execute(&charge);
    (desk, charge, handled)
}

/// The statuses of the next status reads.
fn course(desk: &mut Desk, charge: &Charge, reads: usize) -> Vec<String> {
    let read = |_| {
        let (status, said) = desk.status(charge);
        said["status"].as_str().map_or(status.to_string(), str::to_owned)
    };
    (0..reads).map(read).collect()
}

fn status_of(handled: &Handled) -> String {
    body(handled)["status"].as_str().unwrap_or("?").to_owned()
}

#[test]
fn code_01_completes_at_once() {
    let (mut desk, charge, handled) = meet(1);
    assert_eq!(status_of(&handled), "COMPLETED");
    assert_eq!(desk.source_status(charge.invoice), "PAID");
    desk.audit();
}

#[test]
fn code_02_is_slow() {
    let (mut desk, charge, handled) = meet(2);
    assert_eq!(status_of(&handled), "PENDING");
    assert_eq!(course(&mut desk, &charge, 10), vec!["PROCESSING"; 10]);
    assert_eq!(course(&mut desk, &charge, 1), ["COMPLETED"]);
}

#[test]
fn code_03_is_stuck_until_it_is_settled() {
    let (mut desk, charge, _) = meet(3);
    assert_eq!(course(&mut desk, &charge, 30), vec!["PROCESSING"; 30]);
    let target = format!("/_sandbox/executions/{}/settle", charge.reference);
    assert_eq!(desk.post(&target, json!({ "status": "COMPLETED" }))["status"], "COMPLETED");
    assert_eq!(desk.source_status(charge.invoice), "PAID");
    let again = desk.say(Method::Post, &target, &json!({ "status": "FAILED" }));
    assert_eq!(again.0, 409);
    desk.audit();
}

#[test]
fn codes_04_and_05_fail_later_and_open_the_source_again() {
    for (code, message) in [(4, "payer declined"), (5, "insufficient funds")] {
        let (mut desk, charge, handled) = meet(code);
        assert_eq!(status_of(&handled), "PENDING");
        assert_eq!(course(&mut desk, &charge, 3), ["PROCESSING", "FAILED", "FAILED"]);
        assert_eq!(desk.status(&charge).1["gateway_message"], message);
        assert_eq!(desk.source_status(charge.invoice), "ACTIVE");
        assert_eq!(desk.balance(3), "10000.00");
        desk.audit();
    }
}

#[test]
fn code_06_fails_at_once() {
    let (mut desk, charge, handled) = meet(6);
    assert_eq!(status_of(&handled), "FAILED");
    assert_eq!(body(&handled)["gateway_message"], "operator rejected");
    assert_eq!(desk.source_status(charge.invoice), "ACTIVE");
    desk.audit();
}

#[test]
fn codes_that_land_answer_badly_once() {
    let cases = [
        (11, Conduct::CloseAfter, 200),
        (13, Conduct::Answer, 500),
        (22, Conduct::Answer, 503),
        (23, Conduct::Delay { ms: 35_000 }, 200),
    ];
    for (code, conduct, status) in cases {
        let (mut desk, charge, handled) = meet(code);
        assert_eq!((handled.conduct, handled.reply.status), (conduct, status), "code {code}");
        assert!(handled.landed);
        assert_eq!(desk.ledger.audit().attempts[0].executions, 1);
        let again = desk.execute(&charge);
        assert_eq!((again.conduct, again.reply.status), (Conduct::Answer, 200), "code {code}");
        assert_eq!(course(&mut desk, &charge, 2), ["PROCESSING", "COMPLETED"]);
        desk.audit();
    }
    let (_, _, plain) = meet(22);
    assert_eq!(plain.reply.body, b"Service Unavailable");
}

#[test]
fn code_24_lands_with_half_an_answer() {
    let (mut desk, charge, handled) = meet(24);
    let Conduct::Truncate { bytes } = handled.conduct else { panic!("{:?}", handled.conduct) };
    assert!(bytes > 0 && bytes < handled.reply.body.len());
    assert!(serde_json::from_slice::<Value>(&handled.reply.body[..bytes]).is_err());
    assert_eq!(course(&mut desk, &charge, 1), ["PROCESSING"]);
}

#[test]
fn codes_that_do_not_land_let_the_next_request_through() {
    for (code, conduct, status) in
        [(12, Conduct::CloseBefore, 503), (14, Conduct::Answer, 500), (15, Conduct::Answer, 429)]
    {
        let (mut desk, charge, handled) = meet(code);
        assert_eq!((handled.conduct, handled.reply.status), (conduct, status), "code {code}");
        assert!(!handled.landed);
        let after = (code == 15).then(|| "2".to_owned());
        assert_eq!(handled.reply.retry_after, after);
        assert_eq!(desk.status(&charge).0, 404);
        assert_eq!(desk.source_status(charge.invoice), "ACTIVE");
        assert_eq!(status_of(&desk.execute(&charge)), "PENDING");
        desk.audit();
    }
}

#[test]
fn code_16_spends_the_token() {
    let (mut desk, charge, handled) = meet(16);
    assert_eq!(handled.reply.status, 401);
    assert_eq!(body(&handled), json!({ "detail": "Could not validate credentials" }));
    assert_eq!(desk.status(&charge).0, 401);
    desk.log_in("sbx_client");
    assert_eq!(desk.status(&charge).0, 404);
    assert_eq!(desk.execute(&charge).reply.status, 200);
}

#[test]
fn code_17_lets_the_first_session_expire() {
    let (mut desk, charge, handled) = meet(17);
    assert_eq!(handled.reply.status, 422);
    assert_eq!(body(&handled)["detail"][0]["msg"], "session expired");
    assert_eq!(body(&handled)["detail"][0]["type"], "value_error.session_expired");
    assert_eq!(desk.execute(&charge).reply.status, 422);
    let session = desk.session(charge.invoice);
    let fresh = collection(session, charge.account, "USD", &reference(2));
    assert_eq!(desk.post("/v1/executions/collection", fresh)["status"], "PENDING");
}

#[test]
fn code_18_is_an_inactive_account() {
    let (mut desk, charge, handled) = meet(18);
    assert_eq!(handled.reply.status, 422);
    let wrong = &body(&handled)["detail"][0];
    assert_eq!(wrong["loc"], json!(["body", "payment_account_id"]));
    assert_eq!(wrong["msg"], "account inactive");
    desk.post(&format!("/_sandbox/accounts/{}", charge.account), json!({ "is_active": true }));
    assert_eq!(desk.execute(&charge).reply.status, 200);
}

#[test]
fn code_19_is_never_allowed() {
    let (mut desk, charge, handled) = meet(19);
    assert_eq!(handled.reply.status, 403);
    assert_eq!(desk.execute(&charge).reply.status, 403);
}

#[test]
fn code_20_fails_the_first_read() {
    let (mut desk, charge, handled) = meet(20);
    assert_eq!(status_of(&handled), "PENDING");
    assert_eq!(course(&mut desk, &charge, 3), ["500", "PROCESSING", "COMPLETED"]);
}

#[test]
fn code_21_is_seen_late() {
    let (mut desk, charge, handled) = meet(21);
    assert_eq!(handled.conduct, Conduct::CloseAfter);
    assert_eq!(course(&mut desk, &charge, 4), ["404", "404", "PROCESSING", "COMPLETED"]);
    desk.audit();
}

#[test]
fn other_numbers_and_amounts_run_the_usual_course() {
    for code in [0, 7, 25, 30, 99] {
        let (mut desk, charge, handled) = meet(code);
        assert_eq!(status_of(&handled), "PENDING", "code {code}");
        assert_eq!(course(&mut desk, &charge, 2), ["PROCESSING", "COMPLETED"]);
    }
}

#[test]
fn cards_go_by_the_amount() {
    let mut desk = Desk::open();
    let charge = desk.card_charge("777.04", &reference(1));
    desk.execute(&charge);
    assert_eq!(course(&mut desk, &charge, 2), ["PROCESSING", "FAILED"]);
    let charge = desk.card_charge("777.32", &reference(2));
    let handled = desk.execute(&charge);
    assert_eq!(status_of(&handled), "FAILED");
    assert_eq!(body(&handled)["gateway_message"], "card_declined");
    assert_eq!(body(&handled)["requires_action"], false);
    let charge = desk.card_charge("777.17", &reference(3));
    assert_eq!(desk.execute(&charge).reply.status, 422);
    desk.audit();
}

#[test]
fn a_card_may_have_a_challenge() {
    for (amount, end) in [("777.30", "COMPLETED"), ("777.31", "FAILED")] {
        let mut desk = Desk::open();
        let charge = desk.card_charge(amount, &reference(1));
        let landed = body(&desk.execute(&charge));
        assert_eq!(landed["status"], "PROCESSING");
        assert_eq!(landed["requires_action"], true);
        assert_eq!(course(&mut desk, &charge, 5), vec!["PROCESSING"; 5]);
        let secret = landed["client_secret"].as_str().unwrap();
        let wrong = format!("/_sandbox/cards/{secret}0/confirm");
        assert_eq!(desk.say(Method::Post, &wrong, &Value::Null).0, 404);
        let ended = desk.post(&format!("/_sandbox/cards/{secret}/confirm"), Value::Null);
        assert_eq!(ended["status"], end);
        let (_, said) = desk.status(&charge);
        assert_eq!(
            (&said["requires_action"], &said["client_secret"]),
            (&json!(false), &Value::Null)
        );
        if end == "FAILED" {
            assert_eq!(said["gateway_message"], "authentication failed");
        }
        desk.audit();
    }
}

#[test]
fn triggers_can_be_switched_off() {
    let settings: Settings = serde_json::from_value(json!({ "triggers": false })).unwrap();
    let mut desk = Desk::with(settings);
    let charge = desk.charge("231770000018", &reference(1));
    assert_eq!(status_of(&desk.execute(&charge)), "PENDING");
    let party = json!({ "fullname": "A [sbx:drop]", "phone": "231770000012" });
    desk.post("/v1/parties/create", party);
}

#[test]
fn a_marker_in_a_text_acts_once() {
    let cases = [
        ("lost", Conduct::CloseAfter, 200, true),
        ("drop", Conduct::CloseBefore, 503, false),
        ("500-after", Conduct::Answer, 500, true),
        ("500-before", Conduct::Answer, 500, false),
        ("429", Conduct::Answer, 429, false),
        ("401", Conduct::Answer, 401, false),
    ];
    for (marker, conduct, status, landed) in cases {
        let mut desk = Desk::open();
        let name = format!("Fatu [sbx:{marker}]");
        let party = json!({ "fullname": name, "phone": "231886550199" });
        let first = desk.hand(Method::Post, "/v1/parties/create", &party);
        assert_eq!((first.conduct, first.reply.status, first.landed), (conduct, status, landed));
        if marker == "401" {
            desk.log_in("sbx_client");
        }
        assert_eq!(desk.get("/v1/parties/list").as_array().unwrap().len(), usize::from(landed));
        desk.post("/v1/parties/create", party);
        // another text, or another operation, is another occasion
        let other = json!({ "fullname": format!("{name}!"), "phone": "231886550199" });
        let second = desk.hand(Method::Post, "/v1/parties/create", &other);
        assert_eq!((second.conduct, second.reply.status), (conduct, status));
    }
}

#[test]
fn markers_are_found_in_every_named_field() {
    let mut desk = Desk::open();
    let (party, counterparty) = desk.contact("231886550199");
    let draft = json!({
        "counterparty_id": counterparty, "currency": "USD", "note": "[sbx:lost]",
        "fee_bearer": "PAYER", "as_payment_link": true,
    });
    let handled = desk.hand(Method::Post, "/v1/invoices/create", &draft);
    assert_eq!(handled.conduct, Conduct::CloseAfter);
    let item = json!({ "name": "[sbx:lost] a", "currency": "USD", "qty": 1, "amount": 5 });
    let handled = desk.hand(Method::Post, "/v1/invoices/101/items/add", &item);
    assert_eq!(handled.conduct, Conduct::CloseAfter);
    let account = json!({
        "account_name": "[sbx:lost]", "provider": "PAWAPAY", "method": "MTN_MOMO_LBR",
        "party_id": party,
    });
    let target = "/v1/payment-accounts/create?operation_type=COLLECTION";
    assert_eq!(desk.hand(Method::Post, target, &account).conduct, Conduct::CloseAfter);
    let checkout = json!({
        "mode": "DIRECT", "source_kind": "INVOICE", "party_phone": "231886550199",
        "currency": "USD", "reference_id": "[sbx:lost]",
        "items": [{ "name": "x", "currency": "USD", "amount": 5 }],
    });
    let handled = desk.hand(Method::Post, "/v1/checkouts/create", &checkout);
    assert_eq!(handled.conduct, Conduct::CloseAfter);
}
