//! Use cases of drafts of campaigns: beginning, opening, saving, copying, deleting one.

use super::{Choice, Choices, Counted, Opened, People, Saved, Start, bounded, bounded_audience, copy_name, sift, store};
use crate::base::{AppError, AppResult, BranchId, CampaignId, CustomerId, Timestamp};
use crate::customers::groups::{self, GroupRow};
use crate::customers::list::ListState;
use crate::customers::list::service::matching;
use crate::customers::segments::{self, SegmentRow};
use crate::messages::campaigns::service::note;
use crate::messages::campaigns::store as campaigns;
use crate::messages::campaigns::{Audience, CampaignForm, CampaignState, Fate, Part, SubjectTest, Timing};
use crate::messages::suppression::Topic;
use crate::messages::templates::Layout;
use crate::office::audit::store::Actor;
use crate::office::settings::zone::Zone;
use crate::server::{Context, Query, Tx};

/// A draft that was begun so lately and that nobody wrote on is the one that is begun again: a double press makes one.
const SAME_START: i64 = 60_000_000;
/// What one member writes in one go is one entry of the audit log.
const ONE_SITTING: i64 = 15 * 60_000_000;
/// Customers of an audience that are shown at once.
const SHOWN: usize = 50;

/// Whether a member may write what goes to customers of these branches (`None`: of all).
#[must_use]
pub fn reaches(member: Option<&[BranchId]>, campaign: Option<&[BranchId]>) -> bool {
    match (member, campaign) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(member), Some(campaign)) => campaign.iter().all(|branch| member.contains(branch)),
    }
}

/// That a campaign is there for who asks: of their branches, or of fewer.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn see(q: &impl Query, member: Option<&[BranchId]>, id: CampaignId) -> AppResult<Option<Vec<BranchId>>> {
    let scope = store::scope(q, id).await?;
    if reaches(member, scope.as_deref()) { Ok(scope) } else { Err(AppError::NotFound) }
}

/// Opens a draft.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] where it is none any more.
pub async fn open(ctx: &Context, id: CampaignId) -> AppResult<Opened> {
    see(&ctx.state.db, ctx.scope(), id).await?;
    if campaigns::get_brief(&ctx.state.db, id).await?.state != CampaignState::Draft {
        return Err(no_draft());
    }
    store::open(&ctx.state.db, id, ctx.state.zone()).await
}

fn no_draft() -> AppError {
    AppError::Conflict { message: "composer.no_draft".into() }
}

/// Begins a draft of this name.
///
/// # Errors
/// [`AppError::Invalid`] where the start names nobody that can be kept; [`AppError::NotFound`].
pub async fn begin(ctx: &Context, name: &str, start: Start) -> AppResult<CampaignId> {
    let audience = Audience { include: include(ctx, start).await?.into_iter().collect(), exclude: Vec::new() };
    let form = CampaignForm {
        name: name.trim().to_owned(),
        topic: Topic::Newsletter,
        subject: String::new(),
        preheader: String::new(),
        layout: Layout::Card,
        body: String::new(),
        text: String::new(),
        audience,
        test: SubjectTest::default(),
        timing: Timing::default(),
    };
    bounded(&form)?;
    let written = serde_json::to_string(&form.audience).map_err(|error| crate::server::internal(&error))?;
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    store::lock_member(&tx, ctx.staff.id).await?;
    let since = actor.at.plus(-SAME_START);
    if let Some(id) = store::find_untouched(&tx, ctx.staff.id, &written, since).await? {
        return Ok(id);
    }
    let id = campaigns::insert(&tx, &form, ctx.scope(), Some(ctx.staff.id), actor.at).await?;
    note(&tx, &actor, id, "campaign.added", &form.name).await?;
    tx.commit().await?;
    Ok(id)
}

