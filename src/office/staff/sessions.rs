//! Sessions: a random token in a cookie, its hash in the database, revocable.

use super::{CurrentStaff, Role};
use crate::args;
use crate::base::{BranchId, SessionId, StaffId, Timestamp};
use crate::server::{Db, DbResult, Query, Tx, keys};

/// A session ends so long after its last use…
const IDLE: i64 = 14 * Timestamp::DAY;
/// …and its last use is written down at most this often, so that reading pages does not write.
const SEEN_EVERY: i64 = 5 * Timestamp::MINUTE;

/// A session that holds, and whose it is.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub staff: CurrentStaff,
}

/// Opens a session and yields the token for the cookie.
///
/// # Errors
/// When the database does not answer.
pub async fn open(tx: &Tx, staff: StaffId, ip: &str, user_agent: &str, now: Timestamp) -> DbResult<String> {
    let (token, hash) = keys::new_token();
    tx.execute(
        "INSERT INTO sessions (token_hash, staff_id, created_at, last_seen_at, expires_at, ip, user_agent)
         VALUES ($1, $2, $3, $3, $4, $5, $6)",
        args![hash, staff, now, now.plus(IDLE), ip, crate::base::text::truncate(user_agent, 200)],
    )
    .await?;
    tx.execute("UPDATE staff SET last_login_at = $2 WHERE id = $1", args![staff, now]).await?;
    Ok(token)
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: i64,
    last_seen_at: i64,
    staff_id: i64,
    name: String,
    email: String,
    role: String,
    locale: Option<String>,
    branch_limited: bool,
    keys_off: bool,
}

/// The session of a cookie's token, if it holds; its end moves with its use.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &Db, token: &str, now: Timestamp) -> DbResult<Option<Session>> {
    let row: Option<SessionRow> = db
        .optional(
            "SELECT s.id, s.last_seen_at, s.staff_id, m.name, m.email, m.role, m.locale, m.branch_limited,
               EXISTS (SELECT 1 FROM staff_preferences p
                       WHERE p.staff_id = m.id AND p.key = 'keys.single' AND p.value = 'off') AS keys_off
             FROM sessions s JOIN staff m ON m.id = s.staff_id
             WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND m.active",
            args![keys::token_hash(token), now],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(role) = Role::parse(&row.role) else { return Ok(None) };
    if now.0 - row.last_seen_at > SEEN_EVERY {
        touch(db, SessionId(row.id), now).await;
    }
    let branches = if row.branch_limited { Some(branches(db, StaffId(row.staff_id)).await?) } else { None };
    let staff = CurrentStaff {
        id: StaffId(row.staff_id),
        name: row.name,
        email: row.email,
        role,
        branches,
        locale: row.locale,
        single_keys: !row.keys_off,
    };
    Ok(Some(Session { id: SessionId(row.id), staff }))
}

async fn branches(db: &Db, staff: StaffId) -> DbResult<Vec<BranchId>> {
    let rows: Vec<(i64,)> =
        db.all("SELECT branch_id FROM staff_branches WHERE staff_id = $1 ORDER BY branch_id", args![staff]).await?;
    Ok(rows.into_iter().map(|(id,)| BranchId(id)).collect())
}

/// Writes down that the session is in use. Failing is no reason to refuse the request: the session merely ends sooner.
async fn touch(db: &Db, id: SessionId, now: Timestamp) {
    let written = async {
        let tx = db.begin().await?;
        tx.execute("UPDATE sessions SET last_seen_at = $2, expires_at = $3 WHERE id = $1", args![id, now, now.plus(IDLE)])
            .await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "a session's last use was not written");
    }
}

/// Whether the member ever logged in from this address, as far back as sessions are kept.
///
/// # Errors
/// When the database does not answer.
pub async fn has_come_from(q: &impl Query, staff: StaffId, ip: &str) -> DbResult<bool> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE staff_id = $1 AND ip = $2 LIMIT 1) AS known";
    Ok(q.integer(sql, args![staff, ip]).await? == 1)
}

/// Deletes sessions that ended so long ago that nobody asks where they came from any more; yields how many.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(tx: &Tx, now: Timestamp) -> DbResult<u64> {
    const KEPT: i64 = 90 * Timestamp::DAY;
    tx.execute("DELETE FROM sessions WHERE COALESCE(revoked_at, expires_at) < $1", args![now.0 - KEPT]).await
}

/// Ends one session.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(tx: &Tx, id: SessionId, now: Timestamp) -> DbResult<()> {
    tx.execute("UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", args![id, now]).await?;
    Ok(())
}

/// Ends every session of a member, but for one.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_all(tx: &Tx, staff: StaffId, except: Option<SessionId>, now: Timestamp) -> DbResult<()> {
    let except = except.map_or(0, |id| id.0);
    tx.execute(
        "UPDATE sessions SET revoked_at = $3 WHERE staff_id = $1 AND id <> $2 AND revoked_at IS NULL",
        args![staff, except, now],
    )
    .await?;
    Ok(())
}
