//! A merchant's day in which every operation of the API is called, and answers 200.

use dollr_flow::api::wire::Method::{self, Delete, Get, Post, Put};
use dollr_flow::sandbox::Ledger;
use serde_json::{Value, json};

use super::desk::{Desk, id, reference};

/// A request that was answered, by the operation's name.
#[derive(Debug, Clone)]
pub struct Stop {
    pub operation: &'static str,
    pub method: Method,
    pub target: String,
    pub body: Value,
    /// The books as the request found them.
    pub before: Ledger,
}

pub struct Tour<'a> {
    pub desk: &'a mut Desk,
    pub stops: Vec<Stop>,
}

const PHONE: &str = "231770000100";

/// What approves a payout.
pub fn passcode() -> Value {
    json!({
        "token": { "code": "4820", "phone": "231886000001" },
        "device": {
            "name": "payroll", "type": "SERVER", "platform": "NODE", "user_agent": "tests/1",
            "client_ip": "127.0.0.1",
        },
    })
}

pub fn tour(desk: &mut Desk) -> Vec<Stop> {
    let mut tour = Tour { desk, stops: Vec::new() };
    let token = json!({ "client_id": "sbx_client", "client_secret": "sbx_secret" });
    tour.call("token", Post, "/v1/jwt/client/obtain/token", token);
    let (party, counterparty) = tour.people();
    let invoice = tour.document("invoice", counterparty);
    let intent = tour.collection("invoice", invoice, party, 1);
    let order = tour.document("order", counterparty);
    tour.collection("order", order, party, 2);
    tour.checkouts();
    tour.payout(party);
    tour.transfer(counterparty);
    tour.refund(intent);
    tour.questions();
    tour.stops
}

