//! Other people's programs: the collection sequence in Python, Node and curl, written from the API's description,
//! against the sandbox. Only the base URL and the credentials are given. And many clients at once.

use std::process::Command;

use crate::support::alive::Alive;
use crate::support::served::Served;
use serde_json::{Value, json};

/// Runs a client; says so and does nothing where its interpreter is not installed.
fn run(interpreter: &str, file: &str) -> Option<Value> {
    if Command::new(interpreter).arg("--version").output().is_err() {
        eprintln!("SKIPPED: {interpreter} is not installed, so tests/clients/{file} was not run");
        return None;
    }
    let sandbox = Served::new();
    let output = Command::new(interpreter)
        .arg(format!("{}/tests/clients/{file}", env!("CARGO_MANIFEST_DIR")))
        .env("DOLLR_BASE_URL", &sandbox.url)
        .env("DOLLR_CLIENT_ID", "sbx_client")
        .env("DOLLR_CLIENT_SECRET", "sbx_secret")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file}: {told}{errors}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let audit = sandbox.audit();
    assert_eq!(audit["charges"].as_array().unwrap().len(), 1);
    assert_eq!(audit["charges"][0]["completed"], json!(1));
    assert_eq!(audit["attempts"][0]["reference_id"], told["reference_id"]);
    assert_eq!((&told["status"], &told["source_status"]), (&json!("COMPLETED"), &json!("PAID")));
    Some(told)
}

fn amounts(told: &Value) -> (f64, f64) {
    (told["payer_amount"].as_f64().unwrap(), told["payee_amount"].as_f64().unwrap())
}

#[test]
fn python_collects() {
    if let Some(told) = run("python3", "collect.py") {
        assert_eq!(amounts(&told), (283.26, 275.0));
    }
}

#[test]
fn node_collects() {
    if let Some(told) = run("node", "collect.mjs") {
        assert_eq!(amounts(&told), (64.5, 62.56));
    }
}

#[test]
fn curl_collects() {
    if let Some(told) =
        Command::new("curl").arg("--version").output().ok().and_then(|_| run("bash", "collect.sh"))
    {
        assert_eq!(amounts(&told), (19570.0, 19000.0));
    }
}

#[test]
fn many_clients_at_once_leave_good_books() {
    const CLIENTS: u64 = 48;
    const EACH: u64 = 12;
    let sandbox = Served::new();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let url = &sandbox.url;
            scope.spawn(move || {
                let merchant = if client % 3 == 0 { "sbx_other" } else { "sbx_client" };
                let mut alive = Alive::open(url, merchant);
                for turn in 0..EACH {
                    let reference = format!("00000000-0000-4000-8000-{:012}", client * EACH + turn);
                    alive.collect(&format!("Payer {client}"), &reference);
                }
            });
        }
    });
    let audit = sandbox.audit();
    let charges = audit["charges"].as_array().unwrap();
    assert_eq!(charges.len() as u64, CLIENTS * EACH);
    assert!(charges.iter().all(|charge| charge["completed"] == json!(1)));
    assert_eq!(
        audit["totals"][0]["collected"],
        json!(CLIENTS * EACH * 250 * 100)
            .as_u64()
            .map(|cents| {
                serde_json::from_str::<Value>(&format!("{}.{:02}", cents / 100, cents % 100))
                    .unwrap()
            })
            .unwrap()
    );
    let books = sandbox.books();
    let balance = |id: u64| {
        let wallets = books["wallets"].as_array().unwrap();
        wallets.iter().find(|row| row["id"] == json!(id)).unwrap()["balance"].to_string()
    };
    let brought = |clients: u64| format!("{}.00", 10_000 + clients * EACH * 250);
    assert_eq!(balance(3), brought(CLIENTS - CLIENTS / 3));
    assert_eq!(balance(10_000_003), brought(CLIENTS / 3));
}

#[test]
fn twins_with_one_reference_make_one_payment() {
    const TWINS: usize = 32;
    let sandbox = Served::new();
    let mut first = Alive::open(&sandbox.url, "sbx_client");
    let reference = "00000000-0000-4000-8000-000000000001";
    let party = json!({ "fullname": "Fatu Dolo", "phone": "231770000100" });
    let party = first.post("/v1/parties/create", &party)["id"].clone();
    let link = json!({ "party_id": party, "relationship_type": "CUSTOMER" });
    let link = first.post("/v1/counterparties/create", &link)["id"].clone();
    let source = json!({
        "mode": "DIRECT", "source_kind": "INVOICE", "party_phone": "231770000100", "currency": "USD",
        "counterparty_id": link, "items": [{ "name": "Rice", "currency": "USD", "amount": 64.5 }],
    });
    let source = first.post("/v1/checkouts/create", &source)["source_id"].clone();
    let session = json!({ "source_id": source, "source_type": "INVOICE" });
    let session = first.post("/v1/sessions/checkout", &session)["id"].clone();
    let account = json!({
        "account_name": "w", "provider": "PAWAPAY", "method": "MTN_MOMO_LBR", "party_id": party,
        "insensitive_account_number": "231770000100",
    });
    let target = "/v1/payment-accounts/create?operation_type=COLLECTION";
    let account = first.post(target, &account)["id"].clone();
    let body = json!({
        "session_id": session.to_string(), "payment_account_id": account.to_string(),
        "currency": "USD", "reference_id": reference,
    })
    .to_string();
    let barrier = std::sync::Barrier::new(TWINS);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let twins: Vec<_> = (0..TWINS)
            .map(|_| {
                scope.spawn(|| {
                    let mut alive = Alive::open(&sandbox.url, "sbx_client");
                    barrier.wait();
                    alive.call("POST", "/v1/executions/collection", &body).0
                })
            })
            .collect();
        twins.into_iter().map(|twin| twin.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; TWINS]);
    let audit = sandbox.audit();
    assert_eq!(audit["attempts"][0]["requests"], json!(TWINS));
    assert_eq!(audit["attempts"][0]["executions"], json!(1));
}
