//! All SQL of keys.

use super::Scope;
use crate::args;
use crate::base::{ApiKeyId, StaffId, Timestamp};
use crate::server::{DbResult, Query, Tx};

/// A key to be kept.
pub struct NewKey<'a> {
    pub name: &'a str,
    pub hash: Vec<u8>,
    pub last_four: &'a str,
    pub scopes: &'a [Scope],
    /// `None` for the command line.
    pub by: Option<StaffId>,
}

/// Adds a key.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, new: NewKey<'_>, now: Timestamp) -> DbResult<ApiKeyId> {
    let scopes = new.scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" ");
    let id = tx
        .insert(
            "INSERT INTO api_keys (name, key_hash, last_four, scopes, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            args![new.name, new.hash, new.last_four, scopes, new.by, now],
        )
        .await?;
    Ok(ApiKeyId(id))
}

/// A key's row and the name of who made it.
#[derive(sqlx::FromRow)]
pub struct KeyRow {
    pub id: i64,
    pub name: String,
    pub last_four: String,
    pub scopes: String,
    pub created_at: i64,
    pub created_by: Option<String>,
    /// 0 is never.
    pub last_used_at: i64,
    pub revoked_at: Option<i64>,
}

/// Every key, those that hold first, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query) -> DbResult<Vec<KeyRow>> {
    q.all(
        "SELECT k.id, k.name, k.last_four, k.scopes, k.created_at, m.name AS created_by, k.last_used_at, k.revoked_at
         FROM api_keys k LEFT JOIN staff m ON m.id = k.created_by
         ORDER BY CASE WHEN k.revoked_at IS NULL THEN 0 ELSE 1 END, k.id DESC",
        args![],
    )
    .await
}

/// The key with this hash: id, name, scopes, when it was last used, when it was revoked.
///
/// # Errors
/// When the database does not answer.
pub async fn find(q: &impl Query, hash: Vec<u8>) -> DbResult<Option<(i64, String, String, i64, Option<i64>)>> {
    q.optional("SELECT id, name, scopes, last_used_at, revoked_at FROM api_keys WHERE key_hash = $1", args![hash]).await
}

/// Writes that a key is in use now, unless that was written after `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn note_use(tx: &Tx, id: ApiKeyId, before: Timestamp, now: Timestamp) -> DbResult<()> {
    tx.execute("UPDATE api_keys SET last_used_at = $3 WHERE id = $1 AND last_used_at <= $2", args![id, before, now])
        .await
        .map(drop)
}

/// Revokes a key; false where there is none that holds.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(tx: &Tx, id: ApiKeyId, now: Timestamp) -> DbResult<bool> {
    let changed = tx.execute("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", args![id, now]).await?;
    Ok(changed == 1)
}
