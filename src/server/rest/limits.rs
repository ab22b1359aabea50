//! How often a program may ask: a bucket for each key, filled evenly over a minute. Kept in memory, so several servers count
//! each for itself.

use crate::base::{ApiKeyId, Timestamp};
use parking_lot::Mutex;
use std::collections::HashMap;

/// The buckets. A bucket is the moment at which it will be full again: that says how many requests are missing from it.
#[derive(Debug, Default)]
pub struct Limits(Mutex<HashMap<ApiKeyId, i64>>);

/// Where a key stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests in a minute.
    pub limit: u32,
    /// Requests that would be answered now.
    pub remaining: u32,
    /// Seconds until all of them are there again.
    pub reset: u64,
    /// The request is not to be answered; the next one in so many seconds.
    pub wait: Option<u64>,
}

impl Limits {
    /// Counts a request. `None` where there is no limit (0).
    pub fn count(&self, key: ApiKeyId, per_minute: u32, now: Timestamp) -> Option<Standing> {
        if per_minute == 0 {
            return None;
        }
        let each = Timestamp::MINUTE / i64::from(per_minute);
        let mut buckets = self.0.lock();
        let full_at = buckets.entry(key).or_insert(now.0);
        let after = (*full_at).max(now.0) + each;
        // Of a whole minute's worth, that much is left.
        let left = Timestamp::MINUTE - (after - now.0);
        if left >= 0 {
            *full_at = after;
        }
        let missing = full_at.saturating_sub(now.0);
        Some(Standing {
            limit: per_minute,
            remaining: u32::try_from((Timestamp::MINUTE - missing).max(0) / each).unwrap_or(0).min(per_minute),
            reset: seconds(missing),
            wait: (left < 0).then(|| seconds(-left)),
        })
    }
}

/// Whole seconds, rounded up.
fn seconds(micros: i64) -> u64 {
    u64::try_from((micros + Timestamp::SECOND - 1) / Timestamp::SECOND).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (limits, key, now) = (Limits::default(), ApiKeyId(1), Timestamp(1_000_000_000));
        let take = |at: Timestamp| limits.count(key, 6, at).unwrap();
        for left in (0..6).rev() {
            let standing = take(now);
            assert_eq!((standing.remaining, standing.wait, standing.reset), (left, None, 60 - 10 * u64::from(left)));
        }
        assert_eq!(take(now).wait, Some(10));
        assert_eq!(take(now).remaining, 0, "a refused request costs nothing");
        assert_eq!(take(now.plus(4 * Timestamp::SECOND)).wait, Some(6));
        let later = take(now.plus(10 * Timestamp::SECOND));
        assert_eq!((later.wait, later.remaining), (None, 0));
        let full = take(now.plus(Timestamp::HOUR));
        assert_eq!((full.remaining, full.reset), (5, 10));
        assert_eq!(limits.count(ApiKeyId(2), 6, now).unwrap().remaining, 5, "each key has its own");
        assert_eq!(limits.count(key, 0, now), None);
    }
}
