//! How long to wait before trying again: a pure function of the seed and the count.

use crate::base::ids::Seed;

/// The first wait, in milliseconds.
pub const FIRST_MS: u64 = 1_000;

/// The longest wait, in milliseconds.
pub const CAP_MS: u64 = 30_000;

/// The wait before try number `tries + 1`: doubling from `first_ms` up to `cap_ms`, plus up to a quarter of
/// itself, so that many runs do not come back at once. Never less than the doubling says.
pub fn exponential_ms(seed: Seed, what: &str, tries: u32, first_ms: u64, cap_ms: u64) -> u64 {
    let doubled = first_ms.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(cap_ms);
    doubled + up_to_a_quarter(doubled, seed, &["backoff", what, &tries.to_string()])
}

fn up_to_a_quarter(ms: u64, seed: Seed, of: &[&str]) -> u64 {
    let dice = seed.derive(of).as_u128() % 1_000;
    ms / 4 * u64::try_from(dice).unwrap_or(0) / 1_000
}

/// The wait between two questions of a poll: steady for the first minute's worth of questions, then
/// slower by half each time, up to 15 s (or `every_ms`, if that is longer).
pub fn poll_ms(every_ms: u64, asked: usize) -> u64 {
    const STEADY: usize = 30;
    let steps = asked.saturating_sub(STEADY).min(16);
    let slower = (0..steps).fold(every_ms, |wait, _| wait.saturating_add(wait / 2).min(15_000));
    slower.max(every_ms)
}

/// The same for one run among many: plus up to a quarter of itself, so that runs which began together, or were held
/// up together, do not go on asking together.
pub fn spread_poll_ms(seed: Seed, what: &str, every_ms: u64, asked: usize) -> u64 {
    let wait = poll_ms(every_ms, asked);
    wait.saturating_add(up_to_a_quarter(wait, seed, &["poll", what, &asked.to_string()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn waits_double_within_their_bounds() {
        let seed = Seed(Uuid::nil());
        for (tries, doubled) in [(1, 1_000), (2, 2_000), (3, 4_000), (6, 30_000), (60, 30_000)] {
            let wait = exponential_ms(seed, "x", tries, FIRST_MS, CAP_MS);
            assert!((doubled..=doubled + doubled / 4).contains(&wait), "{tries}: {wait}");
        }
    }

    #[test]
    fn polls_of_many_runs_drift_apart_and_none_comes_early() {
        let waits: std::collections::BTreeSet<u64> = (0..100)
            .map(|n| spread_poll_ms(Seed(Uuid::from_u128(n)), "poll", 2_000, 1))
            .inspect(|wait| assert!((2_000..2_500).contains(wait), "{wait}"))
            .collect();
        assert!(waits.len() > 50, "only {} different waits", waits.len());
    }

    #[test]
    fn polls_slow_down_but_never_below_what_was_asked() {
        assert_eq!(poll_ms(2_000, 1), 2_000);
        assert_eq!(poll_ms(2_000, 31), 3_000);
        assert_eq!(poll_ms(2_000, 100), 15_000);
        assert_eq!(poll_ms(60_000, 100), 60_000);
    }
}
