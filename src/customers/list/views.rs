//! Saved views and the choice of columns: what a member of the staff keeps of the list.

use super::{SavedView, parse_columns};
use crate::args;
use crate::base::{AppError, AppResult, StaffId, ViewId};
use crate::office::audit::store::{Entry, record};
use crate::server::{Context, DbResult, Query};

const COLUMNS: &str = "list.columns";
const MAX_NAME: usize = 60;

/// The member's choice of columns, as URLs write it.
///
/// # Errors
/// When the database does not answer.
pub async fn columns(q: &impl Query, staff: StaffId) -> DbResult<Option<String>> {
    let row: Option<(String,)> =
        q.optional("SELECT value FROM staff_preferences WHERE staff_id = $1 AND key = $2", args![staff, COLUMNS]).await?;
    Ok(row.map(|(value,)| value))
}

/// Keeps the choice of columns; an empty one forgets it.
///
/// # Errors
/// [`AppError::Invalid`] on `columns` for one that does not exist.
pub async fn save_columns(ctx: &Context, columns: &str) -> AppResult<()> {
    let tx = ctx.state.db.begin().await?;
    if columns.is_empty() {
        tx.execute("DELETE FROM staff_preferences WHERE staff_id = $1 AND key = $2", args![ctx.staff.id, COLUMNS]).await?;
    } else {
        let (known, unknown) = parse_columns(columns);
        if known.is_none() || !unknown.is_empty() {
            return Err(AppError::invalid("columns", "list.fallback.columns"));
        }
        tx.execute(
            "INSERT INTO staff_preferences (staff_id, key, value) VALUES ($1, $2, $3)
             ON CONFLICT (staff_id, key) DO UPDATE SET value = excluded.value",
            args![ctx.staff.id, COLUMNS, columns],
        )
        .await?;
    }
    Ok(tx.commit().await?)
}

/// The member's own views and those that the team shares, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, staff: StaffId) -> DbResult<Vec<SavedView>> {
    let rows: Vec<(i64, i64, String, bool, String)> = q
        .all(
            "SELECT id, staff_id, name, shared, state FROM saved_views WHERE staff_id = $1 OR shared ORDER BY name, id LIMIT 200",
            args![staff],
        )
        .await?;
    let view = |(id, owner, name, shared, query)| SavedView { id: ViewId(id), name, shared, own: owner == staff.0, query };
    Ok(rows.into_iter().map(view).collect())
}

/// Keeps a state under a name; the same name again replaces the member's own.
///
/// # Errors
/// [`AppError::Invalid`] on `name` when it is empty or too long.
pub async fn save(ctx: &Context, name: &str, query: &str, shared: bool) -> AppResult<SavedView> {
    let name = checked_name(name)?;
    let now = ctx.state.clock.now();
    let tx = ctx.state.db.begin().await?;
    let id = tx
        .insert(
            "INSERT INTO saved_views (staff_id, name, shared, state, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (staff_id, name) DO UPDATE SET shared = excluded.shared, state = excluded.state, updated_at = excluded.updated_at
             RETURNING id",
            args![ctx.staff.id, name, shared, query, now],
        )
        .await?;
    let entry = Entry { action: "view.saved", entity: "saved_view", entity_id: id, customer: None, changes: &[] };
    record(&tx, &ctx.actor(), entry).await?;
    tx.commit().await?;
    Ok(SavedView { id: ViewId(id), name: name.to_owned(), shared, own: true, query: query.to_owned() })
}

/// Renames one of the member's own views and says who sees it; a `query` replaces its state.
///
/// # Errors
/// [`AppError::Invalid`] on `name` when it is empty, too long, or that of another view of theirs; [`AppError::NotFound`] when the
/// view does not exist or is somebody else's.
pub async fn change(ctx: &Context, id: ViewId, name: &str, shared: bool, query: Option<&str>) -> AppResult<SavedView> {
    let name = checked_name(name)?;
    let tx = ctx.state.db.begin().await?;
    let own = "SELECT state FROM saved_views WHERE id = $1 AND staff_id = $2";
    let (kept,): (String,) = tx.optional(own, args![id, ctx.staff.id]).await?.ok_or(AppError::NotFound)?;
    let taken = "SELECT id FROM saved_views WHERE staff_id = $1 AND name = $2 AND id <> $3";
    if tx.optional::<(i64,)>(taken, args![ctx.staff.id, name, id]).await?.is_some() {
        return Err(AppError::invalid("name", "list.view_name_taken"));
    }
    let query = query.unwrap_or(&kept);
    tx.execute(
        "UPDATE saved_views SET name = $1, shared = $2, state = $3, updated_at = $4 WHERE id = $5",
        args![name, shared, query, ctx.state.clock.now(), id],
    )
    .await?;
    let entry = Entry { action: "view.saved", entity: "saved_view", entity_id: id.0, customer: None, changes: &[] };
    record(&tx, &ctx.actor(), entry).await?;
    tx.commit().await?;
    Ok(SavedView { id, name: name.to_owned(), shared, own: true, query: query.to_owned() })
}

fn checked_name(name: &str) -> AppResult<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(AppError::invalid("name", "list.view_name_needed"));
    }
    Ok(name)
}

/// Deletes one of the member's own views.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or is somebody else's.
pub async fn delete(ctx: &Context, id: ViewId) -> AppResult<()> {
    let tx = ctx.state.db.begin().await?;
    let deleted = tx.execute("DELETE FROM saved_views WHERE id = $1 AND staff_id = $2", args![id, ctx.staff.id]).await?;
    if deleted == 0 {
        return Err(AppError::NotFound);
    }
    let entry = Entry { action: "view.deleted", entity: "saved_view", entity_id: id.0, customer: None, changes: &[] };
    record(&tx, &ctx.actor(), entry).await?;
    Ok(tx.commit().await?)
}
