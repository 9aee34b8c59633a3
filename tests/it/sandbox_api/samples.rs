//! What the first merchant's books hold from the start.

use dollr_flow::api::wire::Method::{Delete, Post, Put};
use dollr_flow::sandbox::{Dedup, FirstIds, Settings, Ticks};
use serde_json::{Value, json};

use super::desk::{Desk, reference};

fn books() -> Desk {
    Desk::as_set(Settings::default())
}

#[test]
fn there_is_a_paid_invoice_and_an_unpaid_one_and_the_books_are_in_order() {
    let mut desk = books();
    desk.audit();
    let paid = desk.get("/v1/invoices/retrieve/number/INV-2026-00100");
    assert_eq!((&paid["id"], &paid["status"]), (&json!(100), &json!("PAID")));
    assert_eq!(desk.source_status(99), "ACTIVE");
    let receipt = desk.get("/v1/invoices/receipt/number/INV-2026-00100");
    assert_eq!(receipt["payer_amount"].to_string(), "103.00");
    let found = desk.get("/v1/status/collection/7d444840-9dc0-41d1-b245-5ffdce74fad2");
    assert_eq!(found["status"], "COMPLETED");
    // what is set to be in the wallet is in it
    assert_eq!(desk.balance(3), "10000.00");
    let made = desk.post(
        "/v1/parties/create",
        json!({ "fullname": "A", "phone": "231770000100", "country_code": "LR" }),
    );
    assert_eq!(made["id"], 42, "the first row that is made has the first id");
}

#[test]
fn what_is_there_can_be_worked_with() {
    let mut desk = books();
    assert_eq!(desk.say(Delete, "/v1/invoices/cancel/99", &Value::Null).0, 200);
    assert_eq!(desk.say(Put, "/v1/invoices/publish/100", &Value::Null).0, 422);
    let body = json!({
        "original_payment_intent_id": 9000, "amount": 103.00, "reason": "Test", "expires_at": "2026-02-03T09:15:00Z",
    });
    let session = desk.ok(Post, "/v1/sessions/refund", &body);
    let body = json!({ "session_id": session["id"].to_string(), "reference_id": reference(1) });
    assert_eq!(desk.ok(Post, "/v1/executions/refund", &body)["status"], "PENDING");
    desk.audit();
}

#[test]
fn the_other_merchant_has_none_and_settings_leave_them_out() {
    let mut desk = books();
    desk.log_in("sbx_other");
    assert_eq!(desk.get("/v1/invoices/list"), json!([]));
    let low = FirstIds { invoice: 2, ..FirstIds::default() };
    for settings in [
        Settings { samples: false, ..Settings::default() },
        Settings { first_ids: low, ..Settings::default() },
        Settings { wallets: Vec::new(), ..Settings::default() },
    ] {
        assert_eq!(Desk::as_set(settings).get("/v1/invoices/list"), json!([]));
    }
    for ticks in [Ticks::Poll, Ticks::Clock, Ticks::Instant] {
        for dedup in [Dedup::Replay, Dedup::Off] {
            let settings = Settings { ticks, dedup, late_visibility: 2, ..Settings::default() };
            let mut desk = Desk::as_set(settings);
            assert_eq!(desk.source_status(100), "PAID");
            desk.audit();
        }
    }
}
