//! Writing notes, each with its entry in the audit log.

use super::{NoteForm, NoteKind, store};
use crate::base::{AppError, AppResult, BranchId, CustomerId, NoteId};
use crate::customers::profile::store::get_visible;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::server::Tx;

/// # Errors
/// [`AppError::NotFound`] for a customer out of `scope`; [`AppError::Invalid`] on `body`.
pub async fn add(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, customer: CustomerId, form: &NoteForm) -> AppResult<NoteId> {
    let body = form.checked_body()?;
    let customer = get_visible(tx, scope, customer).await?;
    let id = store::insert(tx, customer, form, body, actor.staff, actor.at).await?;
    let changes: Vec<Change> = Change::of("body", "", body).into_iter().collect();
    audit(tx, actor, "note.added", id, customer, &changes).await?;
    Ok(id)
}

/// Rewords a note; what it said before stays among its versions.
///
/// # Errors
/// [`AppError::Conflict`] when it was edited since `version`; [`AppError::Invalid`] on `body`; [`AppError::NotFound`].
pub async fn edit(
    tx: &Tx,
    scope: Option<&[BranchId]>,
    actor: &Actor,
    note: NoteId,
    version: i64,
    form: &NoteForm,
) -> AppResult<()> {
    let body = form.checked_body()?;
    let held = store::hold(tx, note, false).await?;
    let customer = get_visible(tx, scope, CustomerId(held.customer_id)).await?;
    if held.version != version {
        return Err(AppError::Conflict { message: "notes.conflict".into() });
    }
    let before = NoteKind::parse(&held.kind).unwrap_or_default();
    let changes: Vec<Change> = [
        Change::of("kind", before.code(), form.kind.code()),
        Change::of("body", held.body.as_str(), body),
        Change::of("pinned", held.pinned.to_string(), form.pinned.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if changes.is_empty() {
        return Ok(());
    }
    store::keep_version(tx, note, &held, actor.staff, actor.at).await?;
    store::update(tx, note, form, body, actor.at).await?;
    audit(tx, actor, "note.edited", note, customer, &changes).await
}

/// # Errors
/// [`AppError::NotFound`].
pub async fn set_pinned(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, note: NoteId, pinned: bool) -> AppResult<()> {
    let held = store::hold(tx, note, false).await?;
    let customer = get_visible(tx, scope, CustomerId(held.customer_id)).await?;
    store::set_pinned(tx, note, pinned).await?;
    let changes: Vec<Change> = Change::of("pinned", held.pinned.to_string(), pinned.to_string()).into_iter().collect();
    audit(tx, actor, if pinned { "note.pinned" } else { "note.unpinned" }, note, customer, &changes).await
}

/// # Errors
/// [`AppError::NotFound`] when there is no such note, or it is deleted already.
pub async fn delete(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, note: NoteId) -> AppResult<()> {
    let held = store::hold(tx, note, false).await?;
    let customer = get_visible(tx, scope, CustomerId(held.customer_id)).await?;
    store::set_deleted(tx, note, Some(actor.at)).await?;
    let changes: Vec<Change> = Change::of("body", held.body, "").into_iter().collect();
    audit(tx, actor, "note.deleted", note, customer, &changes).await
}

/// Brings a deleted note back.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such deleted note.
pub async fn restore(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, note: NoteId) -> AppResult<()> {
    let held = store::hold(tx, note, true).await?;
    let customer = get_visible(tx, scope, CustomerId(held.customer_id)).await?;
    store::set_deleted(tx, note, None).await?;
    let changes: Vec<Change> = Change::of("body", "", held.body).into_iter().collect();
    audit(tx, actor, "note.restored", note, customer, &changes).await
}

async fn audit(tx: &Tx, actor: &Actor, action: &str, note: NoteId, customer: CustomerId, changes: &[Change]) -> AppResult<()> {
    let entry = Entry { action, entity: "note", entity_id: note.0, customer: Some(customer), changes };
    Ok(record(tx, actor, entry).await?)
}
