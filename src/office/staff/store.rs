//! All SQL of staff and invitations.

use super::Role;
use crate::args;
use crate::base::{AppError, AppResult, BranchId, SessionId, StaffId, Timestamp};
use crate::server::{DbError, DbResult, Query, Tx};

/// What logging in needs to know of an account.
#[derive(sqlx::FromRow)]
pub struct Credentials {
    pub id: i64,
    pub password_hash: Option<String>,
    pub active: bool,
}

/// # Errors
/// When the database does not answer.
pub async fn find_credentials(q: &impl Query, email: &str) -> DbResult<Option<Credentials>> {
    q.optional("SELECT id, password_hash, active FROM staff WHERE email = $1", args![email.trim().to_lowercase()]).await
}

/// Whether nobody works here yet: then the first run may make the owner.
///
/// # Errors
/// When the database does not answer.
pub async fn is_empty(q: &impl Query) -> DbResult<bool> {
    Ok(q.integer("SELECT COUNT(*) FROM (SELECT 1 FROM staff LIMIT 1) AS s", args![]).await? == 0)
}

/// A member to be added.
pub struct NewStaff<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub role: Role,
    /// `None`: invited, has no password yet.
    pub password_hash: Option<&'a str>,
    /// `None`: all branches.
    pub branches: Option<&'a [BranchId]>,
}

/// Adds a member.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when somebody has it already.
pub async fn insert(tx: &Tx, new: NewStaff<'_>, now: Timestamp) -> AppResult<StaffId> {
    let inserted = tx
        .insert(
            "INSERT INTO staff (email, name, password_hash, role, branch_limited, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
            args![
                new.email.trim().to_lowercase(),
                new.name.trim(),
                new.password_hash.map(str::to_owned),
                new.role.code(),
                new.branches.is_some(),
                now
            ],
        )
        .await;
    let id = match inserted {
        Ok(id) => StaffId(id),
        Err(DbError::Unique(_)) => return Err(AppError::invalid("email", "staff.email_taken")),
        Err(other) => return Err(other.into()),
    };
    add_branches(tx, id, new.branches).await?;
    Ok(id)
}

async fn add_branches(tx: &Tx, staff: StaffId, branches: Option<&[BranchId]>) -> DbResult<()> {
    for branch in branches.unwrap_or_default() {
        // One that does not exist (any more) is no branch to be limited to.
        tx.execute(
            "INSERT INTO staff_branches (staff_id, branch_id) SELECT $1, id FROM branches WHERE id = $2 ON CONFLICT DO NOTHING",
            args![staff, *branch],
        )
        .await?;
    }
    Ok(())
}

/// Sets a member's password.
///
/// # Errors
/// When the database does not answer.
pub async fn set_password(tx: &Tx, staff: StaffId, hash: &str, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "UPDATE staff SET password_hash = $2, updated_at = $3, version = version + 1 WHERE id = $1",
        args![staff, hash, now],
    )
    .await?;
    Ok(())
}

/// A member's row, with what it takes from sessions and invitations.
#[derive(sqlx::FromRow)]
pub struct MemberRow {
    pub id: i64,
    pub name: String,
    pub email: String,
    pub role: String,
    pub branch_limited: bool,
    pub active: bool,
    /// Has a password.
    pub joined: bool,
    /// 0 is never.
    pub last_seen_at: i64,
    /// The end of the invitation that holds; 0 is none.
    pub invited_until: i64,
}

const MEMBERS: &str = "SELECT m.id, m.name, m.email, m.role, m.branch_limited, m.active, m.password_hash IS NOT NULL AS joined,
      CAST(COALESCE((SELECT MAX(s.last_seen_at) FROM sessions s WHERE s.staff_id = m.id), 0) AS BIGINT) AS last_seen_at,
      CAST(COALESCE((SELECT MAX(i.expires_at) FROM staff_invites i
                     WHERE i.staff_id = m.id AND i.accepted_at IS NULL AND i.expires_at > $1), 0) AS BIGINT) AS invited_until
    FROM staff m";

/// Everybody, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list_members(q: &impl Query, now: Timestamp) -> DbResult<Vec<MemberRow>> {
    q.all(&format!("{MEMBERS} ORDER BY m.active DESC, LOWER(m.name), m.id"), args![now]).await
}

/// # Errors
/// When the database does not answer.
pub async fn find_member(q: &impl Query, id: StaffId) -> DbResult<Option<MemberRow>> {
    q.optional(&format!("{MEMBERS} WHERE m.id = $2"), args![0_i64, id]).await
}

