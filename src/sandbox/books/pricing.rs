//! What an operation costs each side: fees by the tariff, and conversion between currencies.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::base::money::{Amount, Currency, Money};
use crate::sandbox::enums::{FeeBearer, OperationType, PaymentMethod};
use crate::sandbox::setup::settings::Settings;
use crate::sandbox::setup::tariff::Fee;

/// What a price is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// The total, in its own currency.
    pub total: Money,
    /// The currency the payer pays in.
    pub payer_currency: Currency,
    /// How it is paid.
    pub method: PaymentMethod,
    /// What is done.
    pub operation: OperationType,
    /// Who carries the fees.
    pub bearer: FeeBearer,
    /// The tier of the merchant.
    pub tier: &'a str,
}

/// What an operation costs each side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quote {
    /// What the payer pays.
    pub payer: Money,
    /// What the payee gets.
    pub payee: Money,
    /// The platform's part, in the currency of the total.
    pub platform_fee: Amount,
    /// The gateway's part, likewise.
    pub gateway_fee: Amount,
    /// The part for the conversion, likewise; none without one.
    pub fx_fee: Option<Amount>,
    /// Units of the payer's currency for one of the total's; none without a conversion.
    pub fx_rate: Option<Amount>,
}

/// Why there is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoQuote {
    /// The two currencies have no rate.
    Rate,
    /// The merchant's tier is not in the tariff.
    Tier,
    /// The fees are more than the amount, or the amount is too long.
    Amount,
}

/// Prices an operation: each fee is rounded, then they are added, and the conversion comes last.
pub(crate) fn quote(settings: &Settings, ask: &Ask<'_>) -> Result<Quote, NoQuote> {
    let Money { amount: total, currency } = ask.total;
    let converts = currency != ask.payer_currency;
    let fees = &settings.fees;
    let platform = fees.platform(ask.tier, ask.operation).ok_or(NoQuote::Tier)?;
    let fee = |fee: Fee| fee.on(total, currency).ok_or(NoQuote::Amount);
    let platform_fee = fee(platform)?;
    let gateway_fee = fee(fees.gateway(ask.method, ask.operation))?;
    let conversion = Fee { percentage: fees.fx_percentage, fixed_amount: Amount::ZERO };
    let fx_fee = if converts { Some(fee(conversion)?) } else { None };
    let all = [gateway_fee, fx_fee.unwrap_or(Amount::ZERO)]
        .into_iter()
        .try_fold(platform_fee, Amount::plus)
        .map_err(|_| NoQuote::Amount)?;
    let (charged, received) = match ask.bearer {
        FeeBearer::Payer => (total.plus(all), Ok(total)),
        FeeBearer::Payee => (Ok(total), total.minus(all)),
    };
    let charged = charged.map_err(|_| NoQuote::Amount)?;
    let received = received.map_err(|_| NoQuote::Amount)?.round_to(currency.decimals());
    if received < Amount::ZERO {
        return Err(NoQuote::Amount);
    }
    let paid = convert(settings, charged, currency, ask.payer_currency).ok_or(NoQuote::Rate)?;
    let fx_rate = match converts {
        true => Some(rate(settings, currency, ask.payer_currency).ok_or(NoQuote::Rate)?),
        false => None,
    };
    Ok(Quote {
        payer: Money { amount: paid, currency: ask.payer_currency },
        payee: Money { amount: received, currency },
        platform_fee,
        gateway_fee,
        fx_fee,
        fx_rate,
    })
}

/// An amount in another currency, rounded half up to its decimals.
pub(crate) fn convert(
    settings: &Settings,
    amount: Amount,
    from: Currency,
    to: Currency,
) -> Option<Amount> {
    if from == to {
        return Some(amount.round_to(to.decimals()));
    }
    let (of_from, of_to) = (settings.rates_per_usd.get(&from)?, settings.rates_per_usd.get(&to)?);
    let scaled = amount.decimal().checked_mul(of_to.decimal())?;
    let converted = scaled.checked_div(of_from.decimal())?;
    Some(Amount::from(converted).round_to(to.decimals()))
}

/// Units of `to` for one of `from`, to ten decimals.
pub(crate) fn rate(settings: &Settings, from: Currency, to: Currency) -> Option<Amount> {
    let (of_from, of_to) = (settings.rates_per_usd.get(&from)?, settings.rates_per_usd.get(&to)?);
    let rate: Decimal = of_to.decimal().checked_div(of_from.decimal())?;
    let rounded = rate.round_dp_with_strategy(10, RoundingStrategy::MidpointAwayFromZero);
    Some(Amount::from(rounded.normalize()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn price(total: &str, payer: &str, operation: OperationType, bearer: FeeBearer) -> Quote {
        let settings = Settings::default();
        let method = PaymentMethod::MtnLiberia;
        let ask = Ask {
            total: total.parse().unwrap(),
            payer_currency: payer.parse().unwrap(),
            method,
            operation,
            bearer,
            tier: "default",
        };
        quote(&settings, &ask).unwrap()
    }

    #[test]
    fn the_payer_carries_the_fees() {
        let quote = price("64.50 USD", "USD", OperationType::Collection, FeeBearer::Payer);
        assert_eq!(quote.platform_fee.to_string(), "0.97");
        assert_eq!(quote.gateway_fee.to_string(), "0.97");
        assert_eq!(quote.payer.to_string(), "66.44 USD");
        assert_eq!(quote.payee.to_string(), "64.50 USD");
        assert_eq!(quote.fx_fee, None);
    }

    #[test]
    fn the_payee_carries_the_fees() {
        let quote = price("64.50 USD", "USD", OperationType::Collection, FeeBearer::Payee);
        assert_eq!(quote.payer.to_string(), "64.50 USD");
        assert_eq!(quote.payee.to_string(), "62.56 USD");
    }

    #[test]
    fn a_conversion_costs_a_third_fee_and_comes_last() {
        let quote = price("100.00 USD", "LRD", OperationType::Collection, FeeBearer::Payer);
        assert_eq!(quote.platform_fee.to_string(), "1.50");
        assert_eq!(quote.gateway_fee.to_string(), "1.50");
        assert_eq!(quote.fx_fee.unwrap().to_string(), "1.00");
        assert_eq!(quote.payer.to_string(), "19760.00 LRD");
        assert_eq!(quote.payee.to_string(), "100.00 USD");
        assert_eq!(quote.fx_rate.unwrap().to_string(), "190");
    }

    #[test]
    fn a_payout_costs_the_wallet_the_fees_too() {
        let quote = price("40.00 USD", "USD", OperationType::Payout, FeeBearer::Payer);
        assert_eq!(quote.platform_fee.to_string(), "0.40");
        assert_eq!(quote.gateway_fee.to_string(), "0.40");
        assert_eq!(quote.payer.to_string(), "40.80 USD");
        assert_eq!(quote.payee.to_string(), "40.00 USD");
    }

    #[test]
    fn a_currency_without_decimals_is_rounded_to_units() {
        let quote = price("777 RWF", "RWF", OperationType::Collection, FeeBearer::Payer);
        assert_eq!(quote.payer.to_string(), "801 RWF");
    }
}
