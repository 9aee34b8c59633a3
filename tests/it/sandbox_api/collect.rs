//! Collecting an invoice by mobile money, from the first call to the receipt.

use dollr_flow::api::wire::Method;
use dollr_flow::sandbox::{Conduct, Settings};
use serde_json::{Value, json};

use super::desk::{Desk, collection, id, reference};

#[test]
fn the_quick_start_runs_with_its_literal_ids() {
    let mut desk = Desk::open();
    let (party, counterparty) = desk.contact("231886550199");
    assert_eq!((party, counterparty), (42, 15));
    let draft = json!({
        "counterparty_id": 15, "currency": "USD", "note": "Consulting", "fee_bearer": "PAYER",
        "as_payment_link": true,
    });
    let invoice = desk.post("/v1/invoices/create", draft);
    assert_eq!(id(&invoice), 101);
    assert_eq!(invoice["status"], "IDLE");
    assert_eq!(invoice["invoice_number"], "INV-2026-00101");
    let item = r#"{"name":"Session","currency":"USD","qty":2,"amount":250.00}"#;
    let item = desk.post("/v1/invoices/101/items/add", serde_json::from_str(item).unwrap());
    assert_eq!((id(&item), item["amount"].to_string()), (7, "250.00".to_owned()));
    let published = desk.put("/v1/invoices/publish/101", Value::Null);
    assert_eq!(published["status"], "ACTIVE");
    assert_eq!(published["total_amount"].to_string(), "500.00");
    let target = "/v1/predictions/mmo-provider-info?phone=231886550199&operation_type=COLLECTION";
    let wallet = desk.get(target);
    assert_eq!(wallet["payment_method"], "MTN_MOMO_LBR");
    assert_eq!(wallet["gateway_provider"], "PAWAPAY");
    assert_eq!(wallet["currencies"], json!(["LRD", "USD"]));
    assert_eq!(desk.session(101), 55);
    assert_eq!(desk.account(42, "231886550199", "COLLECTION"), 18);
    let body = collection(55, 18, "USD", &reference(1));
    let landed = desk.post("/v1/executions/collection", body);
    assert_eq!(landed["status"], "PENDING");
    assert_eq!(landed["payment_intent_id"], 9001);
    assert_eq!(landed["payer_amount"].to_string(), "515.00");
    assert_eq!(landed["payee_amount"].to_string(), "500.00");
    let target = format!("/v1/status/collection/{}", reference(1));
    assert_eq!(desk.get(&target)["status"], "PROCESSING");
    assert_eq!(desk.get(&target)["status"], "COMPLETED");
    assert_eq!(desk.source_status(101), "PAID");
    let receipt = desk.get("/v1/invoices/receipt/101");
    assert_eq!(receipt["platform_fee"].to_string(), "7.50");
    assert_eq!(receipt["method"], "MTN_MOMO_LBR");
    assert_eq!(desk.balance(3), "10500.00");
    desk.audit();
}

#[test]
fn an_order_is_collected_like_an_invoice() {
    let mut desk = Desk::open();
    let (party, counterparty) = desk.contact("231886550199");
    let draft = json!({
        "counterparty_id": counterparty, "currency": "USD", "note": "Order", "fee_bearer": "PAYEE",
        "as_payment_link": false,
    });
    let order = desk.post("/v1/orders/create", draft);
    assert_eq!((id(&order), &order["order_number"]), (201, &json!("ORD-2026-00201")));
    let item = json!({ "name": "Rope", "currency": "USD", "qty": 1, "amount": 64 });
    desk.post("/v1/orders/201/items/add", item);
    desk.put("/v1/orders/publish/201", Value::Null);
    let source = json!({ "source_id": 201, "source_type": "ORDER" });
    let session = id(&desk.post("/v1/sessions/checkout", source));
    let account = desk.account(party, "231886550199", "COLLECTION");
    desk.post("/v1/executions/collection", collection(session, account, "LRD", &reference(1)));
    // reads of the source and of the document are steps too
    let target = "/v1/status/source?source_type=ORDER&source_id=201";
    assert_eq!(desk.get(target)["status"], "PROCESSING");
    let detail = desk.get("/v1/orders/retrieve/number/ORD-2026-00201");
    assert_eq!(detail["status"], "PAID");
    assert_eq!(detail["order_items"][0]["order_id"], 201);
    assert_eq!(detail["counterparty"]["party"]["id"], party);
    let receipt = desk.get("/v1/orders/receipt/number/ORD-2026-00201");
    assert_eq!(receipt["payer_amount"].to_string(), "12160.00");
    assert_eq!(receipt["payer_currency"], "LRD");
    assert_eq!(receipt["payee_amount"].to_string(), "61.44");
    assert_eq!(receipt["fx_rate"].to_string(), "190");
    assert_eq!(
        (&receipt["fx_currency_from"], &receipt["fx_currency_to"]),
        (&json!("USD"), &json!("LRD"))
    );
    desk.audit();
}

