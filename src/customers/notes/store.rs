//! All SQL of notes.

use super::{Note, NoteForm, NoteKind, NoteVersion};
use crate::args;
use crate::base::{AppError, AppResult, CustomerId, NoteId, StaffId, Timestamp};
use crate::customers::profile::PinnedNote;
use crate::office::settings::zone::Zone;
use crate::server::db::dialect::for_update;
use crate::server::{DbResult, Query, Tx};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: String,
    body: String,
    pinned: bool,
    author: Option<String>,
    created_at: i64,
    version: i64,
}

/// A customer's notes: pinned ones first, then the newest.
///
/// # Errors
/// When the database does not answer.
pub async fn list(q: &impl Query, customer: CustomerId, zone: Zone) -> DbResult<Vec<Note>> {
    let rows: Vec<Row> = q
        .all(
            "SELECT n.id, n.kind, n.body, n.pinned, m.name AS author, n.created_at, n.version
             FROM notes n LEFT JOIN staff m ON m.id = n.author_id
             WHERE n.customer_id = $1 AND n.deleted_at IS NULL
             ORDER BY n.pinned DESC, n.created_at DESC, n.id DESC",
            args![customer],
        )
        .await?;
    let note = |row: Row| Note {
        id: NoteId(row.id),
        kind: NoteKind::parse(&row.kind).unwrap_or_default(),
        body: row.body,
        pinned: row.pinned,
        author: row.author,
        created: zone.moment(Timestamp(row.created_at)),
        version: row.version,
    };
    Ok(rows.into_iter().map(note).collect())
}

/// The notes that stand above every tab, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_pinned(q: &impl Query, customer: CustomerId, zone: Zone) -> DbResult<Vec<PinnedNote>> {
    let rows: Vec<(i64, String, String, Option<String>, i64)> = q
        .all(
            "SELECT n.id, n.kind, n.body, m.name, n.created_at FROM notes n LEFT JOIN staff m ON m.id = n.author_id
             WHERE n.customer_id = $1 AND n.pinned AND n.deleted_at IS NULL ORDER BY n.created_at DESC, n.id DESC",
            args![customer],
        )
        .await?;
    let note = |(id, kind, body, author, at): (i64, String, String, Option<String>, i64)| PinnedNote {
        id: NoteId(id),
        kind: NoteKind::parse(&kind).unwrap_or_default(),
        body,
        author,
        at: zone.moment(Timestamp(at)),
    };
    Ok(rows.into_iter().map(note).collect())
}

/// What a note said before its edits, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_versions(q: &impl Query, note: NoteId, zone: Zone) -> DbResult<Vec<NoteVersion>> {
    let rows: Vec<(i64, String, String, Option<String>, i64)> = q
        .all(
            "SELECT v.version, v.kind, v.body, m.name, v.edited_at FROM note_versions v LEFT JOIN staff m ON m.id = v.edited_by
             WHERE v.note_id = $1 ORDER BY v.version DESC",
            args![note],
        )
        .await?;
    let version = |(version, kind, body, replaced_by, at): (i64, String, String, Option<String>, i64)| NoteVersion {
        version,
        kind: NoteKind::parse(&kind).unwrap_or_default(),
        body,
        replaced_by,
        replaced: zone.moment(Timestamp(at)),
    };
    Ok(rows.into_iter().map(version).collect())
}

/// A note's row, locked for the transaction that edits it.
#[derive(sqlx::FromRow)]
pub struct Held {
    pub customer_id: i64,
    pub kind: String,
    pub body: String,
    pub pinned: bool,
    pub version: i64,
}

/// The customer of a note, deleted ones included.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such note.
pub async fn get_customer(q: &impl Query, note: NoteId) -> AppResult<CustomerId> {
    let row: Option<(i64,)> = q.optional("SELECT customer_id FROM notes WHERE id = $1", args![note]).await?;
    row.map(|(id,)| CustomerId(id)).ok_or(AppError::NotFound)
}

/// # Errors
/// [`AppError::NotFound`] when there is no such note, or it is deleted while `deleted` is not asked for.
pub async fn hold(tx: &Tx, note: NoteId, deleted: bool) -> AppResult<Held> {
    let which = if deleted { "IS NOT NULL" } else { "IS NULL" };
    let sql = format!(
        "SELECT customer_id, kind, body, pinned, version FROM notes WHERE id = $1 AND deleted_at {which}{}",
        for_update(tx)
    );
    tx.optional(&sql, args![note]).await?.ok_or(AppError::NotFound)
}

/// # Errors
/// When the database does not answer.
pub async fn insert(
    tx: &Tx,
    customer: CustomerId,
    form: &NoteForm,
    body: &str,
    author: Option<StaffId>,
    now: Timestamp,
) -> DbResult<NoteId> {
    let id = tx
        .insert(
            "INSERT INTO notes (customer_id, kind, body, pinned, author_id, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
            args![customer, form.kind.code(), body, form.pinned, author, now],
        )
        .await?;
    Ok(NoteId(id))
}

/// Keeps what the note says now as one of its versions.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_version(tx: &Tx, note: NoteId, held: &Held, by: Option<StaffId>, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "INSERT INTO note_versions (note_id, version, kind, body, pinned, edited_by, edited_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![note, held.version, &held.kind, &held.body, held.pinned, by, now],
    )
    .await?;
    Ok(())
}

/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, note: NoteId, form: &NoteForm, body: &str, now: Timestamp) -> DbResult<()> {
    tx.execute(
        "UPDATE notes SET kind = $2, body = $3, pinned = $4, updated_at = $5, version = version + 1 WHERE id = $1",
        args![note, form.kind.code(), body, form.pinned, now],
    )
    .await?;
    Ok(())
}

/// Pins or unpins; no new version, since the wording stays.
///
/// # Errors
/// When the database does not answer.
pub async fn set_pinned(tx: &Tx, note: NoteId, pinned: bool) -> DbResult<()> {
    tx.execute("UPDATE notes SET pinned = $2 WHERE id = $1", args![note, pinned]).await?;
    Ok(())
}

/// Deletes (`Some` instant) or brings back.
///
/// # Errors
/// When the database does not answer.
pub async fn set_deleted(tx: &Tx, note: NoteId, at: Option<Timestamp>) -> DbResult<()> {
    tx.execute("UPDATE notes SET deleted_at = $2 WHERE id = $1", args![note, at]).await?;
    Ok(())
}
