//! Special phone numbers and amounts: what they make of an execution.

use crate::base::money::Money;
use crate::sandbox::enums::SourceType;
use crate::sandbox::faults::mishap::Mishap;
use crate::sandbox::setup::settings::Settings;

/// Every trigger code, and what it does.
pub(crate) const TRIGGERS: [(u8, &str); 26] = [
    (1, "completes at once"),
    (2, "PROCESSING ten times, then COMPLETED"),
    (3, "stays PROCESSING until it is settled by hand"),
    (4, "FAILED: payer declined"),
    (5, "FAILED: insufficient funds"),
    (6, "FAILED at once: operator rejected"),
    (11, "lands, the connection closes, once"),
    (12, "the connection closes, nothing lands, once"),
    (13, "lands, 500, once"),
    (14, "500, nothing lands, once"),
    (15, "429 with Retry-After: 2, once"),
    (16, "the token becomes invalid: 401, once"),
    (17, "422 session expired, for the first session"),
    (18, "the account is created inactive"),
    (19, "403, always"),
    (20, "lands; the first status read answers 500"),
    (21, "lands, the connection closes; two status reads answer 404"),
    (22, "lands, 503 in plain text, once"),
    (23, "lands, answered late, once"),
    (24, "lands, a truncated body, once"),
    (26, "completes, but the first status read says FAILED: a late success"),
    (27, "fails, but the execution's own answer says COMPLETED"),
    (28, "the first status read is about another payment"),
    (30, "card: 3-D Secure that succeeds"),
    (31, "card: 3-D Secure that fails"),
    (32, "card: declined"),
];

/// How an execution goes on after it landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Course {
    /// How it starts.
    pub start: Start,
    /// For how many ticks it reads PROCESSING; none means until someone settles it.
    pub processing_ticks: Option<u32>,
    /// Why it fails; none means it completes.
    pub failure: Option<&'static str>,
}

/// How an execution starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// PENDING, and ticks move it.
    Pending,
    /// At its end.
    Ended,
    /// PROCESSING until the card holder has passed a challenge.
    Challenge,
}

impl Course {
    const USUAL: Self = Self { start: Start::Pending, processing_ticks: Some(1), failure: None };
}

/// How the API misleads about an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untrue {
    /// The first status read says FAILED, although it has completed.
    LateSuccess,
    /// The execution's own answer says COMPLETED, although it has failed.
    TakenBack,
    /// The first status read is about another payment, which failed.
    Stranger,
}

/// Everything a trigger makes of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effect {
    /// How it goes on.
    pub course: Course,
    /// What befalls the first request with its reference.
    pub mishap: Option<Mishap>,
    /// How many status reads do not find it.
    pub hidden_reads: u32,
    /// How many status reads fail after that.
    pub broken_reads: u32,
    /// What is answered that is not so.
    pub untrue: Option<Untrue>,
    /// The first session used with the account or source has expired.
    pub expires_session: bool,
    /// The merchant turns out not to be verified.
    pub unverified: bool,
}

impl Effect {
    /// Nothing special.
    pub(crate) const NONE: Self = Self {
        course: Course::USUAL,
        mishap: None,
        hidden_reads: 0,
        broken_reads: 0,
        untrue: None,
        expires_session: false,
        unverified: false,
    };

