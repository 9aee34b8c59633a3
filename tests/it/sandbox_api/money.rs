//! What payers pay and payees get, to the cent: quotes, executions and receipts say the same, and add up.

use std::str::FromStr;

use dollr_flow::sandbox::{Fee, OperationType, Settings, Tariff, Tier};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use super::desk::{Desk, collection, id, reference};

fn exact(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Decimal::from_str(&text).unwrap_or_else(|_| panic!("{value} is no amount"))
}

fn decimals(currency: &str) -> u32 {
    if currency == "RWF" { 0 } else { 2 }
}

fn half_up(amount: Decimal, currency: &str) -> Decimal {
    amount.round_dp_with_strategy(decimals(currency), RoundingStrategy::MidpointAwayFromZero)
}

/// A tariff with odd percentages and fixed parts.
fn tariff(platform: (i64, i64), gateway: (i64, i64), fx: i64) -> Tariff {
    let fee = |(hundredths, fixed): (i64, i64)| {
        let percentage = Decimal::new(hundredths, 2).to_string();
        let fixed = Decimal::new(fixed, 2).to_string();
        Fee { percentage: percentage.parse().unwrap(), fixed_amount: fixed.parse().unwrap() }
    };
    let both = |given| {
        [(OperationType::Collection, fee(given)), (OperationType::Payout, fee(given))].into()
    };
    Tariff {
        tiers: vec![Tier { name: "default".to_owned(), platform: both(platform) }],
        mobile: both(gateway),
        fx_percentage: Decimal::new(fx, 2).to_string().parse().unwrap(),
        ..Tariff::default()
    }
}

#[derive(Debug, Clone)]
struct Case {
    cents: i64,
    qty: u32,
    source: &'static str,
    payer: &'static str,
    method: &'static str,
    bearer: &'static str,
    platform: (i64, i64),
    gateway: (i64, i64),
    fx: i64,
}

fn cases() -> impl Strategy<Value = Case> {
    let fee = || (0_i64..1200, 0_i64..300);
    let ways = prop_oneof![
        Just(("USD", "MTN_MOMO_LBR")),
        Just(("LRD", "ORANGE_MONEY_LBR")),
        Just(("RWF", "AIRTEL_RWA"))
    ];
    let source = prop_oneof![Just("USD"), Just("LRD"), Just("RWF")];
    let bearer = prop_oneof![Just("PAYER"), Just("PAYEE")];
    (1_i64..10_000_000, 1_u32..20, source, ways, bearer, fee(), fee(), 0_i64..500).prop_map(
        |(cents, qty, source, (payer, method), bearer, platform, gateway, fx)| Case {
            cents,
            qty,
            source,
            payer,
            method,
            bearer,
            platform,
            gateway,
            fx,
        },
    )
}

/// The amount of one item: whole where the currency has no decimals.
fn price(case: &Case) -> Decimal {
    match case.source {
        "RWF" => Decimal::from(case.cents),
        _ => Decimal::new(case.cents, 2),
    }
}

