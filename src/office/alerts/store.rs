//! All SQL of alerts.

use crate::args;
use crate::base::Timestamp;
use crate::server::{DbResult, Query, Tx};

/// Raises an alert, or sees an open one again.
///
/// # Errors
/// When the database does not answer.
pub async fn raise(tx: &Tx, kind: &str, subject: &str, detail: &str, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "INSERT INTO alerts (kind, subject, detail, raised_at, seen_at) VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (kind, subject) WHERE resolved_at = 0 DO UPDATE SET detail = excluded.detail, seen_at = excluded.seen_at",
        args![kind, subject, detail, now],
    )
    .await
    .map(drop)
}

/// Resolves the alerts of a kind that were not seen since: what they tell of is over.
///
/// # Errors
/// When the database does not answer.
pub async fn resolve_unseen(tx: &Tx, kind: &str, since: Timestamp, now: Timestamp) -> DbResult<()> {
    let sql = "UPDATE alerts SET resolved_at = $3 WHERE kind = $1 AND resolved_at = 0 AND seen_at < $2";
    tx.execute(sql, args![kind, since, now]).await.map(drop)
}

/// How many alerts of a kind are open.
///
/// # Errors
/// When the database does not answer.
pub async fn count_open(q: &impl Query, kind: &str) -> DbResult<i64> {
    q.integer("SELECT COUNT(*) FROM alerts WHERE kind = $1 AND resolved_at = 0", args![kind]).await
}

/// Resolves one alert: a person has dealt with what it tells of.
///
/// # Errors
/// When the database does not answer.
pub async fn resolve(tx: &Tx, kind: &str, subject: &str, now: Timestamp) -> DbResult<()> {
    let sql = "UPDATE alerts SET resolved_at = $3 WHERE kind = $1 AND subject = $2 AND resolved_at = 0";
    tx.execute(sql, args![kind, subject, now]).await.map(drop)
}
