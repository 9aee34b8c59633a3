//! Exact money: a decimal that keeps the digits it was written with, and a decimal with a currency.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

/// Why a text is no amount, currency or sum of money, or why a sum could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoneyError {
    /// Not a plain decimal such as `250.00`.
    NotDecimal(String),
    /// More digits than an exact decimal holds (28).
    TooLong(String),
    /// Not an ISO 4217 code in capitals.
    NotCurrency(String),
    /// Not `AMOUNT CURRENCY`.
    NotMoney(String),
    /// More decimals than the currency has.
    Decimals(Money),
    /// The result has more digits than an exact decimal holds.
    Overflow,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDecimal(text) => {
                write!(f, "`{text}` is not a decimal amount such as 250.00")
            }
            Self::TooLong(text) => write!(f, "`{text}` has more than 28 digits"),
            Self::NotCurrency(text) => {
                write!(f, "`{text}` is not an ISO 4217 currency such as USD, LRD or RWF")
            }
            Self::NotMoney(text) => write!(f, "`{text}` is not money such as \"500.00 USD\""),
            Self::Decimals(Money { amount, currency }) => match currency.decimals() {
                0 => write!(f, "{amount} {currency}: {currency} has no decimals"),
                n => write!(f, "{amount} {currency}: {currency} has {n} decimals"),
            },
            Self::Overflow => f.write_str("the amount has more than 28 digits"),
        }
    }
}

impl std::error::Error for MoneyError {}

/// An exact decimal. Its scale is part of it: `250.00` stays `250.00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

impl Amount {
    /// Zero.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The decimal itself.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// `self + other`.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        let sum = self.0.checked_add(other.0).ok_or(MoneyError::Overflow)?;
        Ok(self.with_decimals_of(other, sum))
    }

    /// `self - other`.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        let difference = self.0.checked_sub(other.0).ok_or(MoneyError::Overflow)?;
        Ok(self.with_decimals_of(other, difference))
    }

    /// rust_decimal forgets the decimals of a zero: `5.00 - 5.00` is `0.00` here, `0.00 + 5` is `5.00`.
    fn with_decimals_of(self, other: Self, mut result: Decimal) -> Self {
        let decimals = self.0.scale().max(other.0.scale());
        if result.scale() < decimals {
            result.rescale(decimals);
        }
        Self(result)
    }

    /// `self * other`, exact.
    pub fn times(self, other: Self) -> Result<Self, MoneyError> {
        let product = self.0.checked_mul(other.0).ok_or(MoneyError::Overflow)?;
        // rust_decimal rounds a product that needs more than 28 places: that would not be exact
        if product.scale() < self.0.scale() + other.0.scale() && !product.is_zero() {
            return Err(MoneyError::Overflow);
        }
        Ok(Self(product))
    }

    /// Rounds half up (away from zero) to `places` decimals, and shows exactly that many.
    pub fn round_to(self, places: u32) -> Self {
        let mut rounded =
            self.0.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(places);
        Self(rounded)
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.0.is_sign_positive() && !self.0.is_zero()
    }
}

impl From<Decimal> for Amount {
    fn from(decimal: Decimal) -> Self {
        Self(decimal)
    }
}

impl FromStr for Amount {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(MoneyError::NotDecimal(text.to_owned()));
        }
        Decimal::from_str_exact(text).map(Self).map_err(|_| MoneyError::TooLong(text.to_owned()))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code, such as `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimals the API keeps: the ISO 4217 exponent (`RWF` has none, `USD` and `LRD` two).
    pub fn decimals(&self) -> u32 {
        iso_currency::Currency::from_code(self.code())
            .and_then(|c| c.exponent())
            .map_or(2, u32::from)
    }

    /// Whether an amount can be paid in it. Zeros past its decimals say nothing: 250.00 RWF are 250.
    pub fn holds(&self, amount: Amount) -> bool {
        amount.0.normalize().scale() <= self.decimals()
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let bytes: [u8; 3] =
            text.as_bytes().try_into().map_err(|_| MoneyError::NotCurrency(text.to_owned()))?;
        iso_currency::Currency::from_code(text)
            .map(|_| Self(bytes))
            .ok_or_else(|| MoneyError::NotCurrency(text.to_owned()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of a currency, written `500.00 USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// How much.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text
            .trim()
            .split_once(char::is_whitespace)
            .ok_or_else(|| MoneyError::NotMoney(text.to_owned()))?;
        Ok(Self { amount: amount.parse()?, currency: currency.trim().parse()? })
    }
}

impl Money {
    /// The same, if its currency can have that amount.
    pub fn payable(self) -> Result<Self, MoneyError> {
        match self.currency.holds(self.amount) {
            true => Ok(self),
            false => Err(MoneyError::Decimals(self)),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}