fn draft(desk: &mut Desk, case: &Case) -> (u64, u64) {
    let (party, counterparty) = desk.contact("231770000100");
    let body = json!({
        "counterparty_id": counterparty, "currency": case.source, "note": "n",
        "fee_bearer": case.bearer, "as_payment_link": false,
    });
    let invoice = id(&desk.post("/v1/invoices/create", body));
    let amount: Value = serde_json::from_str(&price(case).to_string()).unwrap();
    let item = json!({ "name": "x", "currency": case.source, "qty": case.qty, "amount": amount });
    desk.post(&format!("/v1/invoices/{invoice}/items/add"), item);
    desk.put(&format!("/v1/invoices/publish/{invoice}"), Value::Null);
    (party, invoice)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn quotes_executions_and_receipts_add_up(case in cases()) {
        let fees = tariff(case.platform, case.gateway, case.fx);
        let mut desk = Desk::with(Settings { fees, ..Settings::default() });
        let (party, invoice) = draft(&mut desk, &case);
        let total = price(&case) * Decimal::from(case.qty);
        let query = format!(
            "/v1/predictions/payment-source/amount-and-fees?source_type=INVOICE&source_id={invoice}\
             &target_currency={}&payment_method={}&provider=PAWAPAY", case.payer, case.method);
        let (status, quote) = desk.say(dollr_flow::api::wire::Method::Get, &query, &Value::Null);
        if status == 422 {
            // only where the merchant would be left with less than nothing
            prop_assert_eq!(case.bearer, "PAYEE");
            return Ok(());
        }
        prop_assert_eq!(status, 200);
        let converts = case.source != case.payer;
        let part = |(hundredths, fixed): (i64, i64)| {
            half_up(total * Decimal::new(hundredths, 4) + Decimal::new(fixed, 2), case.source)
        };
        prop_assert_eq!(exact(&quote["platform_fee"]), part(case.platform));
        prop_assert_eq!(exact(&quote["gateway_fee"]), part(case.gateway));
        let fx = if converts { part((case.fx, 0)) } else { Decimal::ZERO };
        match converts {
            true => prop_assert_eq!(exact(&quote["fx_fee"]), fx),
            false => prop_assert!(quote["fx_fee"].is_null()),
        }
        let fees = part(case.platform) + part(case.gateway) + fx;
        let (charged, received) = match case.bearer {
            "PAYER" => (total + fees, total),
            _ => (total, total - fees),
        };
        let per_usd = |code: &str| Decimal::from(match code { "USD" => 1, "LRD" => 190, _ => 1400 });
        let rate = per_usd(case.payer) / per_usd(case.source);
        let paid = charged * per_usd(case.payer) / per_usd(case.source);
        prop_assert_eq!(exact(&quote["payer_amount"]), half_up(paid, case.payer));
        prop_assert_eq!(exact(&quote["payee_amount"]), received);
        for (amount, currency) in [("payer_amount", case.payer), ("payee_amount", case.source)] {
            let scale = exact(&quote[amount]).scale();
            prop_assert!(scale <= decimals(currency), "{} {}", &quote[amount], currency);
        }

        let account = json!({
            "account_name": "w", "provider": "PAWAPAY", "method": case.method, "party_id": party,
            "insensitive_account_number": "231770000100",
        });
        let account = id(&desk.post("/v1/payment-accounts/create?operation_type=COLLECTION", account));
        let session = desk.session(invoice);
        let body = collection(session, account, case.payer, &reference(1));
        let landed = desk.post("/v1/executions/collection", body);
        for _ in 0..2 {
            desk.get(&format!("/v1/status/collection/{}", reference(1)));
        }
        let receipt = desk.get(&format!("/v1/invoices/receipt/{invoice}"));
        for name in ["payer_amount", "payee_amount"] {
            prop_assert!(landed[name].is_number() && receipt[name].is_number());
            prop_assert_eq!(exact(&landed[name]), exact(&quote[name]));
            prop_assert_eq!(exact(&receipt[name]), exact(&quote[name]));
        }
        for name in ["platform_fee", "gateway_fee"] {
            prop_assert_eq!(exact(&receipt[name]), exact(&quote[name]));
        }
        prop_assert_eq!(exact(&receipt["total_amount"]), total);
        if converts {
            prop_assert_eq!(exact(&receipt["fx_rate"]), rate.round_dp_with_strategy(
                10, RoundingStrategy::MidpointAwayFromZero).normalize());
        }
        let wallet = match case.source { "USD" => (3, "10000.00"), "LRD" => (4, "1000000.00"), _ => (5, "5000000") };
        let balance = Decimal::from_str(&desk.balance(wallet.0)).unwrap();
        prop_assert_eq!(balance, Decimal::from_str(wallet.1).unwrap() + received);
        desk.audit();
    }

    #[test]
    fn a_payout_takes_the_amount_and_the_fees_out_of_the_wallet(
        cents in 1_i64..900_000, platform in (0_i64..1200, 0_i64..300), gateway in (0_i64..1200, 0_i64..300),
    ) {
        let fees = tariff(platform, gateway, 0);
        let mut desk = Desk::with(Settings { fees, ..Settings::default() });
        let (party, _) = desk.contact("231770000100");
        let account = desk.account(party, "231770000100", "PAYOUT");
        let amount = Decimal::new(cents, 2);
        let number: Value = serde_json::from_str(&amount.to_string()).unwrap();
        let body = json!({ "payout_account_id": account, "amount": number, "currency": "USD" });
        let session = id(&desk.post("/v1/sessions/payout", body));
        let body = json!({
            "session_id": session.to_string(), "payout_account_id": account.to_string(),
            "reference_id": reference(1), "passcode": super::tour::passcode(),
        });
        let landed = desk.post("/v1/executions/payout", body);
        let part = |(hundredths, fixed): (i64, i64)| {
            half_up(amount * Decimal::new(hundredths, 4) + Decimal::new(fixed, 2), "USD")
        };
        let all = amount + part(platform) + part(gateway);
        prop_assert_eq!(exact(&landed["payee_amount"]), amount);
        prop_assert_eq!(exact(&landed["payer_amount"]), all);
        let opening = Decimal::new(1_000_000, 2);
        let left = if all > opening { opening } else { opening - all };
        prop_assert_eq!(Decimal::from_str(&desk.balance(3)).unwrap(), left);
        prop_assert_eq!(landed["wallet_message"].is_string(), all > opening);
        desk.audit();
    }
}
