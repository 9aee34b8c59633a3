//! A client for tests: it keeps a token and speaks JSON.

use dollr_flow::api::wire::{Authorization, Method, Request};
use dollr_flow::sandbox::{Handled, Ledger, Settings, handle};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A status and a body.
pub type Said = (u16, Value);

pub struct Desk {
    pub ledger: Ledger,
    pub token: Option<Authorization>,
    pub now: Timestamp,
    pub tape: Vec<(Request, Timestamp)>,
}

/// The n-th execution reference of a test.
pub fn reference(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

impl Desk {
    /// A desk with a token, on the usual settings.
    pub fn open() -> Self {
        Self::with(Settings::default())
    }

    /// Without samples: tests count what is in the books.
    pub fn with(settings: Settings) -> Self {
        Self::as_set(Settings { samples: false, ..settings })
    }

    pub fn as_set(settings: Settings) -> Self {
        let now = "2026-02-03T08:15:00Z".parse().unwrap();
        let ledger = Ledger::new(settings);
        let mut desk = Self { ledger, token: None, now, tape: Vec::new() };
        desk.log_in("sbx_client");
        desk
    }

    pub fn log_in(&mut self, client_id: &str) {
        self.token = None;
        let pair = json!({ "client_id": client_id, "client_secret": "sbx_secret" });
        let body = self.ok(Method::Post, "/v1/jwt/client/obtain/token", &pair);
        let token = body["access_token"].as_str().unwrap();
        self.token = Some(Authorization::Bearer(token.to_owned()));
    }

    pub fn request(&self, method: Method, target: &str, body: &Value) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Request {
            method,
            path: path.to_owned(),
            query: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            authorization: self.token.clone(),
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        }
    }

    pub fn hand(&mut self, method: Method, target: &str, body: &Value) -> Handled {
        let request = self.request(method, target, body);
        let handled = handle(&mut self.ledger, &request, self.now);
        self.tape.push((request, self.now));
        handled
    }

    pub fn say(&mut self, method: Method, target: &str, body: &Value) -> Said {
        let reply = self.hand(method, target, body).reply;
        let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        (reply.status, body)
    }

    pub fn ok(&mut self, method: Method, target: &str, body: &Value) -> Value {
        let (status, said) = self.say(method, target, body);
        assert_eq!(status, 200, "{method} {target} {body} -> {said}");
        said
    }

    pub fn post(&mut self, target: &str, body: Value) -> Value {
        self.ok(Method::Post, target, &body)
    }

    pub fn put(&mut self, target: &str, body: Value) -> Value {
        self.ok(Method::Put, target, &body)
    }

    pub fn get(&mut self, target: &str) -> Value {
        self.ok(Method::Get, target, &Value::Null)
    }

    pub fn pass(&mut self, ms: i64) {
        self.now += SignedDuration::from_millis(ms);
    }

    /// A party and its counterparty.
    pub fn contact(&mut self, phone: &str) -> (u64, u64) {
        let party = self.post(
            "/v1/parties/create",
            json!({
                "fullname": "Fatu Dolo", "phone": phone, "email": "fatu.dolo@example.org",
                "country_code": "LR",
            }),
        );
        let party = id(&party);
        let link = json!({ "relationship_type": "CUSTOMER", "party_id": party });
        let counterparty = self.post("/v1/counterparties/create", link);
        (party, id(&counterparty))
    }

    /// A published invoice over one item.
    pub fn invoice(&mut self, counterparty: u64, currency: &str, amount: &str) -> u64 {
        let draft = json!({
            "counterparty_id": counterparty, "currency": currency, "note": "Roof repair, block C",
            "fee_bearer": "PAYER", "as_payment_link": true, "reference_id": "job-7731",
        });
        let invoice = id(&self.post("/v1/invoices/create", draft));
        let amount: Value = serde_json::from_str(amount).unwrap();
        let item =
            json!({ "name": "Zinc sheet", "currency": currency, "qty": 1, "amount": amount });
        self.post(&format!("/v1/invoices/{invoice}/items/add"), item);
        self.put(&format!("/v1/invoices/publish/{invoice}"), Value::Null);
        invoice
    }

    pub fn session(&mut self, invoice: u64) -> u64 {
        let source = json!({ "source_id": invoice, "source_type": "INVOICE" });
        id(&self.post("/v1/sessions/checkout", source))
    }

    pub fn account(&mut self, party: u64, phone: &str, operation: &str) -> u64 {
        let account = json!({
            "account_name": "Fatu Dolo wallet", "provider": "MTN_MOMO_LBR", "method": "MTN_MOMO_LBR",
            "party_id": party, "country_code": "LR", "insensitive_account_number": phone,
        });
        let target = format!("/v1/payment-accounts/create?operation_type={operation}");
        id(&self.post(&target, account))
    }

    /// An execute body for a fresh invoice, paid from a phone.
    pub fn charge(&mut self, phone: &str, reference: &str) -> Charge {
        let (party, counterparty) = self.contact(phone);
        let invoice = self.invoice(counterparty, "USD", "64.50");
        let session = self.session(invoice);
        let account = self.account(party, phone, "COLLECTION");
        let body = collection(session, account, "USD", reference);
        Charge { invoice, account, body, reference: reference.to_owned() }
    }

    /// An execute body for a fresh invoice over an amount, paid by card.
    pub fn card_charge(&mut self, amount: &str, reference: &str) -> Charge {
        let (party, counterparty) = self.contact("231886550199");
        let invoice = self.invoice(counterparty, "USD", amount);
        let session = self.session(invoice);
        let account = json!({
            "account_name": "Visa", "provider": "STRIPE", "method": "CREDIT_CARD", "party_id": party,
        });
        let target = "/v1/payment-accounts/create?operation_type=COLLECTION";
        let account = id(&self.post(target, account));
        let body = collection(session, account, "USD", reference);
        Charge { invoice, account, body, reference: reference.to_owned() }
    }

    pub fn execute(&mut self, charge: &Charge) -> Handled {
        self.hand(Method::Post, "/v1/executions/collection", &charge.body)
    }

    pub fn status(&mut self, charge: &Charge) -> Said {
        let target = format!("/v1/status/collection/{}", charge.reference);
        self.say(Method::Get, &target, &Value::Null)
    }

    pub fn source_status(&mut self, invoice: u64) -> String {
        let target = format!("/v1/status/source?source_type=INVOICE&source_id={invoice}");
        self.get(&target)["status"].as_str().unwrap().to_owned()
    }

    /// The balance of a wallet.
    pub fn balance(&mut self, wallet: u64) -> String {
        let books = self.get("/_sandbox/books");
        let wallets = books["wallets"].as_array().unwrap();
        let found = wallets.iter().find(|row| row["id"] == json!(wallet)).unwrap();
        found["balance"].to_string()
    }

    /// Asserts that the books are in order.
    pub fn audit(&self) {
        assert_eq!(self.ledger.audit().violations, []);
    }
}

/// A collection that is ready to be executed.
pub struct Charge {
    pub invoice: u64,
    pub account: u64,
    pub body: Value,
    pub reference: String,
}

pub fn id(json: &Value) -> u64 {
    json["id"].as_u64().unwrap()
}

pub fn collection(session: u64, account: u64, currency: &str, reference: &str) -> Value {
    json!({
        "session_id": session.to_string(), "payment_account_id": account.to_string(),
        "currency": currency, "reference_id": reference,
    })
}

/// The body of an answer.
pub fn body(handled: &Handled) -> Value {
    serde_json::from_slice(&handled.reply.body).unwrap()
}
