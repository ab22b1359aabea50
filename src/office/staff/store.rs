//! All SQL of staff and invitations.

use super::Role;
use crate::args;
use crate::base::{AppError, AppResult, BranchId, StaffId, Timestamp};
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
    for branch in new.branches.unwrap_or_default() {
        tx.execute("INSERT INTO staff_branches (staff_id, branch_id) VALUES ($1, $2)", args![id, *branch]).await?;
    }
    Ok(id)
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
