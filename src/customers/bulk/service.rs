//! Starting a bulk action, and doing it and undoing it batch by batch.

use super::audience::Audience;
use super::{BulkAction, store};
use crate::base::{AppError, AppResult, BranchId, CustomerId, GroupId, JobId, TagId, Timestamp};
use crate::customers::memberships::Cause;
use crate::customers::tags;
use crate::office::audit::Change as AuditChange;
use crate::office::audit::store::{Entry, record};
use crate::office::jobs::kind;
use crate::office::jobs::service::{Step, Work};
use crate::office::jobs::store::{Job, NewJob, insert};
use crate::server::{Context, Tx};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// An action whose tag or group is known to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    Tag(TagId),
    Untag(TagId),
    AddToGroup(GroupId),
    RemoveFromGroup(GroupId),
    Block,
    Unblock,
}

impl Change {
    fn kind(self) -> &'static str {
        match self {
            Self::Tag(_) => kind::TAG,
            Self::Untag(_) => kind::UNTAG,
            Self::AddToGroup(_) => kind::ADD_TO_GROUP,
            Self::RemoveFromGroup(_) => kind::REMOVE_FROM_GROUP,
            Self::Block => kind::BLOCK,
            Self::Unblock => kind::UNBLOCK,
        }
    }

    /// What turns it back.
    pub fn inverse(self) -> Self {
        match self {
            Self::Tag(tag) => Self::Untag(tag),
            Self::Untag(tag) => Self::Tag(tag),
            Self::AddToGroup(group) => Self::RemoveFromGroup(group),
            Self::RemoveFromGroup(group) => Self::AddToGroup(group),
            Self::Block => Self::Unblock,
            Self::Unblock => Self::Block,
        }
    }
}

/// What a job keeps of what it was asked.
#[derive(Serialize, Deserialize)]
struct Payload {
    change: Change,
    /// Only customers of these branches; `None` is no limit.
    scope: Option<Vec<BranchId>>,
    audience: String,
}

impl Payload {
    fn parse(job: &Job) -> AppResult<Self> {
        serde_json::from_str(&job.payload).map_err(|error| crate::server::internal(&error))
    }
}

/// Starts a bulk action on a frozen audience. Customers who are not theirs to see, merged or anonymised are passed over.
///
/// # Errors
/// [`AppError::Invalid`] on `customers` when there are none and on `tag` when its name cannot be; [`AppError::NotFound`] for a
/// tag or group that does not exist.
pub async fn start(ctx: &Context, action: BulkAction, audience: Vec<CustomerId>) -> AppResult<JobId> {
    let audience = Audience::new(audience);
    if audience.is_empty() {
        return Err(AppError::invalid("customers", "bulk.nobody"));
    }
    let actor = ctx.actor();
    let encoded = audience.encode();
    let tx = ctx.state.db.begin().await?;
    let (change, subject) = resolve(&tx, action, actor.at).await?;
    let payload = Payload { change, scope: ctx.scope().map(<[_]>::to_vec), audience: encoded };
    let payload = serde_json::to_string(&payload).map_err(|error| crate::server::internal(&error))?;
    let total = i64::try_from(audience.len()).unwrap_or(i64::MAX);
    let new =
        NewJob { kind: change.kind(), payload: &payload, subject: &subject, total, staff: Some(ctx.staff.id), undo_of: None };
    let job = insert(&tx, new, actor.at).await?;
    let changes: Vec<AuditChange> =
        [AuditChange::of(change.kind(), "", &subject), AuditChange::of("customers", "", total.to_string())]
            .into_iter()
            .flatten()
            .collect();
    let entry = Entry { action: "job.started", entity: "job", entity_id: job.0, customer: None, changes: &changes };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    ctx.state.job_added.notify_one();
    Ok(job)
}

