// Collects an invoice by mobile money with Node's own fetch.
// Needs DOLLR_BASE_URL, DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const { DOLLR_BASE_URL, DOLLR_CLIENT_ID, DOLLR_CLIENT_SECRET } = process.env;
let token;

async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(DOLLR_BASE_URL + path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  return response.json();
}

const post = (path, body) => call("POST", path, body);
const get = (path) => call("GET", path);

const credentials = { client_id: DOLLR_CLIENT_ID, client_secret: DOLLR_CLIENT_SECRET };
token = (await post("/v1/jwt/client/obtain/token", credentials)).access_token;
const phone = "231771234567";

const party = await post("/v1/parties/create", { fullname: "Ada Paye", phone, country_code: "LR" });
const counterparty = await post("/v1/counterparties/create", {
  relationship_type: "CUSTOMER",
  party_id: party.id,
});
const invoice = await post("/v1/invoices/create", {
  counterparty_id: counterparty.id,
  currency: "USD",
  note: "Consulting services",
  fee_bearer: "PAYEE",
  as_payment_link: true,
});
await post(`/v1/invoices/${invoice.id}/items/add`, {
  name: "Strategy session",
  currency: "USD",
  qty: 2,
  amount: 32.25,
});
await call("PUT", `/v1/invoices/publish/${invoice.id}`);

const query = new URLSearchParams({ phone, operation_type: "COLLECTION" });
const wallet = await get(`/v1/predictions/mmo-provider-info?${query}`);
const session = await post("/v1/sessions/checkout", {
  source_id: invoice.id,
  source_type: "INVOICE",
});
const account = await post("/v1/payment-accounts/create?operation_type=COLLECTION", {
  account_name: "Ada Paye wallet",
  provider: wallet.gateway_provider,
  method: wallet.payment_method,
  party_id: party.id,
  country_code: "LR",
  insensitive_account_number: phone,
});

// in earnest: store this before the request leaves
const reference_id = randomUUID();
let execution = await post("/v1/executions/collection", {
  session_id: String(session.id),
  payment_account_id: String(account.id),
  currency: "USD",
  reference_id,
});
while (!["COMPLETED", "FAILED"].includes(execution.status)) {
  await sleep(2000);
  execution = await get(`/v1/status/collection/${reference_id}`);
}

const source = await get(`/v1/status/source?source_type=INVOICE&source_id=${invoice.id}`);
const receipt = await get(`/v1/invoices/receipt/${invoice.id}`);
console.log(JSON.stringify({
  reference_id,
  status: execution.status,
  source_status: source.status,
  payer_amount: receipt.payer_amount,
  payee_amount: receipt.payee_amount,
}));
