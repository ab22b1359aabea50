//! Internal notes in the REST API.

use super::{Note, NoteForm, NoteKind, service, store};
use crate::base::{AppError, CustomerId, NoteId};
use crate::customers::profile::store::get_visible;
use crate::office::apikeys::Scope::{ReadCustomers, WriteCustomers};
use crate::server::rest::{Answer, Call, Operation, PageOf, Reply, etag, rfc3339};
use crate::server::{Query, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the room offers.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let (all, one) = ("/customers/{id}/notes", "/customers/{id}/notes/{note}");
    vec![
        Operation::get(all, ReadCustomers, "list_notes", "Staff's notes on a customer", |c| Box::pin(list(c)))
            .about("Internal: never show them to the customer. Pinned ones first, then the newest.")
            .lists::<CustomerNote>(),
        Operation::post(all, WriteCustomers, "add_note", "Writes a note", |c, tx| Box::pin(add(c, tx)))
            .takes::<NoteInput>()
            .creates::<CustomerNote>(),
        Operation::get(one, ReadCustomers, "get_note", "A note", |c| Box::pin(get(c))).gives::<CustomerNote>(),
        Operation::put(one, WriteCustomers, "replace_note", "Rewords a note", |c, tx| Box::pin(replace(c, tx)))
            .about("What it said before stays among its versions.")
            .takes::<NoteInput>()
            .gives::<CustomerNote>()
            .guarded(),
        Operation::delete(one, WriteCustomers, "delete_note", "Deletes a note", |c, tx| Box::pin(delete(c, tx))).guarded(),
    ]
}

/// What can be written of a note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteInput {
    #[serde(default)]
    pub kind: NoteKind,
    #[schema(min_length = 1, max_length = 10000)]
    pub body: String,
    /// Stands above every tab of the customer.
    #[serde(default)]
    pub pinned: bool,
}

impl NoteInput {
    fn form(self) -> NoteForm {
        NoteForm { kind: self.kind, body: self.body, pinned: self.pinned }
    }
}

/// A note on a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerNote {
    pub id: i64,
    pub kind: NoteKind,
    pub body: String,
    pub pinned: bool,
    /// Null where a program wrote it.
    pub author: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
    /// Goes up with every edit.
    pub version: i64,
}

impl From<Note> for CustomerNote {
    fn from(note: Note) -> Self {
        Self {
            id: note.id.0,
            kind: note.kind,
            body: note.body,
            pinned: note.pinned,
            author: note.author,
            created_at: rfc3339(note.created.at),
            version: note.version,
        }
    }
}

async fn customer(q: &impl Query, call: &Call) -> Answer<CustomerId> {
    Ok(get_visible(q, None, call.id("id")?).await?)
}

async fn find(q: &impl Query, call: &Call, id: NoteId) -> Answer<Note> {
    let notes = store::list(q, customer(q, call).await?, call.zone()).await?;
    notes.into_iter().find(|note| note.id == id).ok_or(AppError::NotFound.into())
}

fn shown(note: Note) -> Answer {
    let note = CustomerNote::from(note);
    Ok(Reply::ok(&note)?.tagged(etag(&note)))
}

async fn list(call: &Call) -> Answer {
    let notes = store::list(&call.state.db, customer(&call.state.db, call).await?, call.zone()).await?;
    Reply::ok(&PageOf::whole(notes.into_iter().map(CustomerNote::from).collect()))
}

async fn get(call: &Call) -> Answer {
    shown(find(&call.state.db, call, call.id("note")?).await?)
}

async fn add(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<NoteInput>()?.form();
    let customer = customer(tx, call).await?;
    let id = service::add(tx, None, &call.actor(), customer, &form).await?;
    let made = shown(find(tx, call, id).await?)?;
    Ok(Reply { status: 201, ..made }.at(format!("/api/customers/{customer}/notes/{id}")))
}

async fn replace(call: &Call, tx: &Tx) -> Answer {
    let form = call.body::<NoteInput>()?.form();
    let now = held(call, tx).await?;
    service::edit(tx, None, &call.actor(), now.id, now.version, &form).await?;
    shown(find(tx, call, now.id).await?)
}

async fn delete(call: &Call, tx: &Tx) -> Answer {
    let now = held(call, tx).await?;
    service::delete(tx, None, &call.actor(), now.id).await?;
    Ok(Reply::nothing())
}

/// The note of the path, locked, as `If-Match` wants it.
async fn held(call: &Call, tx: &Tx) -> Answer<Note> {
    let id: NoteId = call.id("note")?;
    store::hold(tx, id, false).await?;
    let note = find(tx, call, id).await?;
    call.expect_version(&etag(&CustomerNote::from(note.clone())))?;
    Ok(note)
}
