//! Slows guessing down: failures are counted per email and per address, in the database, so that several servers count
//! together. Keys are keyed hashes: the table holds no personal data.

use crate::args;
use crate::base::{AppError, AppResult, Timestamp};
use crate::server::{Query, Tx};

/// So many failures of one email are free, of one address (an office behind one router) more…
pub const FREE_PER_EMAIL: i64 = 5;
pub const FREE_PER_ADDRESS: i64 = 30;
/// …then each further one doubles the wait, from two seconds up to a quarter of an hour.
const LONGEST_WAIT: i64 = 15 * Timestamp::MINUTE;
/// Failures are forgotten after so long without one.
const FORGET_AFTER: i64 = Timestamp::HOUR;

/// Counts a try as a failure before its password is looked at, so that many at once are counted too; whoever gets in takes it
/// back ([`clear`], [`forgive`]). A try that is refused here is not counted: waiting does not grow by asking.
///
/// # Errors
/// [`AppError::RateLimited`] with the seconds left, while `key` has to wait.
pub async fn attempt(tx: &Tx, key: &[u8], free: i64, now: Timestamp) -> AppResult<()> {
    // First a write, which locks the row: of two tries at once the second sees the first.
    tx.execute(
        "INSERT INTO login_throttle (key_hash, failures, first_failed_at, last_failed_at) VALUES ($1, 0, $2, $2)
         ON CONFLICT (key_hash) DO UPDATE SET failures = login_throttle.failures",
        args![key.to_vec(), now],
    )
    .await?;
    let (failures, last): (i64, i64) =
        tx.one("SELECT failures, last_failed_at FROM login_throttle WHERE key_hash = $1", args![key.to_vec()]).await?;
    let forgotten = now.0 - last >= FORGET_AFTER;
    let left = last + wait(failures - free) - now.0;
    if left > 0 && !forgotten {
        let seconds = u64::try_from(left / Timestamp::SECOND + 1).unwrap_or(1);
        return Err(AppError::RateLimited { seconds });
    }
    tx.execute(
        "UPDATE login_throttle SET failures = $2, last_failed_at = $3 WHERE key_hash = $1",
        args![key.to_vec(), if forgotten { 1 } else { failures + 1 }, now],
    )
    .await?;
    Ok(())
}

/// Microseconds to wait after `over` failures beyond the free ones.
fn wait(over: i64) -> i64 {
    if over < 0 { 0 } else { (Timestamp::SECOND << (over + 1).min(20)).min(LONGEST_WAIT) }
}

/// Takes back one counted try, of those that others at the same address may have failed.
///
/// # Errors
/// When the database does not answer.
pub async fn forgive(tx: &Tx, key: &[u8]) -> AppResult<()> {
    let sql = "UPDATE login_throttle SET failures = failures - 1 WHERE key_hash = $1 AND failures > 0";
    tx.execute(sql, args![key.to_vec()]).await?;
    Ok(())
}

/// Deletes what is forgotten anyway; yields how many rows.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(tx: &Tx, now: Timestamp) -> AppResult<u64> {
    Ok(tx.execute("DELETE FROM login_throttle WHERE last_failed_at < $1", args![now.0 - FORGET_AFTER]).await?)
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
