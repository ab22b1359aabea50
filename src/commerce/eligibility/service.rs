//! Asking what a customer is, and naming groups, tags and segments so that they stay.

use super::{Choices, Early, Member, store};
use crate::base::i18n::message;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, CustomerId, Day, GroupId, SegmentId, TagId, Timestamp};
use crate::customers::groups::store as groups;
use crate::customers::segments;
use crate::customers::tags::store::find_or_create;
use crate::office::settings::ShopSettings;
use crate::server::{Query, Tx};

/// Tags that a field suggests; others are written.
const TAGS: usize = 200;

/// What can be named in a form.
///
/// # Errors
/// When the database does not answer.
pub async fn choices(q: &impl Query) -> AppResult<Choices> {
    let known = segments::store::list(q).await?;
    let segments = known.iter().filter(|segment| !segment.archived).map(segments::store::Segment::named).collect();
    Ok(Choices { groups: store::groups(q).await?, segments, tags: store::tags(q, TAGS).await? })
}

/// Finds out whether a customer is in a segment now. Its rule is asked: who is in it is written down a moment later.
///
/// # Errors
/// When the database does not answer.
pub async fn ask_segment(
    q: &impl Query,
    settings: &ShopSettings,
    today: Day,
    customer: CustomerId,
    member: &mut Member,
    id: SegmentId,
) -> AppResult<()> {
    if member.asked.contains(&id) {
        return Ok(());
    }
    if segments::is_in(q, settings, id, customer, today).await? {
        member.segments.push(id);
    }
    member.asked.push(id);
    Ok(())
}

/// Finds out whether a customer has early access to what opens earlier for these, as far as that is not known.
///
/// # Errors
/// When the database does not answer.
pub async fn ask_early(
    q: &impl Query,
    settings: &ShopSettings,
    today: Day,
    customer: CustomerId,
    member: &mut Member,
    early: Early,
) -> AppResult<()> {
    if member.early_access || early.is_empty() {
        return Ok(());
    }
    store::fill(q, customer, member).await?;
    match early.segment {
        Some(segment) if !early.names(member) => ask_segment(q, settings, today, customer, member, segment).await,
        _ => Ok(()),
    }
}

/// Refuses, by field, groups and segments that are archived or gone; until the transaction ends nobody does away with the others.
///
/// # Errors
/// [`AppError::Invalid`] on the field.
pub async fn hold(tx: &Tx, groups: &[(&str, Option<GroupId>)], segments: &[(&str, Option<SegmentId>)]) -> AppResult<()> {
    let mut named: Vec<(GroupId, &str)> = groups.iter().filter_map(|(field, id)| id.map(|id| (id, *field))).collect();
    // Locked in the order of their ids, whichever field names them.
    named.sort_unstable();
    for (id, field) in named {
        hold_group(tx, field, id).await?;
    }
    for (field, id) in segments {
        if let Some(id) = id {
            hold_segment(tx, field, *id).await?;
        }
    }
    Ok(())
}

async fn hold_group(tx: &Tx, field: &str, id: GroupId) -> AppResult<()> {
    match groups::hold(tx, id).await {
        Ok(group) if !group.is_archived() => Ok(()),
        Ok(_) | Err(AppError::NotFound) => Err(AppError::invalid(field, "promotions.group_gone")),
        Err(other) => Err(other),
    }
}

async fn hold_segment(tx: &Tx, field: &str, id: SegmentId) -> AppResult<()> {
    segments::store::lock_rules(tx).await?;
    match segments::store::get(tx, id).await {
        Ok(segment) if segment.archived => {
            Err(AppError::invalid(field, message("segments.rule_archived", &[("name", &segment.name)])))
        }
        Ok(_) => Ok(()),
        Err(AppError::NotFound) => Err(AppError::invalid(field, "promotions.segment_gone")),
        Err(other) => Err(other),
    }
}

/// The tags of these names, each with its field; made where there are none, and locked. An empty name is none.
///
/// # Errors
/// [`AppError::Invalid`] on the field whose name cannot be.
pub async fn tags<const N: usize>(tx: &Tx, now: Timestamp, named: [(&str, &str); N]) -> AppResult<[Option<TagId>; N]> {
    let mut order: [usize; N] = std::array::from_fn(|at| at);
    // Locked in the order of their names, whichever field names them.
    order.sort_by_key(|at| normalise(named[*at].1));
    let mut found = [None; N];
    for at in order {
        let (field, name) = named[at];
        if !name.trim().is_empty() {
            found[at] = Some(tag(tx, now, field, name).await?);
        }
    }
    Ok(found)
}

async fn tag(tx: &Tx, now: Timestamp, field: &str, name: &str) -> AppResult<TagId> {
    let found = find_or_create(tx, name, now).await;
    let found = found.map_err(|error| match error {
        AppError::Invalid { message, .. } => AppError::invalid(field, message),
        other => other,
    });
    Ok(found?.0)
}