#[test]
fn totals_follow_their_items_until_the_document_is_published() {
    let mut desk = Desk::open();
    let (_, counterparty) = desk.contact("231886550199");
    let draft = json!({
        "counterparty_id": counterparty, "currency": "USD", "note": "x", "fee_bearer": "PAYER",
        "as_payment_link": false,
    });
    desk.post("/v1/invoices/create", draft);
    for (qty, amount) in [(3, 21.5), (1, 10.25)] {
        let item = json!({ "name": "Sheet", "currency": "USD", "qty": qty, "amount": amount });
        desk.post("/v1/invoices/101/items/add", item);
    }
    desk.put("/v1/invoices/101/items/7/update", json!({ "qty": 2 }));
    let total = |desk: &mut Desk| desk.get("/v1/invoices/retrieve/101")["total_amount"].to_string();
    assert_eq!(total(&mut desk), "53.25");
    let removed = desk.ok(Method::Delete, "/v1/invoices/101/items/7/remove", &Value::Null);
    assert_eq!(removed, json!({}));
    assert_eq!(total(&mut desk), "10.25");
    desk.put("/v1/invoices/update/101", json!({ "note": "y", "fee_bearer": "PAYEE" }));
    let published = desk.put("/v1/invoices/publish/101", Value::Null);
    assert_eq!((&published["note"], &published["fee_bearer"]), (&json!("y"), &json!("PAYEE")));
    desk.audit();
}

#[test]
fn the_clock_can_make_the_steps() {
    let settings: Settings =
        serde_json::from_value(json!({ "ticks": "clock", "step_ms": 1000 })).unwrap();
    let mut desk = Desk::with(settings);
    let charge = desk.charge("231886550199", &reference(1));
    assert_eq!(desk.execute(&charge).conduct, Conduct::Answer);
    for _ in 0..3 {
        assert_eq!(desk.status(&charge).1["status"], "PENDING");
    }
    desk.pass(1000);
    assert_eq!(desk.status(&charge).1["status"], "PROCESSING");
    desk.pass(1500);
    let invoice = desk.get("/v1/invoices/list?status=PAID");
    assert_eq!(invoice[0]["id"], charge.invoice);
    assert_eq!(invoice[0]["updated_at"], "2026-02-03T08:15:02Z");
    desk.audit();
}

#[test]
fn an_execution_can_end_as_it_lands() {
    let settings: Settings = serde_json::from_value(json!({ "ticks": "instant" })).unwrap();
    let mut desk = Desk::with(settings);
    let charge = desk.charge("231886550199", &reference(1));
    desk.execute(&charge);
    assert_eq!(desk.source_status(charge.invoice), "PAID");
    let slow = desk.charge("231770000002", &reference(2));
    desk.execute(&slow);
    assert_eq!(desk.status(&slow).1["status"], "COMPLETED");
    let stuck = desk.charge("231770000003", &reference(3));
    desk.execute(&stuck);
    assert_eq!(desk.status(&stuck).1["status"], "PROCESSING");
    desk.audit();
}
