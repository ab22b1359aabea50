//! `Idempotency-Key`: a request that a program sends again, because it does not know whether the first one arrived, is done
//! once. The key is claimed, the work done and the answer kept in one transaction; whoever sends the same meanwhile waits for
//! it on the key's row (SQLite: for the writer), and then gets the first one's answer.
//!
//! Only answers of requests that did something are kept: one that was refused left no trace, and may be corrected under the
//! same key. Answers are sealed, since they may show persons, or the code of a gift card, which is kept nowhere else.

use super::{Answer, Call, Problem, Reply};
use crate::args;
use crate::base::{AppResult, Timestamp};
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::Job;
use crate::server::{DbResult, Query, Tx, internal};
use async_trait::async_trait;

/// How long a key is remembered.
pub const KEPT: i64 = 24 * Timestamp::HOUR;
/// The longest key, in bytes.
const KEY_MAX: usize = 255;

/// Reads a key.
///
/// # Errors
/// [`Problem`] on the header.
pub fn checked(key: &str) -> Answer<&str> {
    if key.is_empty() || key.len() > KEY_MAX || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::parameter("Idempotency-Key", format!("1 to {KEY_MAX} visible ASCII characters, as a UUID.")));
    }
    Ok(key)
}

/// The answer that was given under this key, if any.
///
/// # Errors
/// [`Problem::KeyReused`] where that was to another request.
pub async fn find(q: &impl Query, call: &Call, key: &str) -> Answer<Option<Reply>> {
    let row: Option<(Vec<u8>, String)> = q
        .optional(
            "SELECT request_hash, body FROM api_requests WHERE api_key_id = $1 AND key = $2 AND created_at > $3 AND status > 0",
            args![call.program.id, key, call.now.plus(-KEPT)],
        )
        .await?;
    match row {
        Some((hash, _)) if hash != call.hash() => Err(Problem::KeyReused),
        Some((_, sealed)) => {
            let kept = call.state.keys.open_answer(&sealed).and_then(|plain| serde_json::from_slice::<Reply>(&plain).ok());
            // Only another master key makes it so.
            let kept = kept.ok_or_else(|| internal(&"an answer that was kept cannot be opened"))?;
            Ok(Some(Reply { replayed: true, ..kept }))
        }
        None => Ok(None),
    }
}

/// Claims a key for this transaction; false where somebody else has. Waits for one who is about to.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(tx: &Tx, call: &Call, key: &str) -> DbResult<bool> {
    let claimed = tx
        .execute(
            "INSERT INTO api_requests (api_key_id, key, request_hash, status, body, created_at) VALUES ($1, $2, $3, 0, '', $4)
             ON CONFLICT (api_key_id, key) DO UPDATE SET request_hash = excluded.request_hash, status = 0, body = '',
               created_at = excluded.created_at
             WHERE api_requests.created_at <= $5",
            args![call.program.id, key, call.hash(), call.now, call.now.plus(-KEPT)],
        )
        .await?;
    Ok(claimed == 1)
}

/// Keeps the answer of a request whose key this transaction has claimed.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(tx: &Tx, call: &Call, key: &str, reply: &Reply) -> AppResult<()> {
    let plain = serde_json::to_vec(reply).map_err(|error| internal(&error))?;
    tx.execute(
        "UPDATE api_requests SET status = $3, body = $4 WHERE api_key_id = $1 AND key = $2",
        args![call.program.id, key, i64::from(reply.status), call.state.keys.seal_answer(&plain)],
    )
    .await?;
    Ok(())
}

/// The nightly job that forgets old keys.
pub struct Forget;

#[async_trait]
impl Work for Forget {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let forgotten = tx
            .execute(
                "DELETE FROM api_requests WHERE (api_key_id, key) IN (
                   SELECT api_key_id, key FROM api_requests WHERE created_at <= $1 ORDER BY created_at LIMIT $2)",
                args![now.plus(-KEPT), size],
            )
            .await?;
        let done = i64::try_from(forgotten).unwrap_or(i64::MAX);
        Ok(Step { cursor: job.cursor, done, changed: done, last: usize::try_from(forgotten).is_ok_and(|done| done < size) })
    }
}
