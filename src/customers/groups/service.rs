//! Groups as staff keep them: list, make, change, move everybody out, archive, delete.

use super::moving::Payload;
use super::{CheckedGroup, GroupForm, GroupRow, GroupView, Groups, Hold, store};
use crate::base::i18n::message;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, BranchId, Currency, GroupId, JobId, Timestamp};
use crate::customers::memberships::service::counts;
use crate::customers::memberships::store::fallback_group;
use crate::office::audit::Change;
use crate::office::audit::store::{Actor, Entry, record};
use crate::office::jobs::kind;
use crate::office::jobs::store::{NewJob, insert};
use crate::office::settings::section::{Section, merge};
use crate::server::{AppState, Query, Tx};

/// All groups with their sizes.
///
/// # Errors
/// When the database does not answer.
pub async fn list(state: &AppState, scope: Option<&[BranchId]>) -> AppResult<Groups> {
    let counts = counts(state, scope).await?.groups;
    let base = state.settings().base_currency;
    let row = |group: store::Group| GroupRow {
        id: GroupId(group.id),
        customers: counts.get(&GroupId(group.id)).map_or(0, |count| i64::try_from(*count).unwrap_or(i64::MAX)),
        archived: group.is_archived(),
        ruled: group.ruled,
        group: group.checked(base),
    };
    let rows = store::list(&state.db).await?.into_iter().map(row).collect();
    Ok(Groups { rows, price_lists: store::price_lists(&state.db).await? })
}

/// A group on its page; `None` is one that is about to be made.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn view(state: &AppState, scope: Option<&[BranchId]>, id: Option<GroupId>) -> AppResult<GroupView> {
    let (db, base) = (&state.db, state.settings().base_currency);
    let all = store::list(db).await?;
    let price_lists = store::price_lists(db).await?;
    let others = all.iter().filter(|other| Some(GroupId(other.id)) != id && !other.is_archived());
    let others = others.map(|other| (GroupId(other.id), other.checked(base).name)).collect();
    let Some(id) = id else {
        let form = GroupForm { hue: free_hue(&all, base).to_string(), ..GroupForm::default() };
        let blank = GroupForm { name: "-".into(), ..form.clone() };
        let group = CheckedGroup { name: String::new(), ..blank.checked(base)? };
        return Ok(GroupView {
            id: None,
            code: String::new(),
            form,
            group,
            customers: 0,
            archived: false,
            is_fallback: false,
            price_lists,
            others,
            changed: None,
        });
    };
    let group = all.iter().find(|group| group.id == id.0).ok_or(AppError::NotFound)?;
    let counts = counts(state, scope).await?.groups;
    let checked = group.checked(base);
    let changed = store::last_change(db, id).await?;
    Ok(GroupView {
        id: Some(id),
        code: group.code.clone(),
        form: GroupForm::of(&checked),
        customers: counts.get(&id).map_or(0, |count| i64::try_from(*count).unwrap_or(i64::MAX)),
        archived: group.is_archived(),
        is_fallback: fallback_group(db).await? == Some(id),
        group: checked,
        price_lists,
        others,
        changed: changed.map(|(by, at)| (by.unwrap_or_default(), state.zone().moment(Timestamp(at)))),
    })
}

/// A colour that no group has yet, if there is one.
fn free_hue(groups: &[store::Group], base: Currency) -> u8 {
    let taken: Vec<u8> = groups.iter().map(|group| group.checked(base).hue).collect();
    // Five apart, neighbours are easily told from each other.
    (0..12).map(|n| n * 5 % 12).find(|hue| !taken.contains(hue)).unwrap_or_default()
}

/// Makes a group.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be.
pub async fn add(tx: &Tx, actor: &Actor, base: Currency, form: &GroupForm) -> AppResult<GroupId> {
    let checked = checked(tx, form, base).await?;
    let code = free_code(tx, &checked.name).await?;
    let id = store::insert(tx, &checked, &code, actor.at).await?;
    let nothing = GroupForm::default();
    audit(tx, actor, id, "group.added", &changes(&nothing, &GroupForm::of(&checked))).await?;
    Ok(id)
}

/// Changes a group: what was typed, against what it was edited from. What others changed meanwhile stays.
///
/// # Errors
/// [`AppError::Invalid`] on the field that cannot be; [`AppError::Conflict`] where both changed a field; [`AppError::NotFound`].
pub async fn change(
    tx: &Tx,
    actor: &Actor,
    currency: Currency,
    id: GroupId,
    form: &GroupForm,
    base: &GroupForm,
) -> AppResult<()> {
    let before = GroupForm::of(&store::hold(tx, id).await?.checked(currency));
    let merged = merge(form, base, &before).map_err(|_| AppError::Conflict { message: "groups.changed".into() })?;
    let checked = checked(tx, &merged, currency).await?;
    let changes = changes(&before, &GroupForm::of(&checked));
    if changes.is_empty() {
        return Ok(());
    }
    store::update(tx, id, &checked).await?;
    audit(tx, actor, id, "group.changed", &changes).await
}

async fn checked(tx: &Tx, form: &GroupForm, base: Currency) -> AppResult<CheckedGroup> {
    let checked = form.checked(base)?;
    if normalise(&checked.name).is_empty() {
        return Err(AppError::invalid("name", "field.needed"));
    }
    if let Some(list) = checked.benefits.price_list
        && !store::price_lists(tx).await?.iter().any(|(known, _)| *known == list)
    {
        return Err(AppError::invalid("price_list", "groups.price_list_gone"));
    }
    Ok(checked)
}

