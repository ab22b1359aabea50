//! Tags as staff keep them: list, make, rename, delete, merge.

use super::retire::Payload;
use super::{MERGED_MAX, TagEdit, TagPage, TagQuery, TagRow, store};
use crate::base::{AppError, AppResult, BranchId, JobId, TagId, Timestamp};
use crate::customers::memberships::service::counts;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::jobs::kind;
use crate::office::jobs::store::{NewJob, insert};
use crate::server::{AppState, Tx};

/// Tags on the page; who has more narrows the search.
const SHOWN: usize = 500;

/// The tags that a query finds.
///
/// # Errors
/// When the database does not answer.
pub async fn list(state: &AppState, scope: Option<&[BranchId]>, query: &TagQuery) -> AppResult<TagPage> {
    let counts = counts(state, scope).await?.tags;
    let zone = state.zone();
    let row = |tag: store::Tag| TagRow {
        label: tag.label(),
        customers: counts.get(&TagId(tag.id)).map_or(0, |count| i64::try_from(*count).unwrap_or(i64::MAX)),
        created: zone.moment(Timestamp(tag.created_at)),
        promotions: tag.promotions,
        products: tag.products,
        ruled: tag.ruled,
        version: tag.version,
    };
    let mut rows: Vec<TagRow> = store::list(&state.db, query).await?.into_iter().map(row).collect();
    if query.by_size {
        rows.sort_by_key(|row| std::cmp::Reverse(row.customers));
    }
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    Ok(TagPage { rows, total, more })
}

/// Makes a tag, or gives one another name or colour.
///
/// # Errors
/// [`AppError::Invalid`] on `name`; [`AppError::Conflict`] when somebody else changed it meanwhile; [`AppError::NotFound`].
pub async fn save(tx: &Tx, actor: &Actor, edit: &TagEdit) -> AppResult<TagId> {
    let form = edit.form.checked()?;
    let (id, before) = match edit.id {
        None => (store::insert(tx, &form, actor.at).await?, None),
        Some((id, version)) => {
            let before = store::hold(tx, id).await?;
            if before.version != version {
                return Err(AppError::Conflict { message: "tags.changed".into() });
            }
            store::update(tx, id, &form).await?;
            (id, Some(before.label()))
        }
    };
    let hue = |hue: Option<u8>| hue.map(|hue| hue.to_string()).unwrap_or_default();
    let (name, colour) = before.as_ref().map_or_else(Default::default, |tag| (tag.name.clone(), hue(tag.hue)));
    let changes: Vec<Change> =
        [Change::of("name", name, form.name.as_str()), Change::of("hue", colour, hue(form.hue))].into_iter().flatten().collect();
    if changes.is_empty() {
        return Ok(id);
    }
    let action = if before.is_some() { "tag.changed" } else { "tag.added" };
    audit(tx, actor, id, action, &changes).await?;
    Ok(id)
}

/// Deletes a tag: its name is free at once, and a job takes it off everybody.
///
/// # Errors
/// [`AppError::Conflict`] while a promotion is for those who carry it; [`AppError::NotFound`].
pub async fn delete(tx: &Tx, actor: &Actor, id: TagId) -> AppResult<JobId> {
    let tag = hold_unused(tx, id).await?;
    store::retire(tx, id, actor.at).await?;
    let changes: Vec<Change> = Change::of("name", &tag.name, "").into_iter().collect();
    audit(tx, actor, id, "tag.deleted", &changes).await?;
    enqueue(tx, actor, (kind::DELETE_TAG, &tag.name), &[id], None).await
}

/// Merges tags into another: their names are free at once, and a job puts that one in their place.
///
/// # Errors
/// [`AppError::Invalid`] on `tags` where there is nothing to merge; [`AppError::Conflict`] while a promotion is for those who carry
/// one of them; [`AppError::NotFound`].
pub async fn merge(tx: &Tx, actor: &Actor, tags: &[TagId], into: TagId) -> AppResult<JobId> {
    let mut from: Vec<TagId> = tags.iter().copied().filter(|tag| *tag != into).collect();
    from.sort_unstable();
    from.dedup();
    if from.is_empty() || from.len() > MERGED_MAX {
        return Err(AppError::invalid("tags", "tags.merge_what"));
    }
    // Locked in the order of their ids, whichever of them survives.
    let mut all = from.clone();
    all.push(into);
    all.sort_unstable();
    let mut names = Vec::new();
    let mut survivor = String::new();
    for id in all {
        if id == into {
            survivor = store::hold(tx, id).await?.name;
        } else {
            names.push(hold_unused(tx, id).await?.name);
            store::retire(tx, id, actor.at).await?;
        }
    }
    let changes: Vec<Change> = Change::of("tags", names.join(", "), &survivor).into_iter().collect();
    audit(tx, actor, into, "tag.merged", &changes).await?;
    enqueue(tx, actor, (kind::MERGE_TAGS, &survivor), &from, Some(into)).await
}

/// How many customers would get `into` in the place of these tags, or carry it already: whom merging is about.
///
/// # Errors
/// When the database does not answer.
pub async fn count_carriers(state: &AppState, tags: &[TagId]) -> AppResult<i64> {
    Ok(i64::try_from(store::carriers(&state.db, tags).await?.len()).unwrap_or(i64::MAX))
}

async fn hold_unused(tx: &Tx, id: TagId) -> AppResult<store::Tag> {
    let tag = store::hold(tx, id).await?;
    if tag.promotions > 0 {
        return Err(AppError::Conflict { message: "tags.used_by_promotion".into() });
    }
    if tag.products > 0 {
        return Err(AppError::Conflict { message: "tags.used_by_product".into() });
    }
    Ok(tag)
}

async fn enqueue(tx: &Tx, actor: &Actor, (kind, subject): (&str, &str), tags: &[TagId], into: Option<TagId>) -> AppResult<JobId> {
    let carriers = store::carriers(tx, tags).await?;
    let total = i64::try_from(carriers.len()).unwrap_or(i64::MAX);
    let payload = Payload::json(tags, into, carriers)?;
    let new = NewJob { kind, payload: &payload, subject, total, staff: actor.staff, undo_of: None };
    let job = insert(tx, new, actor.at).await?;
    let changes: Vec<Change> = Change::of("tags", "", subject).into_iter().collect();
    let entry = Entry { action: "job.started", entity: "job", entity_id: job.0, customer: None, changes: &changes };
    record(tx, actor, entry).await?;
    Ok(job)
}

async fn audit(tx: &Tx, actor: &Actor, id: TagId, action: &str, changes: &[Change]) -> AppResult<()> {
    Ok(record(tx, actor, Entry { action, entity: "tag", entity_id: id.0, customer: None, changes }).await?)
}