/// The action with its tag or group found (a tag may be made), and the name of that.
async fn resolve(tx: &Tx, action: BulkAction, now: Timestamp) -> AppResult<(Change, String)> {
    Ok(match action {
        BulkAction::Tag { name } => {
            let (tag, name) = tags::store::find_or_create(tx, &name, now).await?;
            (Change::Tag(tag), name)
        }
        BulkAction::Untag { tag } => (Change::Untag(tag), store::tag_name(tx, tag).await?.ok_or(AppError::NotFound)?),
        BulkAction::AddToGroup { group } => (Change::AddToGroup(group), group_name(tx, group).await?),
        BulkAction::RemoveFromGroup { group } => (Change::RemoveFromGroup(group), group_name(tx, group).await?),
        BulkAction::Block => (Change::Block, String::new()),
        BulkAction::Unblock => (Change::Unblock, String::new()),
    })
}

async fn group_name(tx: &Tx, group: GroupId) -> AppResult<String> {
    store::group_name(tx, group).await?.ok_or(AppError::NotFound)
}

/// Opens the work of a bulk job.
///
/// # Errors
/// When its payload is none of ours.
pub fn open(job: &Job) -> AppResult<Box<dyn Work>> {
    let payload = Payload::parse(job)?;
    let Some(audience) = Audience::decode(&payload.audience) else {
        return Err(crate::server::internal(&"the audience of a job does not read"));
    };
    Ok(Box::new(Doing { change: payload.change, scope: payload.scope, audience }))
}

/// Opens the work that turns the bulk job `done` back.
///
/// # Errors
/// When a payload is none of ours.
pub fn open_undo(done: &Job, job: &Job) -> AppResult<Box<dyn Work>> {
    let scope = serde_json::from_str(&job.payload).map_err(|error| crate::server::internal(&error))?;
    Ok(Box::new(Undoing { done: Payload::parse(done)?.change, done_by: done.id, stamp: done.created_at, scope }))
}

struct Doing {
    change: Change,
    scope: Option<Vec<BranchId>>,
    audience: Audience,
}

#[async_trait]
impl Work for Doing {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let ids = self.audience.after(job.cursor, size);
        let Some(last) = ids.last().copied() else {
            return Ok(Step { cursor: job.cursor, done: 0, changed: 0, last: true });
        };
        let batch = store::Batch { job: job.id, after: job.cursor, to: last };
        store::mark(tx, batch, self.change, &ids, self.scope.as_deref()).await?;
        store::apply(tx, batch, self.change, job.created_at, now).await?;
        if !store::is_in_use(tx, self.change).await? {
            return Err(AppError::Conflict { message: "bulk.gone".into() });
        }
        store::note(tx, batch, self.change, Cause::Staff, job, now).await?;
        let changed = store::write_down(tx, batch, self.change, job, now).await?;
        let done = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        Ok(Step { cursor: last, done, changed, last: ids.len() < size })
    }
}

struct Undoing {
    /// What was done, and by which job.
    done: Change,
    done_by: JobId,
    /// What everything that job added is stamped with.
    stamp: Timestamp,
    /// Only customers of these branches; `None` is no limit.
    scope: Option<Vec<BranchId>>,
}

#[async_trait]
impl Work for Undoing {
    async fn step(&mut self, tx: &Tx, job: &Job, size: usize, now: Timestamp) -> AppResult<Step> {
        let (done, to) = store::next_changed(tx, self.done_by, job.cursor, size).await?;
        if done == 0 {
            return Ok(Step { cursor: job.cursor, done: 0, changed: 0, last: true });
        }
        let batch = store::Batch { job: job.id, after: job.cursor, to };
        let marking = store::Undo { done: self.done, done_by: self.done_by, stamp: self.stamp, scope: self.scope.as_deref() };
        store::mark_undo(tx, batch, marking).await?;
        store::apply_undo(tx, batch, self.done, now).await?;
        if !store::is_in_use(tx, self.done.inverse()).await? {
            return Err(AppError::Conflict { message: "bulk.gone".into() });
        }
        store::note(tx, batch, self.done.inverse(), Cause::Undo, job, now).await?;
        let changed = store::write_down(tx, batch, self.done.inverse(), job, now).await?;
        Ok(Step { cursor: to, done, changed, last: usize::try_from(done).is_ok_and(|done| done < size) })
    }
}
