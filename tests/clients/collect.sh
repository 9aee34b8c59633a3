#!/usr/bin/env bash
# Collects an invoice by mobile money with curl. Values are picked out of the answers by sed, so that nothing else
# has to be installed. Needs DOLLR_BASE_URL, DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET.
set -euo pipefail

call() { # METHOD PATH [BODY]
    local body=()
    [ $# -lt 3 ] || body=(-H "Content-Type: application/json" -d "$3")
    curl --silent --show-error --fail-with-body --max-time 30 -X "$1" "$DOLLR_BASE_URL$2" \
        ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "${body[@]}"
}
text() { sed -E "s/.*\"$1\" *: *\"([^\"]*)\".*/\1/"; }
number() { sed -E "s/.*\"$1\" *: *([0-9.]+).*/\1/"; }
id() { sed -E 's/^\{"id" *: *([0-9]+).*/\1/'; }

TOKEN=""
TOKEN=$(call POST /v1/jwt/client/obtain/token \
    "{\"client_id\":\"$DOLLR_CLIENT_ID\",\"client_secret\":\"$DOLLR_CLIENT_SECRET\"}" | text access_token)
phone=231771234567

party=$(call POST /v1/parties/create \
    "{\"fullname\":\"Moses Kollie\",\"phone\":\"$phone\",\"country_code\":\"LR\"}" | id)
counterparty=$(call POST /v1/counterparties/create \
    "{\"relationship_type\":\"CUSTOMER\",\"party_id\":$party}" | id)
invoice=$(call POST /v1/invoices/create \
    "{\"counterparty_id\":$counterparty,\"currency\":\"LRD\",\"note\":\"School fees\",\"fee_bearer\":\"PAYER\",\"as_payment_link\":true}" | id)
call POST "/v1/invoices/$invoice/items/add" \
    '{"name":"Second term","currency":"LRD","qty":1,"amount":19000.00}' >/dev/null
call PUT "/v1/invoices/publish/$invoice" >/dev/null

wallet=$(call GET "/v1/predictions/mmo-provider-info?phone=$phone&operation_type=COLLECTION")
method=$(text payment_method <<<"$wallet")
provider=$(text gateway_provider <<<"$wallet")
session=$(call POST /v1/sessions/checkout "{\"source_id\":$invoice,\"source_type\":\"INVOICE\"}" | id)
account=$(call POST "/v1/payment-accounts/create?operation_type=COLLECTION" \
    "{\"account_name\":\"Moses Kollie wallet\",\"provider\":\"$provider\",\"method\":\"$method\",\"party_id\":$party,\"country_code\":\"LR\",\"insensitive_account_number\":\"$phone\"}" | id)

# in earnest: store this before the request leaves
reference_id=$(cat /proc/sys/kernel/random/uuid)
status=$(call POST /v1/executions/collection \
    "{\"session_id\":\"$session\",\"payment_account_id\":\"$account\",\"currency\":\"LRD\",\"reference_id\":\"$reference_id\"}" | text status)
until [ "$status" = COMPLETED ] || [ "$status" = FAILED ]; do
    sleep 2
    status=$(call GET "/v1/status/collection/$reference_id" | text status)
done

source_status=$(call GET "/v1/status/source?source_type=INVOICE&source_id=$invoice" | text status)
receipt=$(call GET "/v1/invoices/receipt/$invoice")
printf '{"reference_id":"%s","status":"%s","source_status":"%s","payer_amount":%s,"payee_amount":%s}\n' \
    "$reference_id" "$status" "$source_status" "$(number payer_amount <<<"$receipt")" "$(number payee_amount <<<"$receipt")"