/// A code for programs, made of the name: letters and digits of English, others fall out.
async fn free_code(q: &impl Query, name: &str) -> AppResult<String> {
    let plain: String = normalise(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let words: Vec<&str> = plain.split('_').filter(|word| !word.is_empty()).collect();
    let stem = if words.is_empty() { "group".to_owned() } else { words.join("_") };
    let mut code = stem.clone();
    let mut number = 1;
    while store::is_code_taken(q, &code).await? {
        number += 1;
        code = format!("{stem}_{number}");
    }
    Ok(code)
}

/// What keeps a group from being archived.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn hold(q: &impl Query, base: Currency, id: GroupId) -> AppResult<Hold> {
    store::get(q, id).await?;
    Ok(store::holds(q, base, id).await?)
}

/// Archives a group that nobody is in, or takes it into use again.
///
/// # Errors
/// [`AppError::Conflict`] with what keeps it; [`AppError::NotFound`].
pub async fn set_archived(tx: &Tx, actor: &Actor, base: Currency, id: GroupId, archived: bool) -> AppResult<()> {
    let group = store::hold(tx, id).await?;
    if group.is_archived() == archived {
        return Ok(());
    }
    if archived {
        refuse_held(tx, base, id).await?;
    }
    store::set_archived(tx, id, if archived { actor.at } else { Timestamp(0) }).await?;
    let action = if archived { "group.archived" } else { "group.restored" };
    audit_name(tx, actor, &group, action).await
}

/// Deletes an archived group that nothing refers to.
///
/// # Errors
/// [`AppError::Conflict`] for one that is in use; [`AppError::NotFound`].
pub async fn delete(tx: &Tx, actor: &Actor, base: Currency, id: GroupId) -> AppResult<()> {
    let group = store::hold(tx, id).await?;
    if !group.is_archived() {
        return Err(AppError::Conflict { message: "groups.archive_first".into() });
    }
    refuse_held(tx, base, id).await?;
    store::delete(tx, id).await?;
    audit_name(tx, actor, &group, "group.deleted").await
}

async fn refuse_held(tx: &Tx, base: Currency, id: GroupId) -> AppResult<()> {
    let hold = store::holds(tx, base, id).await?;
    let message = match hold.campaigns.first() {
        _ if fallback_group(tx).await? == Some(id) => "groups.fallback_stays".into(),
        _ if hold.customers > 0 => "groups.still_used".into(),
        _ if hold.promotions > 0 => "groups.used_by_promotion".into(),
        _ if hold.products > 0 => "groups.used_by_product".into(),
        Some(campaign) => message("groups.used_by_campaign", &[("name", campaign)]),
        None => return Ok(()),
    };
    Err(AppError::Conflict { message })
}

/// Starts the job that moves everybody of a group to another, and archives it afterwards where that is wanted.
///
/// # Errors
/// [`AppError::Invalid`] on `to` for a group that nobody can be put into; [`AppError::Conflict`] where the group would not be archived;
/// [`AppError::NotFound`].
pub async fn move_everybody(tx: &Tx, actor: &Actor, from: GroupId, to: GroupId, archive: bool) -> AppResult<JobId> {
    let group = store::hold(tx, from).await?;
    let goal = store::get(tx, to).await.ok().filter(|goal| !goal.is_archived() && from != to);
    let goal = goal.ok_or_else(|| AppError::invalid("to", "groups.move_where"))?;
    if archive && fallback_group(tx).await? == Some(from) {
        return Err(AppError::Conflict { message: "groups.fallback_stays".into() });
    }
    let members = store::members(tx, from).await?;
    let total = i64::try_from(members.len()).unwrap_or(i64::MAX);
    let payload = Payload::json(from, to, archive, members)?;
    let names = [&group, &goal].map(|group| group.checked(Currency::USD).name);
    let [from_name, to_name] = &names;
    let subject = format!("{from_name} → {to_name}");
    let new = NewJob { kind: kind::MOVE_GROUP, payload: &payload, subject: &subject, total, staff: actor.staff, undo_of: None };
    let job = insert(tx, new, actor.at).await?;
    let changes: Vec<Change> = Change::of("groups", from_name.as_str(), to_name.as_str()).into_iter().collect();
    let entry = Entry { action: "job.started", entity: "job", entity_id: job.0, customer: None, changes: &changes };
    record(tx, actor, entry).await?;
    Ok(job)
}

fn changes(before: &GroupForm, after: &GroupForm) -> Vec<Change> {
    let both = before.fields().into_iter().zip(after.fields());
    both.filter_map(|((label, before), (_, after))| Change::of(label.trim_start_matches("field."), before, after)).collect()
}

async fn audit_name(tx: &Tx, actor: &Actor, group: &store::Group, action: &str) -> AppResult<()> {
    let name = group.checked(Currency::USD).name;
    audit(tx, actor, GroupId(group.id), action, &Change::of("name", "", name).into_iter().collect::<Vec<_>>()).await
}

async fn audit(tx: &Tx, actor: &Actor, id: GroupId, action: &str, changes: &[Change]) -> AppResult<()> {
    Ok(record(tx, actor, Entry { action, entity: "group", entity_id: id.0, customer: None, changes }).await?)
}
