//! The bare loop: what a program would do that only wants its calls made, without templates or a journal.

use dollr_flow::api::wire::Method;
use serde_json::{Value, json};

/// A client as anybody would make it, for a server on this machine.
pub fn client() -> reqwest::Client {
    // fails only where one is installed already
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

/// The same calls with the same client library, no templates, no journal.
pub async fn collect(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    name: &str,
    phone: &str,
) -> u32 {
    let mut calls = 0;
    let mut call = async |method: Method, path: String, body: Option<Value>| -> Value {
        calls += 1;
        let method = reqwest::Method::from_bytes(method.as_str().as_bytes()).unwrap();
        let mut request = client.request(method, format!("{url}{path}")).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let reply = request.send().await.unwrap();
        let status = reply.status();
        assert!(status.is_success(), "{path}: {status}");
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
    };
    let post = Method::Post;
    let party = json!({"fullname": name, "phone": phone, "country_code": "LR"});
    let party = call(post, "/v1/parties/create".into(), Some(party)).await;
    let link = json!({"party_id": party["id"], "relationship_type": "CUSTOMER"});
    let link = call(post, "/v1/counterparties/create".into(), Some(link)).await;
    let invoice = json!({"counterparty_id": link["id"], "currency": "USD", "note": "Consulting services",
        "fee_bearer": "PAYER", "as_payment_link": true, "reference_id": "bare"});
    let invoice = call(post, "/v1/invoices/create".into(), Some(invoice)).await;
    let id = &invoice["id"];
    let item = json!({"name": "Strategy Session", "qty": 1, "amount": 250.00, "currency": "USD"});
    call(post, format!("/v1/invoices/{id}/items/add"), Some(item)).await;
    call(Method::Put, format!("/v1/invoices/publish/{id}"), None).await;
    let detect =
        format!("/v1/predictions/mmo-provider-info?phone={phone}&operation_type=COLLECTION");
    let wallet = call(Method::Get, detect, None).await;
    let session = json!({"source_type": "INVOICE", "source_id": id});
    let session = call(post, "/v1/sessions/checkout".into(), Some(session)).await;
    let account = json!({"account_name": format!("{name} wallet"), "party_id": party["id"], "country_code": "LR",
        "method": wallet["payment_method"], "provider": wallet["gateway_provider"],
        "insensitive_account_number": phone});
    let path = "/v1/payment-accounts/create?operation_type=COLLECTION".to_owned();
    let account = call(post, path, Some(account)).await;
    let execution = json!({"session_id": session["id"].to_string(), "currency": "USD",
        "payment_account_id": account["id"].to_string(), "reference_id": uuid::Uuid::new_v4()});
    call(post, "/v1/executions/collection".into(), Some(execution)).await;
    calls
}

/// An access token.
pub async fn token(client: &reqwest::Client, url: &str) -> String {
    let body = json!({"client_id": "sbx_client", "client_secret": "sbx_secret"}).to_string();
    let request = client.post(format!("{url}/v1/jwt/client/obtain/token"));
    let reply = request.header("content-type", "application/json").body(body).send().await.unwrap();
    let reply: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
    reply["access_token"].as_str().unwrap().to_owned()
}