/// The part of an audience that a start stands for.
async fn include(ctx: &Context, start: Start) -> AppResult<Option<Part>> {
    Ok(match start {
        Start::Nothing => None,
        Start::Chosen(ids) => Some(Part::Chosen(ids)),
        Start::Group(group) => Some(Part::Group(group)),
        Start::Segment(id) => Some(Part::Segment(segments::store::get(&ctx.state.db, id).await?.key)),
        Start::List(query) => Some(of_list(ctx, query).await?),
    })
}

/// A list as a rule, which also describes those who come; with a search, which the language cannot say, those whom it finds now.
async fn of_list(ctx: &Context, query: String) -> AppResult<Part> {
    let (list, _) = ListState::parse(&query);
    if list.search.trim().is_empty() {
        let rule = segments::service::blank_of_list(&ctx.state, &query).await?.rule;
        return Ok(if matches!(rule.trim(), "" | "everyone") { Part::Everybody } else { Part::Rule(rule) });
    }
    Ok(Part::Chosen(matching(&ctx.state, ctx.scope(), &list).await?))
}

/// Writes a draft anew. The same once more (an answer that was lost) is saved already.
///
/// # Errors
/// As [`bounded`]; [`AppError::Conflict`] where it is no draft any more.
pub async fn save(ctx: &Context, id: CampaignId, version: i64, form: &CampaignForm) -> AppResult<Saved> {
    bounded(form)?;
    let tx = ctx.state.db.begin().await?;
    let now = hold(&tx, ctx.scope(), id, ctx.state.zone()).await?;
    if now.form == form.trimmed() {
        return Ok(Saved::As(now.version));
    }
    if now.version != version {
        return Ok(Saved::Theirs(Box::new(now)));
    }
    write(&tx, &ctx.actor(), id, form).await?;
    tx.commit().await?;
    Ok(Saved::As(version + 1))
}

/// A draft, locked to be written on.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] where it is no draft any more.
pub async fn hold(tx: &Tx, scope: Option<&[BranchId]>, id: CampaignId, zone: Zone) -> AppResult<Opened> {
    let (state, _) = campaigns::lock(tx, id).await?;
    see(tx, scope, id).await?;
    if state != CampaignState::Draft {
        return Err(no_draft());
    }
    store::open(tx, id, zone).await
}

/// Writes a draft anew that is held.
///
/// # Errors
/// As [`bounded`].
pub async fn write(tx: &Tx, actor: &Actor, id: CampaignId, form: &CampaignForm) -> AppResult<()> {
    bounded(form)?;
    campaigns::update(tx, id, form, actor.staff, actor.at).await?;
    let is_noted = match actor.staff {
        Some(staff) => store::is_noted(tx, id, staff, actor.at.plus(-ONE_SITTING)).await?,
        None => false,
    };
    if is_noted { Ok(()) } else { note(tx, actor, id, "campaign.changed", form.name.trim()).await }
}

/// What an audience of a campaign can be made of, with sizes as far as the campaign reaches.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn choices(ctx: &Context, id: CampaignId) -> AppResult<Choices> {
    let scope = see(&ctx.state.db, ctx.scope(), id).await?;
    let (state, scope) = (&ctx.state, scope.as_deref());
    let group = |row: GroupRow| Choice {
        part: Part::Group(row.id),
        name: row.group.name,
        href: format!("/groups/{}", row.id),
        size: row.customers,
        archived: row.archived,
    };
    let segment = |row: SegmentRow| Choice {
        href: row.name.href(),
        name: if row.name.built_in { String::new() } else { row.name.name },
        part: Part::Segment(row.name.key),
        size: row.members,
        archived: row.archived,
    };
    Ok(Choices {
        groups: groups::service::list(state, scope).await?.rows.into_iter().map(group).collect(),
        segments: segments::service::list(state, scope).await?.rows.into_iter().map(segment).collect(),
    })
}

