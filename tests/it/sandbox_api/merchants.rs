//! Two merchants on one sandbox: neither ever sees what is the other's.

use std::collections::BTreeSet;

use dollr_flow::api::wire::Method;
use dollr_flow::sandbox::OPERATIONS;
use serde_json::{Value, json};

use super::desk::{Desk, reference};
use super::tour::{Stop, tour};

/// Operations that ask for nothing that is anybody's.
const ANYBODYS: [&str; 7] = [
    "token",
    "predict_mobile_provider",
    "predict_card_provider",
    "gateway_fee",
    "platform_fee",
    "list_tiers",
    "create_party",
];

#[test]
fn the_tour_calls_every_operation() {
    let mut desk = Desk::open();
    let seen: BTreeSet<&str> = tour(&mut desk).iter().map(|stop| stop.operation).collect();
    let all: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(seen, all);
    desk.audit();
}

#[test]
fn another_merchant_sees_nothing() {
    let mut desk = Desk::open();
    let stops = tour(&mut desk);
    let before = desk.get("/_sandbox/state");
    desk.log_in("sbx_other");
    for Stop { operation, method, target, body, .. } in &stops {
        let (status, said) = desk.say(*method, target, body);
        match *operation {
            name if ANYBODYS.contains(&name) => assert_eq!(status, 200, "{name}: {said}"),
            // with nothing of its own that fits, it has nothing to show
            "list_parties" => assert!(foreign(&said), "{operation}: {said}"),
            name if name.starts_with("list_") => {
                assert_eq!((status, said), (200, json!([])), "{name}")
            }
            // a contact of its own is made, or found
            "create_checkout" => assert!(status == 200 && foreign(&said), "{said}"),
            name => assert!(matches!(status, 404 | 422), "{name} {target}: {status} {said}"),
        }
    }
    let after = desk.get("/_sandbox/state");
    for what in ["parties", "invoices", "orders", "executions", "wallets", "sessions", "entries"] {
        assert_eq!(
            of(&before[what], 8),
            of(&after[what], 8),
            "{what} of the first merchant changed"
        );
    }
    desk.audit();
}

fn of(rows: &Value, merchant: u64) -> Vec<&Value> {
    let rows = rows.as_array().unwrap().iter();
    rows.filter(|row| row["merchant_id"] == json!(merchant)).collect()
}

/// Whether every id in an answer is of the other merchant's series.
fn foreign(json: &Value) -> bool {
    match json {
        Value::Array(items) => items.iter().all(foreign),
        Value::Object(map) => map.iter().all(|(name, value)| {
            let own = !name.ends_with("id") || value.as_u64().is_none_or(|id| id > 10_000_000);
            own && foreign(value)
        }),
        _ => true,
    }
}

#[test]
fn each_merchant_has_its_own_money_references_and_settings() {
    let mut desk = Desk::open();
    let first = desk.charge("231770000101", &reference(1));
    desk.execute(&first);
    desk.log_in("sbx_other");
    // the same reference is another merchant's own
    let second = desk.charge("231770000101", &reference(1));
    assert_eq!(desk.execute(&second).reply.status, 200);
    for _ in 0..2 {
        desk.status(&second);
    }
    assert_eq!(desk.source_status(second.invoice), "PAID");
    assert_eq!(desk.balance(10_000_003), "10064.50");
    assert_eq!(desk.balance(3), "10000.00");
    let info = "/v1/merchants/merchant-info?merchant_type=ORGANIZATION&merchant_id=";
    assert_eq!(desk.get(&format!("{info}9"))["name"], "Other Sandbox Merchant");
    assert_eq!(desk.say(Method::Get, &format!("{info}8"), &Value::Null).0, 404);
    // what is settled by hand is the payment that is still open
    let target = format!("/_sandbox/executions/{}/settle", reference(1));
    assert_eq!(desk.post(&target, json!({ "status": "COMPLETED" }))["status"], "COMPLETED");
    assert_eq!(desk.balance(3), "10064.50");
    desk.audit();
}
