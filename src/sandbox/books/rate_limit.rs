//! The rate limit: a bucket of requests that refills steadily.

use jiff::Timestamp;

use crate::sandbox::setup::settings::RateLimit;

/// One request, in the bucket's fine unit: what refills in a millisecond at one request a minute.
const REQUEST: u64 = 60_000;

/// How much of the limit has been used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Bucket {
    used: u64,
    seen_ms: i64,
}

impl Bucket {
    /// Takes one request out, or says how many seconds to wait.
    pub(crate) fn take(&mut self, limit: RateLimit, now: Timestamp) -> Result<(), u32> {
        let now_ms = now.as_millisecond();
        let passed = u64::try_from(now_ms.saturating_sub(self.seen_ms)).unwrap_or(0);
        let rate = u64::from(limit.per_minute);
        self.used = self.used.saturating_sub(passed.saturating_mul(rate));
        self.seen_ms = now_ms;
        let room = u64::from(limit.burst) * REQUEST;
        if self.used + REQUEST <= room {
            self.used += REQUEST;
            return Ok(());
        }
        let wait_ms = (self.used + REQUEST - room).div_ceil(rate.max(1));
        Err(u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let limit = RateLimit { burst: 2, per_minute: 30 };
        let at = |ms: i64| Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap();
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(limit, at(0)), Ok(()));
        assert_eq!(bucket.take(limit, at(0)), Ok(()));
        assert_eq!(bucket.take(limit, at(0)), Err(2));
        assert_eq!(bucket.take(limit, at(1_500)), Err(1));
        assert_eq!(bucket.take(limit, at(2_000)), Ok(()));
    }
}