/// The branches that a member is limited to.
///
/// # Errors
/// When the database does not answer.
pub async fn branches_of(q: &impl Query, staff: StaffId) -> DbResult<Vec<BranchId>> {
    let rows: Vec<(i64,)> =
        q.all("SELECT branch_id FROM staff_branches WHERE staff_id = $1 ORDER BY branch_id", args![staff]).await?;
    Ok(rows.into_iter().map(|(id,)| BranchId(id)).collect())
}

/// All branches by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list_branches(q: &impl Query) -> DbResult<Vec<(BranchId, String)>> {
    let rows: Vec<(i64, String)> = q.all("SELECT id, name FROM branches ORDER BY LOWER(name), id", args![]).await?;
    Ok(rows.into_iter().map(|(id, name)| (BranchId(id), name)).collect())
}

/// Everybody who works or worked here, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list_names(q: &impl Query) -> DbResult<Vec<(StaffId, String)>> {
    let rows: Vec<(i64, String)> = q.all("SELECT id, name FROM staff ORDER BY LOWER(name), id", args![]).await?;
    Ok(rows.into_iter().map(|(id, name)| (StaffId(id), name)).collect())
}

/// Owners who can log in.
///
/// # Errors
/// When the database does not answer.
pub async fn count_owners(q: &impl Query) -> DbResult<i64> {
    q.integer("SELECT COUNT(*) FROM staff WHERE role = 'owner' AND active AND password_hash IS NOT NULL", args![]).await
}

/// Writes name, role and branches.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, id: StaffId, name: &str, role: Role, branches: Option<&[BranchId]>, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "UPDATE staff SET name = $2, role = $3, branch_limited = $4, updated_at = $5, version = version + 1 WHERE id = $1",
        args![id, name, role.code(), branches.is_some(), now],
    )
    .await?;
    tx.execute("DELETE FROM staff_branches WHERE staff_id = $1", args![id]).await?;
    add_branches(tx, id, branches).await
}

/// # Errors
/// When the database does not answer.
pub async fn set_active(tx: &Tx, id: StaffId, active: bool, now: Timestamp) -> DbResult<()> {
    tx.execute("UPDATE staff SET active = $2, updated_at = $3, version = version + 1 WHERE id = $1", args![id, active, now])
        .await?;
    Ok(())
}

/// # Errors
/// When the database does not answer.
pub async fn set_locale(tx: &Tx, id: StaffId, locale: Option<&str>, now: Timestamp) -> DbResult<()> {
    let locale = locale.map(str::to_owned);
    tx.execute("UPDATE staff SET locale = $2, updated_at = $3, version = version + 1 WHERE id = $1", args![id, locale, now])
        .await?;
    Ok(())
}

/// Keeps whether a member wants shortcuts of a single character; read with every session.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_single_keys(tx: &Tx, id: StaffId, on: bool) -> DbResult<()> {
    let value = if on { "on" } else { "off" };
    tx.execute(
        "INSERT INTO staff_preferences (staff_id, key, value) VALUES ($1, 'keys.single', $2)
         ON CONFLICT (staff_id, key) DO UPDATE SET value = excluded.value",
        args![id, value],
    )
    .await?;
    Ok(())
}

/// Makes an invitation; those before it no longer hold.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_invite(
    tx: &Tx,
    staff: StaffId,
    token_hash: Vec<u8>,
    by: StaffId,
    now: Timestamp,
    expires: Timestamp,
) -> DbResult<()> {
    tx.execute("DELETE FROM staff_invites WHERE staff_id = $1 AND accepted_at IS NULL", args![staff]).await?;
    tx.execute(
        "INSERT INTO staff_invites (staff_id, token_hash, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        args![staff, token_hash, by, now, expires],
    )
    .await?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(sqlx::FromRow)]
pub struct SessionRow {
    pub id: i64,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub ip: String,
    pub user_agent: String,
}

/// A member's sessions that hold, the last used first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_sessions(q: &impl Query, staff: StaffId, now: Timestamp) -> DbResult<Vec<SessionRow>> {
    q.all(
        "SELECT id, created_at, last_seen_at, ip, user_agent FROM sessions
         WHERE staff_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC LIMIT 100",
        args![staff, now],
    )
    .await
}

/// Whose a session is.
///
/// # Errors
/// When the database does not answer.
pub async fn owner_of_session(q: &impl Query, id: SessionId) -> DbResult<Option<StaffId>> {
    let row: Option<(i64,)> = q.optional("SELECT staff_id FROM sessions WHERE id = $1", args![id]).await?;
    Ok(row.map(|(staff,)| StaffId(staff)))
}
