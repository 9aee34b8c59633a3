//! The control calls, the page, the seed, and the three ways payments advance.

use dollr_flow::api::wire::Method::{Delete, Get, Post, Put};
use dollr_flow::sandbox::{Settings, Ticks};
use serde_json::{Value, json};

use super::desk::{Desk, reference};

fn with_ticks(ticks: Ticks) -> Desk {
    Desk::with(Settings { ticks, step_ms: 1000, ..Settings::default() })
}

fn read(desk: &mut Desk, charge: &super::desk::Charge) -> String {
    desk.status(charge).1["status"].as_str().unwrap().to_owned()
}

#[test]
fn by_poll_every_read_is_a_step() {
    let mut desk = with_ticks(Ticks::Poll);
    let charge = desk.charge("231770000100", &reference(1));
    assert_eq!(super::desk::body(&desk.execute(&charge))["status"], "PENDING");
    desk.pass(1_800_000);
    assert_eq!(read(&mut desk, &charge), "PROCESSING");
    assert_eq!(read(&mut desk, &charge), "COMPLETED");
}

#[test]
fn by_clock_time_is_a_step_and_reads_are_none() {
    let mut desk = with_ticks(Ticks::Clock);
    let charge = desk.charge("231770000100", &reference(1));
    desk.execute(&charge);
    for _ in 0..5 {
        assert_eq!(read(&mut desk, &charge), "PENDING");
    }
    desk.pass(1000);
    assert_eq!(read(&mut desk, &charge), "PROCESSING");
    assert_eq!(read(&mut desk, &charge), "PROCESSING");
    // the clock can be moved by hand
    desk.post("/_sandbox/clock/advance", json!({ "ms": 1000 }));
    assert_eq!(read(&mut desk, &charge), "COMPLETED");
    let slow = desk.charge("231770000002", &reference(2));
    desk.execute(&slow);
    desk.pass(10_000);
    assert_eq!(read(&mut desk, &slow), "PROCESSING");
    desk.pass(1_000);
    assert_eq!(read(&mut desk, &slow), "COMPLETED");
    let stuck = desk.charge("231770000003", &reference(3));
    desk.execute(&stuck);
    desk.pass(86_400_000);
    desk.log_in("sbx_client");
    assert_eq!(read(&mut desk, &stuck), "PROCESSING");
    desk.audit();
}

#[test]
fn at_once_a_payment_ends_as_it_lands() {
    let mut desk = with_ticks(Ticks::Instant);
    for (n, phone, ends) in [
        (1, "231770000100", "COMPLETED"),
        (2, "231770000004", "FAILED"),
        (3, "231770000002", "COMPLETED"),
    ] {
        let charge = desk.charge(phone, &reference(n));
        assert_eq!(super::desk::body(&desk.execute(&charge))["status"], ends);
        let source = if ends == "COMPLETED" { "PAID" } else { "ACTIVE" };
        assert_eq!(desk.source_status(charge.invoice), source);
    }
    desk.audit();
}

#[test]
fn the_seed_decides_all_that_looks_like_chance() {
    let day = |seed: u64| {
        let mut desk = Desk::with(Settings { seed, ..Settings::default() });
        let fault =
            json!({ "action": "error-before", "path": "/v1/parties/list", "probability": 0.5 });
        desk.post("/_sandbox/faults", fault);
        let hits: Vec<u16> =
            (0..40).map(|_| desk.say(Get, "/v1/parties/list", &Value::Null).0).collect();
        let body = json!({
            "mode": "HOSTED", "source_kind": "INVOICE", "party_phone": "231770000100",
            "currency": "USD", "items": [{ "name": "Rice", "currency": "USD", "amount": 5 }],
        });
        let url = desk.post("/v1/checkouts/create", body)["url"].clone();
        desk.get("/v1/status/source?source_type=INVOICE&source_id=101");
        let hosted = desk.get("/_sandbox/books")["executions"][0]["reference_id"].clone();
        (hits, url, hosted, format!("{:?}", desk.token.as_ref().map(|_| desk.tape[0].1)))
    };
    assert_eq!(day(7), day(7));
    let (one, other) = (day(7), day(8));
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
    assert_ne!(one.2, other.2);
}

#[test]
fn faults_are_queued_listed_and_forgotten() {
    let mut desk = Desk::open();
    let one = desk.post(
        "/_sandbox/faults",
        json!({ "method": "POST", "path": "/v1/parties/create", "nth": 2, "action": "lost-after" }),
    );
    assert_eq!(one["action"], "lost-after");
    let two = json!([{ "action": "delay", "ms": 5 }, { "action": "malformed", "probability": 1 }]);
    assert_eq!(desk.post("/_sandbox/faults", two).as_array().unwrap().len(), 2);
    desk.say(Get, "/v1/fees/tiers", &Value::Null);
    let listed = desk.get("/_sandbox/faults");
    let brief = |row: &Value| (row["action"].clone(), row["seen"].clone(), row["left"].clone());
    // the delay happened, and is gone
    assert_eq!(
        listed.as_array().unwrap().iter().map(brief).collect::<Vec<_>>(),
        [(json!("lost-after"), json!(0), json!(1)), (json!("malformed"), json!(1), Value::Null)]
    );
    assert_eq!(desk.ok(Delete, "/_sandbox/faults", &Value::Null), json!([]));
    assert_eq!(desk.get("/_sandbox/faults"), json!([]));
    assert_eq!(desk.get("/v1/fees/tiers").as_array().unwrap().len(), 1);
}

