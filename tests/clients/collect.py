#!/usr/bin/env python3
"""Collects an invoice by mobile money, with nothing but Python's standard library.

Needs DOLLR_BASE_URL, DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET.
"""

import json
import os
import time
import urllib.parse
import urllib.request
import uuid

BASE_URL = os.environ["DOLLR_BASE_URL"]


def call(method, path, body=None, token=None, **query):
    url = BASE_URL + path
    if query:
        url += "?" + urllib.parse.urlencode(query)
    headers = {"Accept": "application/json"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def main():
    credentials = {
        "client_id": os.environ["DOLLR_CLIENT_ID"],
        "client_secret": os.environ["DOLLR_CLIENT_SECRET"],
    }
    token = call("POST", "/v1/jwt/client/obtain/token", credentials)["access_token"]
    phone = "231771234567"

    party = call("POST", "/v1/parties/create", {
        "fullname": "Fatu Dolo",
        "phone": phone,
        "email": "fatu.dolo@example.org",
        "country_code": "LR",
    }, token)
    counterparty = call("POST", "/v1/counterparties/create", {
        "relationship_type": "CUSTOMER",
        "party_id": party["id"],
    }, token)
    invoice = call("POST", "/v1/invoices/create", {
        "counterparty_id": counterparty["id"],
        "currency": "USD",
        "note": "Consulting services",
        "fee_bearer": "PAYER",
        "as_payment_link": True,
    }, token)
    for name, qty, amount in [("Strategy session", 1, 250.00), ("Handbook", 2, 12.50)]:
        call("POST", f"/v1/invoices/{invoice['id']}/items/add", {
            "name": name,
            "currency": "USD",
            "qty": qty,
            "amount": amount,
        }, token)
    published = call("PUT", f"/v1/invoices/publish/{invoice['id']}", token=token)
    assert published["status"] == "ACTIVE", published

    wallet = call("GET", "/v1/predictions/mmo-provider-info", token=token,
                  phone=phone, operation_type="COLLECTION")
    session = call("POST", "/v1/sessions/checkout", {
        "source_id": invoice["id"],
        "source_type": "INVOICE",
    }, token)
    account = call("POST", "/v1/payment-accounts/create?operation_type=COLLECTION", {
        "account_name": "Fatu Dolo wallet",
        "provider": wallet["gateway_provider"],
        "method": wallet["payment_method"],
        "party_id": party["id"],
        "country_code": "LR",
        "insensitive_account_number": phone,
    }, token)

    # in earnest: store this before the request leaves
    reference_id = str(uuid.uuid4())
    execution = call("POST", "/v1/executions/collection", {
        "session_id": str(session["id"]),
        "payment_account_id": str(account["id"]),
        "currency": "USD",
        "reference_id": reference_id,
    }, token)
    while execution["status"] not in ("COMPLETED", "FAILED"):
        time.sleep(2)
        execution = call("GET", f"/v1/status/collection/{reference_id}", token=token)

    source = call("GET", "/v1/status/source", token=token,
                  source_type="INVOICE", source_id=invoice["id"])
    receipt = call("GET", f"/v1/invoices/receipt/{invoice['id']}", token=token)
    print(json.dumps({
        "reference_id": reference_id,
        "status": execution["status"],
        "source_status": source["status"],
        "payer_amount": receipt["payer_amount"],
        "payee_amount": receipt["payee_amount"],
    }))


main()