/// What an audience would come to now.
///
/// # Errors
/// [`AppError::NotFound`]; as [`bounded_audience`].
pub async fn count(ctx: &Context, id: CampaignId, audience: &Audience, topic: Topic) -> AppResult<Counted> {
    bounded_audience(audience)?;
    let scope = see(&ctx.state.db, ctx.scope(), id).await?;
    sift::count(&ctx.state, audience, topic, scope.as_deref()).await
}

/// Those of an audience with a fate, from behind a customer.
///
/// # Errors
/// As [`count`].
pub async fn people(
    ctx: &Context,
    id: CampaignId,
    audience: (&Audience, Topic),
    fate: Option<Fate>,
    after: Option<CustomerId>,
) -> AppResult<People> {
    bounded_audience(audience.0)?;
    let scope = see(&ctx.state.db, ctx.scope(), id).await?;
    let from = (after.unwrap_or(CustomerId(0)), SHOWN + 1);
    let mut ids = sift::who(&ctx.state, audience, scope.as_deref(), fate, from).await?;
    let more = ids.len() > SHOWN;
    ids.truncate(SHOWN);
    Ok(People { rows: store::people(&ctx.state.db, &ids, fate == Some(Fate::Suppressed)).await?, more })
}

/// A new draft with what is written of a campaign; `suffix` tells its name apart.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn duplicate(ctx: &Context, id: CampaignId, suffix: &str) -> AppResult<CampaignId> {
    let tx = ctx.state.db.begin().await?;
    let made = copy(&tx, ctx.scope(), &ctx.actor(), id, |name| copy_name(name, suffix)).await?;
    tx.commit().await?;
    Ok(made)
}

/// As [`duplicate`], in a transaction that is under way; `name` makes its name from that of the other.
///
/// # Errors
/// [`AppError::NotFound`]; as [`bounded`].
pub async fn copy(
    tx: &Tx,
    member: Option<&[BranchId]>,
    actor: &Actor,
    id: CampaignId,
    name: impl FnOnce(&str) -> String,
) -> AppResult<CampaignId> {
    let scope = see(tx, member, id).await?;
    let (_, form) = campaigns::get_form(tx, id).await?;
    let copy = CampaignForm { name: name(&form.name), timing: Timing::default(), ..form };
    bounded(&copy)?;
    let made = campaigns::insert(tx, &copy, scope.as_deref(), actor.staff, actor.at).await?;
    note(tx, actor, made, "campaign.added", &copy.name).await?;
    Ok(made)
}

/// Deletes a draft; [`restore`] brings it back.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] where it is no draft any more.
pub async fn delete(ctx: &Context, id: CampaignId) -> AppResult<()> {
    let tx = ctx.state.db.begin().await?;
    remove(&tx, ctx.scope(), &ctx.actor(), id).await?;
    Ok(tx.commit().await?)
}

/// As [`delete`], in a transaction that is under way.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] where it is no draft any more.
pub async fn remove(tx: &Tx, scope: Option<&[BranchId]>, actor: &Actor, id: CampaignId) -> AppResult<()> {
    let (_, name) = campaigns::lock(tx, id).await?;
    see(tx, scope, id).await?;
    if !store::set_deleted(tx, id, actor.at).await? {
        return Err(no_draft());
    }
    note(tx, actor, id, "campaign.deleted", &name).await
}

/// Brings a deleted draft back.
///
/// # Errors
/// [`AppError::NotFound`] where it was not deleted.
pub async fn restore(ctx: &Context, id: CampaignId) -> AppResult<()> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    let (name, scope) = store::find_deleted(&tx, id).await?.ok_or(AppError::NotFound)?;
    let scope: Option<Vec<BranchId>> = serde_json::from_str(&scope).map_err(|error| crate::server::internal(&error))?;
    if !reaches(ctx.scope(), scope.as_deref()) || !store::set_deleted(&tx, id, Timestamp(0)).await? {
        return Err(AppError::NotFound);
    }
    note(&tx, &actor, id, "campaign.restored", &name).await?;
    Ok(tx.commit().await?)
}
