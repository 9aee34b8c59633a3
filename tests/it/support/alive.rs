//! A client that keeps its connection, and collects an invoice as any merchant's program would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

pub struct Alive {
    host: String,
    stream: BufReader<TcpStream>,
    token: String,
}

impl Alive {
    /// Connects and obtains a token.
    pub fn open(url: &str, client_id: &str) -> Self {
        let host = url.strip_prefix("http://").unwrap().to_owned();
        let stream = TcpStream::connect(&host).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut client = Self { host, stream: BufReader::new(stream), token: String::new() };
        let pair = json!({ "client_id": client_id, "client_secret": "sbx_secret" });
        let said = client.post("/v1/jwt/client/obtain/token", &pair);
        client.token = said["access_token"].as_str().unwrap().to_owned();
        client
    }

    pub fn call(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(head.as_bytes()).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("{method} {path}: {line}"));
        let status = status.parse().unwrap();
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    fn ok(&mut self, method: &str, path: &str, body: &str) -> Value {
        let (status, said) = self.call(method, path, body);
        assert_eq!(status, 200, "{method} {path} {body}: {said}");
        said
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Value {
        self.ok("POST", path, &body.to_string())
    }

    pub fn get(&mut self, path: &str) -> Value {
        self.ok("GET", path, "")
    }

    /// Collects an invoice of its own, in ten requests. The name and the reference are the payer's.
    pub fn collect(&mut self, name: &str, reference: &str) -> Value {
        let phone = "231770000100";
        let party = json!({ "fullname": name, "phone": phone, "country_code": "LR" });
        let party = self.post("/v1/parties/create", &party)["id"].clone();
        let link = json!({ "party_id": party, "relationship_type": "CUSTOMER" });
        let link = self.post("/v1/counterparties/create", &link)["id"].clone();
        let invoice = json!({
            "counterparty_id": link, "currency": "USD", "note": "Consulting services",
            "fee_bearer": "PAYER", "as_payment_link": true, "reference_id": reference,
        });
        let invoice = self.post("/v1/invoices/create", &invoice)["id"].clone();
        let item = r#"{"name":"Strategy Session","currency":"USD","qty":1,"amount":250.00}"#;
        self.ok("POST", &format!("/v1/invoices/{invoice}/items/add"), item);
        self.ok("PUT", &format!("/v1/invoices/publish/{invoice}"), "");
        let session = json!({ "source_id": invoice, "source_type": "INVOICE" });
        let session = self.post("/v1/sessions/checkout", &session)["id"].clone();
        let account = json!({
            "account_name": name, "provider": "PAWAPAY", "method": "MTN_MOMO_LBR",
            "party_id": party, "insensitive_account_number": phone,
        });
        let target = "/v1/payment-accounts/create?operation_type=COLLECTION";
        let account = self.post(target, &account)["id"].clone();
        let execute = json!({
            "session_id": session.to_string(), "payment_account_id": account.to_string(),
            "currency": "USD", "reference_id": reference,
        });
        self.post("/v1/executions/collection", &execute);
        let status = format!("/v1/status/collection/{reference}");
        self.get(&status);
        assert_eq!(self.get(&status)["status"], "COMPLETED");
        invoice
    }
}
