//! Server functions of notes.

use super::{Note, NoteForm, NoteVersion};
use crate::base::{AppError, CustomerId, NoteId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{service, store},
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// A customer's notes, pinned ones first.
#[server(protocol = Wire)]
pub async fn list_notes(id: CustomerId) -> Result<Vec<Note>, AppError> {
    let ctx = authorise(Right::View)?;
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    Ok(store::list(&ctx.state.db, id, ctx.state.zone()).await?)
}

/// What a note said before its edits.
#[server(protocol = Wire)]
pub async fn list_note_versions(note: NoteId) -> Result<Vec<NoteVersion>, AppError> {
    let ctx = authorise(Right::View)?;
    let customer = store::get_customer(&ctx.state.db, note).await?;
    get_visible(&ctx.state.db, ctx.scope(), customer).await?;
    Ok(store::list_versions(&ctx.state.db, note, ctx.state.zone()).await?)
}

/// Writes a note.
#[server(protocol = Wire)]
pub async fn add_note(id: CustomerId, form: NoteForm) -> Result<NoteId, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    let id = service::add(&tx, ctx.scope(), &ctx.actor(), id, &form).await?;
    tx.commit().await?;
    Ok(id)
}

/// Rewords a note.
#[server(protocol = Wire)]
pub async fn edit_note(note: NoteId, version: i64, form: NoteForm) -> Result<(), AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    service::edit(&tx, ctx.scope(), &ctx.actor(), note, version, &form).await?;
    Ok(tx.commit().await?)
}

/// Pins a note above every tab, or takes it down.
#[server(protocol = Wire)]
pub async fn pin_note(note: NoteId, pinned: bool) -> Result<(), AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    service::set_pinned(&tx, ctx.scope(), &ctx.actor(), note, pinned).await?;
    Ok(tx.commit().await?)
}

/// Deletes a note, or brings it back.
#[server(protocol = Wire)]
pub async fn delete_note(note: NoteId, undo: bool) -> Result<(), AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    if undo {
        service::restore(&tx, ctx.scope(), &ctx.actor(), note).await?;
    } else {
        service::delete(&tx, ctx.scope(), &ctx.actor(), note).await?;
    }
    Ok(tx.commit().await?)
}