    /// What a code means.
    fn of(code: Option<u8>, settings: &Settings) -> Self {
        let none = Self::NONE;
        let course = |course| Self { course, ..none };
        let usual = Course::USUAL;
        let fails = |why| Self { course: Course { failure: Some(why), ..usual }, ..none };
        let meets = |mishap| Self { mishap: Some(mishap), ..none };
        match code {
            Some(1) => course(Course { start: Start::Ended, ..usual }),
            Some(2) => course(Course { processing_ticks: Some(10), ..usual }),
            Some(3) => course(Course { processing_ticks: None, ..usual }),
            Some(4) => fails("payer declined"),
            Some(5) => fails("insufficient funds"),
            Some(6) => {
                course(Course { start: Start::Ended, failure: Some("operator rejected"), ..usual })
            }
            Some(11) => meets(Mishap::LostAfter),
            Some(12) => meets(Mishap::ResetBefore),
            Some(13) => meets(Mishap::ErrorAfter(500)),
            Some(14) => meets(Mishap::ErrorBefore(500)),
            Some(15) => meets(Mishap::RateLimited { retry_after: 2 }),
            Some(16) => meets(Mishap::ExpiredToken),
            Some(17) => Self { expires_session: true, ..none },
            Some(19) => Self { unverified: true, ..none },
            Some(20) => Self { broken_reads: 1, ..none },
            Some(21) => Self { hidden_reads: 2, ..meets(Mishap::LostAfter) },
            Some(22) => meets(Mishap::ErrorAfter(503)),
            Some(23) => meets(Mishap::Delay { ms: settings.delay_ms }),
            Some(24) => meets(Mishap::Truncated),
            Some(26) => Self { untrue: Some(Untrue::LateSuccess), ..none },
            Some(27) => {
                let failed = Course { start: Start::Ended, failure: Some("taken back"), ..usual };
                Self { untrue: Some(Untrue::TakenBack), ..course(failed) }
            }
            Some(28) => Self { untrue: Some(Untrue::Stranger), ..none },
            _ => none,
        }
    }

    /// What a code means for a card.
    fn of_card(code: Option<u8>, settings: &Settings) -> Self {
        let challenge = Course { start: Start::Challenge, ..Course::USUAL };
        let course = match code {
            Some(30) => challenge,
            Some(31) => Course { failure: Some("authentication failed"), ..challenge },
            Some(32) => {
                Course { start: Start::Ended, failure: Some("card_declined"), ..Course::USUAL }
            }
            _ => return Self::of(code, settings),
        };
        Self { course, ..Self::NONE }
    }
}

/// What an execution is told by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign<'a> {
    /// The phone of a mobile account, or of a hosted payer.
    Phone(Option<&'a str>),
    /// The total of a document paid by card.
    CardTotal(Money),
    /// The amount of a payout, transfer or refund.
    Amount(Money),
}

/// What the sign of an execution makes of it.
pub(crate) fn effect(sign: Sign<'_>, settings: &Settings) -> Effect {
    if !settings.triggers {
        return Effect::NONE;
    }
    match sign {
        Sign::Phone(phone) => Effect::of(phone_code(phone), settings),
        Sign::CardTotal(total) => Effect::of_card(amount_code(total), settings),
        Sign::Amount(amount) => Effect::of(amount_code(amount), settings),
    }
}

/// Whether an account with this phone is inactive from the start.
pub(crate) fn makes_inactive(phone: Option<&str>) -> bool {
    phone_code(phone) == Some(18)
}

/// Whose first session a trigger lets expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A payment account.
    Account(u64),
    /// A document.
    Source(SourceType, u64),
    /// A wallet and the counterparty it pays.
    Transfer(u64, u64),
    /// The intent of a collection.
    Intent(u64),
}

/// The code in the last four digits of a phone number: `00kk`.
fn phone_code(phone: Option<&str>) -> Option<u8> {
    let phone = phone?;
    let tail = phone.get(phone.len().checked_sub(4)?..)?;
    tail.strip_prefix("00")?.parse().ok()
}

/// The code in an amount: 777.kk, or 777kk where the currency has no decimals.
fn amount_code(money: Money) -> Option<u8> {
    let decimals = money.currency.decimals();
    let exact = money.amount.round_to(decimals).decimal();
    let smallest_units = exact.mantissa();
    u8::try_from(smallest_units.checked_sub(77_700)?).ok().filter(|code| *code < 100)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn codes_are_in_the_last_digits_of_a_phone() {
        assert_eq!(phone_code(Some("231770000004")), Some(4));
        assert_eq!(phone_code(Some("231886550199")), None);
        assert_eq!(phone_code(Some("12")), None);
        assert_eq!(phone_code(None), None);
    }

    #[test]
    fn codes_are_in_the_decimals_of_an_amount() {
        let code = |money: &str| amount_code(money.parse().unwrap());
        assert_eq!(code("777.04 USD"), Some(4));
        assert_eq!(code("777.3 LRD"), Some(30));
        assert_eq!(code("77704 RWF"), Some(4));
        assert_eq!(code("778.04 USD"), None);
        assert_eq!(code("64.50 USD"), None);
    }
}
