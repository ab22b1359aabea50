//! Slows guessing down: failures are counted per email and per address, in the database, so that several servers count
//! together. Keys are keyed hashes: the table holds no personal data.

use crate::args;
use crate::base::{AppError, AppResult, Timestamp};
use crate::server::{Db, Query, Tx};

/// So many failures of one email are free, of one address (an office behind one router) more…
pub const FREE_PER_EMAIL: i64 = 5;
pub const FREE_PER_ADDRESS: i64 = 30;
/// …then each further one doubles the wait, from two seconds up to a quarter of an hour.
const LONGEST_WAIT: i64 = 15 * Timestamp::MINUTE;
/// Failures are forgotten after so long without one.
const FORGET_AFTER: i64 = Timestamp::HOUR;

/// Refuses while `key` has to wait.
///
/// # Errors
/// [`AppError::RateLimited`] with the seconds left.
pub async fn check(db: &Db, key: &[u8], free: i64, now: Timestamp) -> AppResult<()> {
    let row: Option<(i64, i64)> =
        db.optional("SELECT failures, last_failed_at FROM login_throttle WHERE key_hash = $1", args![key.to_vec()]).await?;
    let Some((failures, last)) = row else { return Ok(()) };
    let left = last + wait(failures - free) - now.0;
    if left > 0 && now.0 - last < FORGET_AFTER {
        let seconds = u64::try_from(left / Timestamp::SECOND + 1).unwrap_or(1);
        return Err(AppError::RateLimited { seconds });
    }
    Ok(())
}

/// Microseconds to wait after `over` failures beyond the free ones.
fn wait(over: i64) -> i64 {
    if over < 0 { 0 } else { (Timestamp::SECOND << (over + 1).min(20)).min(LONGEST_WAIT) }
}

/// Counts a failure.
///
/// # Errors
/// When the database does not answer.
pub async fn fail(tx: &Tx, key: &[u8], now: Timestamp) -> AppResult<()> {
    tx.execute(
        "INSERT INTO login_throttle (key_hash, failures, first_failed_at, last_failed_at) VALUES ($1, 1, $2, $2)
         ON CONFLICT (key_hash) DO UPDATE SET
           failures = CASE WHEN login_throttle.last_failed_at < $3 THEN 1 ELSE login_throttle.failures + 1 END,
           last_failed_at = excluded.last_failed_at",
        args![key.to_vec(), now, now.0 - FORGET_AFTER],
    )
    .await?;
    Ok(())
}

/// Forgets the failures of `key` after a login that worked.
///
/// # Errors
/// When the database does not answer.
pub async fn clear(tx: &Tx, key: &[u8]) -> AppResult<()> {
    tx.execute("DELETE FROM login_throttle WHERE key_hash = $1", args![key.to_vec()]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        assert_eq!(wait(-1), 0);
        assert_eq!(wait(0), 2 * Timestamp::SECOND);
        assert_eq!(wait(3), 16 * Timestamp::SECOND);
        assert_eq!(wait(60), LONGEST_WAIT);
    }
}
