//! Single values of the command line: what each may be, said in our words when it is something else.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A moment: a time with its zone, or a date alone, which is its first moment in UTC.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let date = text.parse::<Date>().ok().filter(|_| !text.contains(['T', 't', ' ', ':']));
    let at = date.and_then(|date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok());
    at.ok_or_else(|| {
        "expected a date such as 2026-11-26, which means its first moment in UTC, or a time with its zone, such as \
         2026-11-26T18:30:00Z"
            .to_owned()
    })
}

/// A whole number within a range.
pub fn whole<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            match (*least, *most) {
                (least, u64::MAX) => format!("expected a whole number, {least} or more"),
                (least, most) => format!("expected a whole number from {least} to {most}"),
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_date_alone_is_its_first_moment() {
        let at = moment("2026-11-26").unwrap();
        assert_eq!(at.to_string(), "2026-11-26T00:00:00Z");
        assert_eq!(moment("2026-11-26T02:00:00+02:00").unwrap(), at);
        for wrong in ["2026-13-01", "yesterday", "2026-11-26T10:00:00", "", "26.11.2026"] {
            let said = moment(wrong).unwrap_err();
            assert!(said.starts_with("expected a date such as 2026-11-26"), "{wrong}: {said}");
        }
    }

    #[test]
    fn a_number_that_is_none_is_told_what_is_expected() {
        let (few, any) = (whole::<u32>(1..=4096), whole::<u64>(0..=u64::MAX));
        assert_eq!((few("8"), any("0")), (Ok(8), Ok(0)));
        for wrong in ["abc", "0", "4097", "-1", "1.5", ""] {
            assert_eq!(few(wrong).unwrap_err(), "expected a whole number from 1 to 4096");
        }
        assert_eq!(any("x").unwrap_err(), "expected a whole number, 0 or more");
    }
}
