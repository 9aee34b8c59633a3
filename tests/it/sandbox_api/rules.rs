//! The rules of the API that are about time, limits, gates and states, one by one.

use dollr_flow::api::wire::Method::{Delete, Get, Post, Put};
use dollr_flow::sandbox::{Dedup, RateLimit, Settings};
use serde_json::{Value, json};

use super::desk::{Charge, Desk, body, collection, id, reference};
use super::tour::passcode;

const TOKEN: &str = "/v1/jwt/client/obtain/token";

/// The place, message and type of a refusal's only complaint.
#[track_caller]
fn complaint(said: &(u16, Value)) -> (String, String, String) {
    assert_eq!(said.0, 422, "{}", said.1);
    let all = said.1["detail"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{}", said.1);
    let place: Vec<&str> =
        all[0]["loc"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let text = |name: &str| all[0][name].as_str().unwrap().to_owned();
    (place.join("."), text("msg"), text("type"))
}

#[track_caller]
fn refused(said: &(u16, Value), place: &str, message: &str, kind: &str) {
    assert_eq!(complaint(said), (place.to_owned(), message.to_owned(), kind.to_owned()));
}

fn execute(desk: &mut Desk, body: &Value) -> (u16, Value) {
    desk.say(Post, "/v1/executions/collection", body)
}

fn payout(desk: &mut Desk, phone: &str, amount: &str, n: u32) -> Value {
    let (party, _) = desk.contact(phone);
    let account = desk.account(party, phone, "PAYOUT");
    let amount: Value = serde_json::from_str(amount).unwrap();
    let session = json!({ "payout_account_id": account, "amount": amount, "currency": "USD" });
    let session = id(&desk.post("/v1/sessions/payout", session));
    json!({
        "session_id": session.to_string(), "payout_account_id": account.to_string(),
        "reference_id": reference(n), "passcode": passcode(),
    })
}

#[test]
fn tokens_live_as_long_as_they_say() {
    let mut desk = Desk::open();
    let old = desk.token.clone();
    desk.pass(59 * 60_000);
    desk.get("/v1/fees/tiers");
    desk.log_in("sbx_client");
    desk.pass(60_000);
    // an older token lives its own life
    let fresh = std::mem::replace(&mut desk.token, old);
    let (status, said) = desk.say(Get, "/v1/fees/tiers", &Value::Null);
    assert_eq!((status, &said["detail"]), (401, &json!("Could not validate credentials")));
    desk.token = fresh;
    desk.get("/v1/fees/tiers");
    desk.token = None;
    let (status, said) = desk.say(Get, "/v1/fees/tiers", &Value::Null);
    assert_eq!((status, &said["detail"]), (401, &json!("Not authenticated")));

    desk.log_in("sbx_short");
    desk.pass(59_000);
    desk.get("/v1/fees/tiers");
    desk.pass(1_000);
    assert_eq!(desk.say(Get, "/v1/fees/tiers", &Value::Null).0, 401);
    desk.log_in("sbx_expired");
    assert_eq!(desk.say(Get, "/v1/fees/tiers", &Value::Null).0, 401);

    desk.token = None;
    let pair = |id: &str, secret: &str| json!({ "client_id": id, "client_secret": secret });
    assert_eq!(desk.post(TOKEN, pair("sbx_client", "sbx_secret"))["expires_in"], json!(60));
    assert_eq!(desk.post(TOKEN, pair("sbx_short", "sbx_secret"))["expires_in"], json!(1));
    assert_eq!(desk.say(Post, TOKEN, &pair("sbx_client", "wrong")).0, 401);
    let said = desk.say(Post, TOKEN, &json!({ "client_id": "sbx_client" }));
    refused(&said, "body.client_secret", "field required", "value_error.missing");
}

#[test]
fn sessions_expire_before_they_are_used_and_never_after() {
    let mut desk = Desk::open();
    let late = desk.charge("231770000100", &reference(1));
    let landed = desk.charge("231770000100", &reference(2));
    assert_eq!(desk.execute(&landed).reply.status, 200);
    desk.pass(15 * 60_000 - 1_000);
    let in_time = desk.session(late.invoice);
    desk.pass(1_000);
    let said = execute(&mut desk, &late.body);
    refused(&said, "body.session_id", "session expired", "value_error.session_expired");
    // what has landed goes on
    desk.status(&landed);
    assert_eq!(desk.status(&landed).1["status"], "COMPLETED");
    let again = collection(in_time, late.account, "USD", &reference(3));
    assert_eq!(execute(&mut desk, &again).0, 200);

    let session = json!({
        "from_wallet_id": 3, "to_counterparty_id": 15, "amount": 5, "currency": "USD",
        "expires_at": desk.now.to_string(),
    });
    let said = desk.say(Post, "/v1/sessions/transfer", &session);
    refused(&said, "body.expires_at", "must be in the future", "value_error.datetime");
    let mut session = session;
    session["expires_at"] = json!((desk.now + jiff::SignedDuration::from_secs(60)).to_string());
    let made = desk.post("/v1/sessions/transfer", session);
    desk.pass(60_000);
    let body = json!({ "session_id": id(&made).to_string(), "reference_id": reference(4) });
    let said = desk.say(Post, "/v1/executions/transfer", &body);
    refused(&said, "body.session_id", "session expired", "value_error.session_expired");
    desk.audit();
}

#[test]
fn a_session_serves_one_payment_of_its_own_sort() {
    let mut desk = Desk::open();
    let charge = desk.charge("231770000100", &reference(1));
    desk.execute(&charge);
    let mut second = charge.body.clone();
    second["reference_id"] = json!(reference(2));
    let said = execute(&mut desk, &second);
    refused(&said, "body.session_id", "session not active", "value_error.session");
    let unknown = collection(777, charge.account, "USD", &reference(3));
    let said = execute(&mut desk, &unknown);
    refused(&said, "body.session_id", "session not found", "value_error.session");
    let payout = payout(&mut desk, "231770000100", "5", 4);
    let mixed = json!({ "session_id": payout["session_id"], "reference_id": reference(5) });
    let said = desk.say(Post, "/v1/executions/transfer", &mixed);
    refused(&said, "body.session_id", "wrong session type", "value_error.session");
    desk.audit();
}

#[test]
fn a_reference_stands_for_one_payment() {
    for dedup in [Dedup::Replay, Dedup::Refuse] {
        let mut desk = Desk::with(Settings { dedup, ..Settings::default() });
        let charge = desk.charge("231770000100", &reference(1));
        let first = body(&desk.execute(&charge));
        let again = execute(&mut desk, &charge.body);
        match dedup {
            Dedup::Replay => assert_eq!(again, (200, first)),
            _ => refused(&again, "body.reference_id", "already exists", "value_error.duplicate"),
        }
        let mut other = charge.body.clone();
        other["currency"] = json!("LRD");
        let said = execute(&mut desk, &other);
        refused(&said, "body.reference_id", "already exists", "value_error.duplicate");
        // over all four operations
        let mut paid = payout(&mut desk, "231770000100", "5", 1);
        let said = desk.say(Post, "/v1/executions/payout", &paid);
        refused(&said, "body.reference_id", "already exists", "value_error.duplicate");
        // the passcode is no part of what makes two requests the same
        paid["reference_id"] = json!(reference(2));
        desk.ok(Post, "/v1/executions/payout", &paid);
        paid["passcode"]["token"]["code"] = json!("0000");
        let status = desk.say(Post, "/v1/executions/payout", &paid).0;
        assert_eq!(status, if dedup == Dedup::Replay { 200 } else { 422 });
        let target = format!("/v1/status/payout/{}", reference(1));
        assert_eq!(desk.say(Get, &target, &Value::Null).0, 404);
        desk.audit();
    }
}

#[test]
fn a_limit_holds_for_each_merchant_and_says_how_long_to_wait() {
    let rate_limit = Some(RateLimit { burst: 4, per_minute: 30 });
    let mut desk = Desk::with(Settings { rate_limit, ..Settings::default() });
    for _ in 0..3 {
        desk.get("/v1/fees/tiers");
    }
    let handled = desk.hand(Get, "/v1/fees/tiers", &Value::Null);
    assert_eq!(handled.reply.status, 429);
    assert_eq!(handled.reply.retry_after.as_deref(), Some("2"));
    let first = desk.token.clone();
    desk.log_in("sbx_other");
    desk.get("/v1/fees/tiers");
    desk.token = first;
    desk.pass(2_000);
    desk.get("/v1/fees/tiers");
    assert_eq!(desk.say(Get, "/v1/fees/tiers", &Value::Null).0, 429);
    // steering the sandbox is no request to the API
    desk.get("/_sandbox/books");
}

#[test]
fn money_leaves_a_wallet_at_once_and_comes_back_when_it_did_not_arrive() {
    let mut desk = Desk::open();
    let body = payout(&mut desk, "231770000004", "40", 1);
    let landed = desk.ok(Post, "/v1/executions/payout", &body);
    assert_eq!(landed["status"], "PENDING");
    assert_eq!(desk.balance(3), "9959.20");
    let target = format!("/v1/status/payout/{}", reference(1));
    desk.get(&target);
    let ended = desk.get(&target);
    assert_eq!(
        (&ended["status"], &ended["gateway_message"]),
        (&json!("FAILED"), &json!("payer declined"))
    );
    assert_eq!(desk.balance(3), "10000.00");

    let body = payout(&mut desk, "231770000100", "9900", 2);
    let landed = desk.ok(Post, "/v1/executions/payout", &body);
    // the amount is there, the fees are not
    assert_eq!(landed["status"], "FAILED");
    assert_eq!(landed["wallet_message"], "insufficient wallet balance");
    assert_eq!(desk.balance(3), "10000.00");
    let mut wrong = payout(&mut desk, "231770000100", "5", 3);
    wrong["passcode"]["token"]["code"] = json!("1111");
    assert_eq!(desk.say(Post, "/v1/executions/payout", &wrong).0, 403);
    wrong["passcode"]["token"] = json!({ "code": "4820", "phone": "231886000002" });
    assert_eq!(desk.say(Post, "/v1/executions/payout", &wrong).0, 403);
    wrong.as_object_mut().unwrap().remove("passcode");
    let said = desk.say(Post, "/v1/executions/payout", &wrong);
    refused(&said, "body.passcode", "field required", "value_error.missing");
    desk.audit();
}

fn refund(desk: &mut Desk, intent: u64, amount: &str) -> (u16, Value) {
    let amount: Value = serde_json::from_str(amount).unwrap();
    let body = json!({
        "original_payment_intent_id": intent, "amount": amount, "expires_at": "2030-01-01T00:00:00Z",
    });
    desk.say(Post, "/v1/sessions/refund", &body)
}

#[test]
fn refunds_stay_within_what_was_paid() {
    let mut desk = Desk::open();
    let charge = desk.charge("231770000100", &reference(1));
    let intent = body(&desk.execute(&charge))["payment_intent_id"].as_u64().unwrap();
    let said = refund(&mut desk, intent, "1");
    refused(&said, "body.original_payment_intent_id", "not refundable", "value_error.intent");
    desk.status(&charge);
    desk.status(&charge);
    let said = refund(&mut desk, intent, "66.45");
    refused(&said, "body.amount", "exceeds original amount", "value_error.amount");
    let said = refund(&mut desk, 77, "1");
    refused(&said, "body.original_payment_intent_id", "not found", "value_error.intent");
    // two sessions over all of it: the second one finds nothing left
    let sessions = [refund(&mut desk, intent, "66.44"), refund(&mut desk, intent, "66.44")];
    let mut execute = |session: &Value, n: u32| {
        let body = json!({ "session_id": id(session).to_string(), "reference_id": reference(n) });
        desk.say(Post, "/v1/executions/refund", &body)
    };
    assert_eq!(execute(&sessions[0].1, 2).0, 200);
    let said = execute(&sessions[1].1, 3);
    refused(&said, "body.session_id", "exceeds original amount", "value_error.amount");
    assert_eq!(desk.source_status(charge.invoice), "PAID");
    desk.audit();
}

/// An invoice in every state there is.
fn in_every_state(desk: &mut Desk) -> [(&'static str, u64); 5] {
    let idle = {
        let draft = json!({
            "counterparty_id": 15, "currency": "USD", "note": "n", "fee_bearer": "PAYER",
            "as_payment_link": true,
        });
        let idle = id(&desk.post("/v1/invoices/create", draft));
        let item = json!({ "name": "x", "currency": "USD", "qty": 1, "amount": 5 });
        desk.post(&format!("/v1/invoices/{idle}/items/add"), item);
        idle
    };
    let active = desk.invoice(15, "USD", "5");
    let canceled = desk.invoice(15, "USD", "5");
    desk.ok(Delete, &format!("/v1/invoices/cancel/{canceled}"), &Value::Null);
    let processing = desk.charge("231770000003", &reference(1));
    desk.execute(&processing);
    desk.status(&processing);
    let paid = desk.charge("231770000001", &reference(2));
    desk.execute(&paid);
    [
        ("IDLE", idle),
        ("ACTIVE", active),
        ("PROCESSING", processing.invoice),
        ("PAID", paid.invoice),
        ("CANCELED", canceled),
    ]
}

#[test]
fn a_document_allows_in_each_state_what_it_should() {
    let mut desk = Desk::open();
    desk.contact("231770000100");
    for (state, invoice) in in_every_state(&mut desk) {
        let number = desk.get(&format!("/v1/invoices/retrieve/{invoice}"));
        assert_eq!(number["status"], state);
        let number = number["invoice_number"].as_str().unwrap().to_owned();
        let item = json!({ "name": "y", "currency": "USD", "qty": 1, "amount": 5 });
        let editing = [
            (Put, format!("/v1/invoices/update/{invoice}"), json!({ "note": "m" }), "path.id"),
            (Post, format!("/v1/invoices/{invoice}/items/add"), item, "path.invoice_id"),
        ];
        for (method, target, body, place) in editing {
            let said = desk.say(method, &target, &body);
            match state {
                "IDLE" => assert_eq!(said.0, 200, "{target}: {}", said.1),
                _ => refused(&said, place, &format!("not editable: {state}"), "value_error.state"),
            }
        }
        let session = json!({ "source_id": invoice, "source_type": "INVOICE" });
        let said = desk.say(Post, "/v1/sessions/checkout", &session);
        match state {
            "ACTIVE" => assert_eq!(said.0, 200),
            _ => refused(
                &said,
                "body.source_id",
                &format!("source not active: {state}"),
                "value_error.state",
            ),
        }
        let link = format!("source_type=INVOICE&source_number={number}");
        let said = desk.say(Get, &format!("/v1/links/pay?{link}"), &Value::Null);
        match state {
            "IDLE" | "CANCELED" => {
                refused(&said, "query.source_number", "not payable by link", "value_error.state");
            }
            _ => assert_eq!(said.0, 200, "{state}"),
        }
        for target in
            [format!("/v1/links/receipt?{link}"), format!("/v1/invoices/receipt/{invoice}")]
        {
            let said = desk.say(Get, &target, &Value::Null);
            match state {
                "PAID" => assert_eq!(said.0, 200, "{target}"),
                _ => {
                    assert_eq!((said.0, &said.1["detail"]), (404, &json!("Receipt not available")))
                }
            }
        }
        let said = desk.say(Put, &format!("/v1/invoices/publish/{invoice}"), &Value::Null);
        match state {
            "IDLE" => assert_eq!(said.1["status"], "ACTIVE"),
            _ => refused(&said, "path.id", &format!("not editable: {state}"), "value_error.state"),
        }
        let said = desk.say(Delete, &format!("/v1/invoices/cancel/{invoice}"), &Value::Null);
        match state {
            "IDLE" | "ACTIVE" => assert_eq!(said.1["status"], "CANCELED"),
            _ => {
                refused(&said, "path.id", &format!("not cancelable: {state}"), "value_error.state")
            }
        }
    }
    let empty = json!({
        "counterparty_id": 15, "currency": "USD", "note": "n", "fee_bearer": "PAYER",
        "as_payment_link": true,
    });
    let empty = id(&desk.post("/v1/invoices/create", empty));
    let said = desk.say(Put, &format!("/v1/invoices/publish/{empty}"), &Value::Null);
    refused(&said, "path.id", "no items", "value_error.state");
    desk.audit();
}

#[test]
fn the_catalogue_of_field_errors() {
    let mut desk = Desk::open();
    let (party, counterparty) = desk.contact("231770000100");
    let invoice = json!({
        "counterparty_id": counterparty, "currency": "USD", "note": "n", "fee_bearer": "PAYER",
        "as_payment_link": true,
    });
    let person = json!({ "fullname": "Fatu Dolo", "phone": "231770000100" });
    let account = json!({
        "account_name": "w", "provider": "PAWAPAY", "method": "MTN_MOMO_LBR", "party_id": party,
        "insensitive_account_number": "231770000100",
    });
    let accounts = "/v1/payment-accounts/create?operation_type=COLLECTION";
    let charge: Charge = desk.charge("231770000100", &reference(1));
    let executions = "/v1/executions/collection";
    let absent = Value::String("absent".to_owned());
    for (target, good, field, odd, message, kind) in [
        (
            "/v1/invoices/create",
            &invoice,
            "fee_bearer",
            absent.clone(),
            "field required",
            "value_error.missing",
        ),
        (
            "/v1/invoices/create",
            &invoice,
            "counterparty_id",
            json!("15"),
            "value is not a valid integer",
            "type_error.integer",
        ),
        (
            "/v1/invoices/create",
            &invoice,
            "counterparty_id",
            json!(99),
            "not found",
            "value_error.not_found",
        ),
        (
            "/v1/invoices/create",
            &invoice,
            "as_payment_link",
            json!("true"),
            "value is not a valid boolean",
            "type_error.boolean",
        ),
        (
            "/v1/invoices/create",
            &invoice,
            "fee_bearer",
            json!("payer"),
            "invalid enum",
            "type_error.enum",
        ),
        (
            "/v1/invoices/create",
            &invoice,
            "currency",
            json!("usd"),
            "invalid currency",
            "value_error.currency",
        ),
        (
            "/v1/invoices/create",
            &invoice,
            "note",
            absent.clone(),
            "field required",
            "value_error.missing",
        ),
        (
            "/v1/parties/create",
            &person,
            "phone",
            json!("+231770000100"),
            "invalid phone",
            "value_error.phone",
        ),
        (
            "/v1/parties/create",
            &person,
            "phone",
            json!("1234567"),
            "invalid phone",
            "value_error.phone",
        ),
        (
            accounts,
            &account,
            "provider",
            json!("STRIPE"),
            "invalid combination",
            "value_error.provider",
        ),
        (accounts, &account, "method", json!("MOMO"), "invalid enum", "type_error.enum"),
        (
            executions,
            &charge.body,
            "session_id",
            json!(55),
            "value is not a valid string",
            "type_error.string",
        ),
        (
            executions,
            &charge.body,
            "payment_account_id",
            json!(18),
            "value is not a valid string",
            "type_error.string",
        ),
        (
            executions,
            &charge.body,
            "payment_account_id",
            json!("999"),
            "not found",
            "value_error.account",
        ),
        (
            executions,
            &charge.body,
            "currency",
            json!("RWF"),
            "invalid currency",
            "value_error.currency",
        ),
        (
            executions,
            &charge.body,
            "reference_id",
            // of version 1
            json!("b2c0ee9e-0d1c-11ee-be56-0242ac120002"),
            "invalid uuid",
            "value_error.uuid",
        ),
    ] {
        let mut body = good.clone();
        match odd == absent {
            true => drop(body.as_object_mut().unwrap().remove(field)),
            false => body[field] = odd,
        }
        let said = desk.say(Post, target, &body);
        refused(&said, &format!("body.{field}"), message, kind);
    }
    let target = format!("/v1/counterparties/update/{counterparty}");
    refused(
        &desk.say(Put, &target, &json!({})),
        "body",
        "at least one field required",
        "value_error.missing",
    );
    // unknown fields are none of the API's business
    let mut more = invoice.clone();
    more["colour"] = json!("green");
    desk.post("/v1/invoices/create", more);
    let said = desk.say(Post, "/v1/payment-accounts/create", &account);
    refused(&said, "query.operation_type", "field required", "value_error.missing");
    let draft = id(&desk.post("/v1/invoices/create", invoice));
    let add = format!("/v1/invoices/{draft}/items/add");
    for (amount, currency, place, message) in [
        ("0", "USD", "body.amount", "less than minimum"),
        ("0.001", "USD", "body.amount", "less than minimum"),
        ("10.005", "USD", "body.amount", "too many decimal places"),
        ("5", "LRD", "body.currency", "invalid currency"),
    ] {
        let amount: Value = serde_json::from_str(amount).unwrap();
        let item = json!({ "name": "x", "currency": currency, "qty": 1, "amount": amount });
        let said = desk.say(Post, &add, &item);
        let (at, said, _) = complaint(&said);
        assert_eq!((at.as_str(), said.as_str()), (place, message));
    }
    desk.audit();
}

#[test]
fn gates_open_for_collections_only_until_a_merchant_is_verified() {
    let mut desk = Desk::open();
    desk.log_in("sbx_unverified");
    let charge = desk.charge("231770000100", &reference(1));
    assert_eq!(desk.execute(&charge).reply.status, 200);
    let direct = json!({
        "mode": "DIRECT", "source_kind": "INVOICE", "party_phone": "231770000100",
        "currency": "USD", "items": [{ "name": "Rice", "currency": "USD", "amount": 5 }],
    });
    desk.post("/v1/checkouts/create", direct.clone());
    let mut hosted = direct;
    hosted["mode"] = json!("HOSTED");
    for (method, target, body) in [
        (Post, "/v1/checkouts/create", hosted),
        (Post, "/v1/sessions/payout", json!({})),
        (Post, "/v1/sessions/transfer", json!({})),
        (Post, "/v1/sessions/refund", json!({})),
        (Post, "/v1/executions/payout", json!({})),
        (Post, "/v1/executions/transfer", json!({})),
        (Post, "/v1/executions/refund", json!({})),
        (Get, "/v1/links/pay", Value::Null),
        (Get, "/v1/links/receipt", Value::Null),
    ] {
        // a gate comes before the fields
        let (status, said) = desk.say(method, target, &body);
        assert_eq!((status, said["detail"].is_string()), (403, true), "{target}");
    }
}

#[test]
fn money_without_decimals_is_whole() {
    let mut desk = Desk::open();
    let (_, counterparty) = desk.contact("250780000100");
    let draft = json!({
        "counterparty_id": counterparty, "currency": "RWF", "note": "n", "fee_bearer": "PAYEE",
        "as_payment_link": true,
    });
    let draft = id(&desk.post("/v1/invoices/create", draft));
    let add = format!("/v1/invoices/{draft}/items/add");
    for (amount, message) in [("0.5", "less than minimum"), ("1500.5", "too many decimal places")] {
        let amount: Value = serde_json::from_str(amount).unwrap();
        let item = json!({ "name": "x", "currency": "RWF", "qty": 1, "amount": amount });
        assert_eq!(complaint(&desk.say(Post, &add, &item)).1, message);
    }
    let item: Value =
        serde_json::from_str(r#"{"name":"x","currency":"RWF","qty":3,"amount":1500.00}"#).unwrap();
    assert_eq!(desk.post(&add, item)["amount"].to_string(), "1500");
    let published = desk.put(&format!("/v1/invoices/publish/{draft}"), Value::Null);
    assert_eq!(published["total_amount"].to_string(), "4500");
}