#[test]
fn a_control_call_that_makes_no_sense_is_refused_with_the_reason() {
    let mut desk = Desk::open();
    let charge = desk.charge("231770000100", &reference(1));
    desk.execute(&charge);
    let settle = format!("/_sandbox/executions/{}/settle", reference(1));
    let unknown = format!("/_sandbox/executions/{}/settle", reference(9));
    let account = format!("/_sandbox/accounts/{}", charge.account);
    for (method, target, body, status, words) in [
        (Post, "/_sandbox/clock/advance", json!({}), 422, "field required"),
        (Post, "/_sandbox/clock/advance", json!({ "ms": -1 }), 422, "less than minimum"),
        (Post, "/_sandbox/clock/advance", json!({ "ms": "soon" }), 422, "not a valid integer"),
        (Post, "/_sandbox/clock/advance", Value::Null, 422, "field required"),
        (Get, "/_sandbox/clock/advance", Value::Null, 405, "Method Not Allowed"),
        (Post, settle.as_str(), json!({ "status": "PENDING" }), 422, "must be COMPLETED or FAILED"),
        (Post, settle.as_str(), json!({ "status": "DONE" }), 422, "invalid enum"),
        (Post, unknown.as_str(), json!({ "status": "FAILED" }), 404, "Not found"),
        (Post, "/_sandbox/executions/x/settle", json!({ "status": "FAILED" }), 404, "Not found"),
        (Post, "/_sandbox/cards/pi_sbx_1_secret_x/confirm", json!({}), 404, "Not found"),
        (Post, "/_sandbox/hosted/nothing/pay", json!({}), 404, "Not found"),
        (Post, account.as_str(), json!({ "is_active": "no" }), 422, "not a valid boolean"),
        (Post, "/_sandbox/accounts/77", json!({ "is_active": false }), 404, "Not found"),
        (Post, "/_sandbox/faults", json!({}), 422, "missing field `action`"),
        (Post, "/_sandbox/faults", json!({ "action": "burn" }), 422, "there is no action `burn`"),
        (
            Post,
            "/_sandbox/faults",
            json!({ "action": "delay", "nht": 2 }),
            422,
            "unknown field `nht`",
        ),
        (
            Post,
            "/_sandbox/faults",
            json!({ "action": "delay", "status": 503 }),
            422,
            "means nothing to `delay`",
        ),
        (
            Post,
            "/_sandbox/faults",
            json!({ "action": "refused", "path": "/v2/parties" }),
            422,
            "is no path of an operation",
        ),
        (Put, "/_sandbox/faults", json!({}), 405, "Method Not Allowed"),
        (Post, "/_sandbox/state", json!({}), 405, "Method Not Allowed"),
        (Get, "/_sandbox/everything", Value::Null, 404, "no such control call"),
    ] {
        let (said, why) = desk.say(method, target, &body);
        assert_eq!(said, status, "{method} {target} {body}: {why}");
        assert!(why.to_string().contains(words), "{method} {target} {body}: {why}");
    }
    assert_eq!(desk.get("/_sandbox/faults"), json!([]));
    let done = desk.post(&settle, json!({ "status": "FAILED" }));
    assert_eq!(
        (&done["status"], &done["gateway_message"]),
        (&json!("FAILED"), &json!("settled as failed"))
    );
    assert_eq!(desk.say(Post, &settle, &json!({ "status": "COMPLETED" })).0, 409);
    desk.post("/_sandbox/reset", json!({}));
    assert_eq!(desk.get("/_sandbox/books")["executions"], json!([]));
}

#[test]
fn the_page_shows_what_there_is_and_escapes_it() {
    let mut desk = Desk::open();
    let charge = desk.charge("231770000004", &reference(1));
    desk.execute(&charge);
    desk.status(&charge);
    desk.status(&charge);
    let draft = json!({
        "counterparty_id": 15, "currency": "USD", "note": "<script>alert(1)</script>",
        "fee_bearer": "PAYER", "as_payment_link": true,
    });
    desk.post("/v1/invoices/create", draft);
    desk.post("/_sandbox/faults", json!({ "action": "refused", "operation": "execute_payout" }));
    for path in ["/", "/_sandbox", "/_sandbox/"] {
        let page = desk.hand(Get, path, &Value::Null).reply;
        assert_eq!(page.status, 200);
        let page = String::from_utf8(page.body).unwrap();
        for shown in [
            "audit: nothing wrong",
            "INV-2026-00101",
            "payer declined",
            &reference(1),
            "10000.00 USD",
            "sbx_other",
            "execute_payout",
            "231770000021",
            "777.31",
            "[sbx:lost]",
            "clock&#x2f;advance",
            "&lt;script&gt;alert(1)&lt;",
        ] {
            assert!(page.contains(shown), "no `{shown}` in the page");
        }
        assert!(!page.contains("<script"), "a note is not escaped");
        assert!(!page.contains("none</td>") && !page.contains("src="), "{page}");
    }
    assert_eq!(desk.say(Post, "/", &json!({})).0, 404);
}