impl Tour<'_> {
    fn call(
        &mut self,
        operation: &'static str,
        method: Method,
        target: &str,
        body: Value,
    ) -> Value {
        let before = self.desk.ledger.clone();
        let answer = self.desk.ok(method, target, &body);
        let target = target.to_owned();
        self.stops.push(Stop { operation, method, target, body, before });
        answer
    }

    fn get(&mut self, operation: &'static str, target: &str) -> Value {
        self.call(operation, Get, target, Value::Null)
    }

    fn people(&mut self) -> (u64, u64) {
        let body = json!({
            "fullname": "Fatu Dolo", "phone": PHONE, "email": "fatu.dolo@example.org",
            "country_code": "LR",
        });
        let party = id(&self.call("create_party", Post, "/v1/parties/create", body));
        self.get("list_parties", "/v1/parties/list?fullname=fatu");
        self.get("retrieve_party", &format!("/v1/parties/retrieve/{party}"));
        let body = json!({ "relationship_type": "CUSTOMER", "party_id": party });
        let made = self.call("create_counterparty", Post, "/v1/counterparties/create", body);
        let counterparty = id(&made);
        let target = "/v1/counterparties/list?fullname=Dolo&relationship_type=CUSTOMER";
        self.get("list_counterparties", target);
        let target = format!("/v1/counterparties/retrieve/{counterparty}");
        self.get("retrieve_counterparty", &target);
        let body = json!({ "relationship_type": "PARTNER" });
        let target = format!("/v1/counterparties/update/{counterparty}");
        self.call("update_counterparty", Put, &target, body);
        (party, counterparty)
    }

    fn document(&mut self, kind: &'static str, counterparty: u64) -> u64 {
        let name = |invoice: &'static str, order: &'static str| match kind {
            "invoice" => invoice,
            _ => order,
        };
        let root = name("/v1/invoices", "/v1/orders");
        let draft = json!({
            "counterparty_id": counterparty, "currency": "USD", "note": "Roof repair",
            "fee_bearer": "PAYER", "as_payment_link": true, "reference_id": "job-7731",
            "due_date": "2026-12-31T00:00:00Z",
        });
        let create = name("create_invoice", "create_order");
        let made = self.call(create, Post, &format!("{root}/create"), draft.clone());
        let (own, number) =
            (id(&made), made[format!("{kind}_number")].as_str().unwrap().to_owned());
        let add = name("add_invoice_item", "add_order_item");
        let mut items = Vec::new();
        for what in ["Zinc sheet", "Nails", "Paint"] {
            let item = json!({ "name": what, "currency": "USD", "qty": 2, "amount": 21.5 });
            items.push(id(&self.call(add, Post, &format!("{root}/{own}/items/add"), item)));
        }
        let change = json!({ "name": "Nails, 5 kg", "qty": 1, "amount": 9 });
        let target = format!("{root}/{own}/items/{}/update", items[1]);
        self.call(name("update_invoice_item", "update_order_item"), Put, &target, change);
        let target = format!("{root}/{own}/items/{}/remove", items[2]);
        self.call(name("remove_invoice_item", "remove_order_item"), Delete, &target, Value::Null);
        let change = json!({ "note": "Roof repair, block C", "fee_bearer": "PAYEE" });
        let target = format!("{root}/update/{own}");
        self.call(name("update_invoice", "update_order"), Put, &target, change);
        let target = format!("{root}/list?currency=USD&status=IDLE");
        self.get(name("list_invoices", "list_orders"), &target);
        self.get(name("retrieve_invoice", "retrieve_order"), &format!("{root}/retrieve/{own}"));
        let target = format!("{root}/retrieve/number/{number}");
        self.get(name("retrieve_invoice_by_number", "retrieve_order_by_number"), &target);
        let target = format!("{root}/publish/{own}");
        self.call(name("publish_invoice", "publish_order"), Put, &target, Value::Null);
        let other = id(&self.desk.ok(Post, &format!("{root}/create"), &draft));
        let target = format!("{root}/cancel/{other}");
        self.call(name("cancel_invoice", "cancel_order"), Delete, &target, Value::Null);
        own
    }

    /// Collects a document and looks at everything about it; returns the payment intent.
    fn collection(&mut self, kind: &'static str, document: u64, party: u64, n: u32) -> u64 {
        let word = kind.to_uppercase();
        let sent = reference(n);
        let source = format!("source_type={word}&source_id={document}");
        self.get("source_status", &format!("/v1/status/source?{source}"));
        let target = format!(
            "/v1/predictions/payment-source/amount-and-fees?{source}&target_currency=LRD&payment_method=MTN_MOMO_LBR&provider=PAWAPAY"
        );
        self.get("predict_source_amount", &target);
        let body = json!({ "source_id": document, "source_type": word });
        let session = id(&self.call("checkout_session", Post, "/v1/sessions/checkout", body));
        let body = json!({ "session_id": session, "source_type": word, "reference_id": sent });
        self.call("create_realtime_key", Post, "/v1/realtime-keys/collection", body);
        let account = json!({
            "account_name": "Fatu Dolo wallet", "provider": "PAWAPAY", "method": "MTN_MOMO_LBR",
            "party_id": party, "country_code": "LR", "insensitive_account_number": PHONE,
        });
        let target = "/v1/payment-accounts/create?operation_type=COLLECTION";
        let account = id(&self.call("create_payment_account", Post, target, account));
        let body = json!({
            "session_id": session.to_string(), "payment_account_id": account.to_string(),
            "currency": "LRD", "reference_id": sent,
        });
        let landed = self.call("execute_collection", Post, "/v1/executions/collection", body);
        for _ in 0..2 {
            self.get("collection_status", &format!("/v1/status/collection/{sent}"));
        }
        let root = format!("/v1/{kind}s");
        let detail = self.desk.get(&format!("{root}/retrieve/{document}"));
        let number = detail[format!("{kind}_number")].as_str().unwrap().to_owned();
        let (receipt, by_number) = match kind {
            "invoice" => ("retrieve_invoice_receipt", "retrieve_invoice_receipt_by_number"),
            _ => ("retrieve_order_receipt", "retrieve_order_receipt_by_number"),
        };
        self.get(receipt, &format!("{root}/receipt/{document}"));
        self.get(by_number, &format!("{root}/receipt/number/{number}"));
        let source = format!("source_type={word}&source_number={number}");
        self.get("pay_link", &format!("/v1/links/pay?{source}"));
        self.get("receipt_link", &format!("/v1/links/receipt?{source}"));
        landed["payment_intent_id"].as_u64().unwrap()
    }

    fn checkouts(&mut self) {
        for (mode, kind) in [("HOSTED", "INVOICE"), ("DIRECT", "ORDER")] {
            let body = json!({
                "mode": mode, "source_kind": kind, "party_name": "Ada Paye",
                "party_phone": "231770000200", "currency": "LRD", "reference_id": "web-1",
                "items": [{ "name": "Rice", "currency": "LRD", "amount": 950 }],
                "success_url": "https://shop.example/thanks",
                "cancel_url": "https://shop.example/cart", "expires_at": "2030-01-01T00:00:00Z",
            });
            self.call("create_checkout", Post, "/v1/checkouts/create", body);
        }
    }

    fn payout(&mut self, party: u64) {
        let account = json!({
            "account_name": "Fatu Dolo", "provider": "PAWAPAY", "method": "MTN_MOMO_LBR",
            "party_id": party, "insensitive_account_number": PHONE,
        });
        let target = "/v1/payment-accounts/create?operation_type=PAYOUT";
        let account = id(&self.call("create_payment_account", Post, target, account));
        let body = json!({ "payout_account_id": account, "amount": 40, "currency": "USD" });
        let session = id(&self.call("payout_session", Post, "/v1/sessions/payout", body));
        let body = json!({
            "session_id": session.to_string(), "payout_account_id": account.to_string(),
            "reference_id": reference(3), "passcode": passcode(),
        });
        self.call("execute_payout", Post, "/v1/executions/payout", body);
        self.get("payout_status", &format!("/v1/status/payout/{}", reference(3)));
    }

    fn transfer(&mut self, counterparty: u64) {
        let body = json!({
            "from_wallet_id": 3, "to_counterparty_id": counterparty, "amount": 12.5,
            "currency": "USD", "expires_at": "2030-01-01T00:00:00Z",
        });
        let session = id(&self.call("transfer_session", Post, "/v1/sessions/transfer", body));
        let body = json!({ "session_id": session.to_string(), "reference_id": reference(4) });
        self.call("execute_transfer", Post, "/v1/executions/transfer", body);
        self.get("transfer_status", &format!("/v1/status/transfer/{}", reference(4)));
    }

    fn refund(&mut self, intent: u64) {
        let body = json!({
            "original_payment_intent_id": intent, "amount": 190, "reason": "Two sheets came back",
            "expires_at": "2030-01-01T00:00:00Z",
        });
        let session = id(&self.call("refund_session", Post, "/v1/sessions/refund", body));
        let body = json!({ "session_id": session.to_string(), "reference_id": reference(5) });
        self.call("execute_refund", Post, "/v1/executions/refund", body);
        self.get("refund_status", &format!("/v1/status/refund/{}", reference(5)));
    }

    fn questions(&mut self) {
        for (operation, target) in [
            (
                "predict_amount",
                "/v1/predictions/amount-and-fees?base_amount=64.50&base_currency=USD&target_currency=USD&payment_method=MTN_MOMO_LBR&operation_type=COLLECTION&provider=PAWAPAY&fee_bearer=PAYER&owner_type=ORGANIZATION&owner_id=8",
            ),
            (
                "predict_mobile_provider",
                "/v1/predictions/mmo-provider-info?phone=231770000100&operation_type=COLLECTION",
            ),
            (
                "predict_card_provider",
                "/v1/predictions/card-provider-info?payment_method_id=pm_sbx_visa&operation_type=COLLECTION",
            ),
            (
                "gateway_fee",
                "/v1/fees/gateway?payment_method=CREDIT_CARD&operation_type=COLLECTION",
            ),
            ("platform_fee", "/v1/fees/platform?operation_type=PAYOUT&fee_tier_name=default"),
            ("merchant_tier", "/v1/fees/merchant-tier?owner_type=ORGANIZATION&owner_id=8"),
            ("list_tiers", "/v1/fees/tiers"),
            (
                "merchant_info",
                "/v1/merchants/merchant-info?merchant_id=8&merchant_type=ORGANIZATION",
            ),
        ] {
            self.get(operation, target);
        }
    }
}
