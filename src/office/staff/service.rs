//! Who works here: inviting, roles, branches, leaving; and what members do with their own account.
//!
//! Invariants: there is always an active owner who can log in; only owners make owners or change one; who is deactivated has
//! no session left; an invitation's link is shown once, its hash kept, and it ends after a week.

use super::model::{AccountView, Member, MemberForm, OwnSession, StaffView};
use super::store::{self, MemberRow};
use super::{Right, Role, account, password, sessions, throttle};
use crate::base::i18n::LOCALES;
use crate::base::{AppError, AppResult, BranchId, SessionId, StaffId, Timestamp};
use crate::office::audit::Change;
use crate::office::audit::store::{Entry, record};
use crate::server::db::dialect;
use crate::server::{Context, Tx, keys};

/// How long an invitation holds.
const INVITE_HOLDS: i64 = 7 * Timestamp::DAY;

/// The advisory lock under which roles change, so that two owners cannot demote each other at once.
const ROLES_LOCK: i64 = 0x0003;

/// Everybody who works or worked here, and what the forms choose from.
///
/// # Errors
/// When the database does not answer.
pub async fn list(ctx: &Context) -> AppResult<StaffView> {
    let zone = ctx.state.zone();
    let now = ctx.state.clock.now();
    let mut members = Vec::new();
    for row in store::list_members(&ctx.state.db, now).await? {
        let branches = if row.branch_limited { Some(store::branches_of(&ctx.state.db, StaffId(row.id)).await?) } else { None };
        members.push(Member {
            id: StaffId(row.id),
            role: Role::parse(&row.role).unwrap_or(Role::ReadOnly),
            branches,
            active: row.active,
            joined: row.joined,
            last_seen: zone.moment_or_never(row.last_seen_at),
            invited_until: zone.moment_or_never(row.invited_until),
            name: row.name,
            email: row.email,
        });
    }
    Ok(StaffView { members, branches: store::list_branches(&ctx.state.db).await? })
}

/// Adds a member who sets their password by the link that this yields; it cannot be shown again.
///
/// # Errors
/// [`AppError::Invalid`] on `name` or `email`; [`AppError::Forbidden`] where somebody else than an owner invites an owner.
pub async fn invite(ctx: &Context, form: &MemberForm) -> AppResult<String> {
    account::check_person(&form.name, &form.email)?;
    may_give(ctx, form.role)?;
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    let new = store::NewStaff {
        email: &form.email,
        name: &form.name,
        role: form.role,
        password_hash: None,
        branches: form.branches.as_deref(),
    };
    let id = store::insert(&tx, new, actor.at).await?;
    let changes: Vec<Change> = Change::of("role", "", form.role.code()).into_iter().collect();
    let entry = Entry { action: "staff.invited", entity: "staff", entity_id: id.0, customer: None, changes: &changes };
    record(&tx, &actor, entry).await?;
    let link = new_link(ctx, &tx, id, actor.at).await?;
    tx.commit().await?;
    Ok(link)
}

/// A new link for a member who has not set a password yet; links before it no longer work.
///
/// # Errors
/// [`AppError::NotFound`] for a member who is gone or has joined; [`AppError::Forbidden`] as in [`invite`].
pub async fn invite_again(ctx: &Context, id: StaffId) -> AppResult<String> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    let member = get(&tx, id).await?;
    may_change(ctx, &member)?;
    if member.joined || !member.active {
        return Err(AppError::NotFound);
    }
    let entry = Entry { action: "staff.invited_again", entity: "staff", entity_id: id.0, customer: None, changes: &[] };
    record(&tx, &actor, entry).await?;
    let link = new_link(ctx, &tx, id, actor.at).await?;
    tx.commit().await?;
    Ok(link)
}

async fn new_link(ctx: &Context, tx: &Tx, staff: StaffId, now: Timestamp) -> AppResult<String> {
    let (token, hash) = keys::new_token();
    store::replace_invite(tx, staff, hash, ctx.staff.id, now, now.plus(INVITE_HOLDS)).await?;
    Ok(format!("{}/invite/{token}", ctx.state.config.public_url.trim_end_matches('/')))
}

/// Changes a member's name, role and branches; the email is their login and stays.
///
/// # Errors
/// [`AppError::Invalid`] on `name`, or on `role` for the last owner; [`AppError::NotFound`]; [`AppError::Forbidden`] where
/// somebody else than an owner makes or changes an owner.
pub async fn change(ctx: &Context, id: StaffId, form: &MemberForm) -> AppResult<()> {
    may_give(ctx, form.role)?;
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    dialect::advisory_lock(&tx, ROLES_LOCK).await?;
    let before = get(&tx, id).await?;
    account::check_person(&form.name, &before.email)?;
    may_change(ctx, &before)?;
    if form.role != Role::Owner {
        keep_an_owner(&tx, &before).await?;
    }
    let old_branches = if before.branch_limited { Some(store::branches_of(&tx, id).await?) } else { None };
    let changes: Vec<Change> = [
        Change::of("name", &before.name, form.name.trim()),
        Change::of("role", &before.role, form.role.code()),
        Change::of("branches", listed(old_branches.as_deref()), listed(form.branches.as_deref())),
    ]
    .into_iter()
    .flatten()
    .collect();
    if changes.is_empty() {
        return Ok(());
    }
    store::update(&tx, id, form.name.trim(), form.role, form.branches.as_deref(), actor.at).await?;
    let entry = Entry { action: "staff.changed", entity: "staff", entity_id: id.0, customer: None, changes: &changes };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Branches as the audit log shows them.
fn listed(branches: Option<&[BranchId]>) -> String {
    branches.map_or_else(|| "*".into(), |ids| ids.iter().map(BranchId::to_string).collect::<Vec<_>>().join(", "))
}

/// Lets a member log in again, or no more: then every session of theirs ends.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] on `active` for the last owner; [`AppError::Forbidden`] where somebody else
/// than an owner does it to an owner.
pub async fn set_active(ctx: &Context, id: StaffId, active: bool) -> AppResult<()> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    dialect::advisory_lock(&tx, ROLES_LOCK).await?;
    let before = get(&tx, id).await?;
    may_change(ctx, &before)?;
    if before.active == active {
        return Ok(());
    }
    if !active {
        keep_an_owner(&tx, &before).await?;
        sessions::revoke_all(&tx, id, None, actor.at).await?;
    }
    store::set_active(&tx, id, active, actor.at).await?;
    let action = if active { "staff.activated" } else { "staff.deactivated" };
    record(&tx, &actor, Entry { action, entity: "staff", entity_id: id.0, customer: None, changes: &[] }).await?;
    tx.commit().await?;
    Ok(())
}

async fn get(tx: &Tx, id: StaffId) -> AppResult<MemberRow> {
    store::find_member(tx, id).await?.ok_or(AppError::NotFound)
}

/// Only owners make owners, and who is limited to branches cannot lift that limit for anybody.
fn may_give(ctx: &Context, role: Role) -> AppResult<()> {
    let needs_owner = role == Role::Owner && ctx.staff.role != Role::Owner;
    if needs_owner || ctx.scope().is_some() { Err(AppError::Forbidden) } else { Ok(()) }
}

/// Only owners change owners.
fn may_change(ctx: &Context, member: &MemberRow) -> AppResult<()> {
    Role::parse(&member.role).map_or(Ok(()), |role| may_give(ctx, role))
}

/// Refuses what would leave the shop without an owner who can log in.
async fn keep_an_owner(tx: &Tx, member: &MemberRow) -> AppResult<()> {
    let is_owner = member.role == Role::Owner.code() && member.active && member.joined;
    if is_owner && store::count_owners(tx).await? <= 1 {
        return Err(AppError::invalid("role", "staff.last_owner"));
    }
    Ok(())
}

/// The account page of who asks.
///
/// # Errors
/// When the database does not answer.
pub async fn own_account(ctx: &Context) -> AppResult<AccountView> {
    let zone = ctx.state.zone();
    let rows = store::list_sessions(&ctx.state.db, ctx.staff.id, ctx.state.clock.now()).await?;
    let sessions = rows
        .into_iter()
        .map(|row| OwnSession {
            id: SessionId(row.id),
            this_one: SessionId(row.id) == ctx.session,
            since: zone.moment(Timestamp(row.created_at)),
            last_seen: zone.moment(Timestamp(row.last_seen_at)),
            ip: row.ip,
            user_agent: row.user_agent,
        })
        .collect();
    let languages = LOCALES.iter().map(|(code, name, _)| ((*code).to_owned(), (*name).to_owned())).collect();
    Ok(AccountView { locale: ctx.staff.locale.clone(), languages, sessions })
}

/// Sets a new password; every other session of the member ends. Guessing the present one is slowed down as at the login.
///
/// # Errors
/// [`AppError::Invalid`] on `current` or `password`; [`AppError::RateLimited`].
pub async fn change_password(ctx: &Context, current: &str, new: &str) -> AppResult<()> {
    password::check(new, &ctx.staff.email)?;
    let actor = ctx.actor();
    let key = ctx.state.keys.throttle_hash(&ctx.staff.email);
    let tx = ctx.state.db.begin().await?;
    throttle::attempt(&tx, &key, throttle::FREE_PER_EMAIL, actor.at).await?;
    tx.commit().await?;
    let known = store::find_credentials(&ctx.state.db, &ctx.staff.email).await?.and_then(|known| known.password_hash);
    if !account::verify_elsewhere(current.to_owned(), known).await {
        return Err(AppError::invalid("current", "staff.password_wrong"));
    }
    let hash = account::hash_elsewhere(new.to_owned()).await?;
    let tx = ctx.state.db.begin().await?;
    throttle::clear(&tx, &key).await?;
    store::set_password(&tx, ctx.staff.id, &hash, actor.at).await?;
    sessions::revoke_all(&tx, ctx.staff.id, Some(ctx.session), actor.at).await?;
    let entry =
        Entry { action: "staff.password_changed", entity: "staff", entity_id: ctx.staff.id.0, customer: None, changes: &[] };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets the language of one's own pages; `None` follows the browser.
///
/// # Errors
/// [`AppError::Invalid`] on `locale` for one that we do not speak.
pub async fn set_language(ctx: &Context, locale: Option<&str>) -> AppResult<()> {
    if locale.is_some_and(|wanted| !LOCALES.iter().any(|(code, _, _)| *code == wanted)) {
        return Err(AppError::invalid("locale", "settings.language_invalid"));
    }
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    store::set_locale(&tx, ctx.staff.id, locale, actor.at).await?;
    let before = ctx.staff.locale.clone().unwrap_or_default();
    let changes: Vec<Change> = Change::of("locale", before, locale.unwrap_or_default()).into_iter().collect();
    let entry = Entry { action: "staff.changed", entity: "staff", entity_id: ctx.staff.id.0, customer: None, changes: &changes };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Switches shortcuts of a single character on or off for oneself.
///
/// # Errors
/// When the database does not answer.
pub async fn set_single_keys(ctx: &Context, on: bool) -> AppResult<()> {
    let tx = ctx.state.db.begin().await?;
    store::keep_single_keys(&tx, ctx.staff.id, on).await?;
    Ok(tx.commit().await?)
}

/// Ends a session of one's own, or of others for those who manage them: only owners end owners' sessions.
///
/// # Errors
/// [`AppError::NotFound`] for one that is neither; [`AppError::Forbidden`] for an owner's.
pub async fn end_session(ctx: &Context, id: SessionId) -> AppResult<()> {
    let actor = ctx.actor();
    let tx = ctx.state.db.begin().await?;
    let owner = store::owner_of_session(&tx, id).await?.ok_or(AppError::NotFound)?;
    if owner != ctx.staff.id {
        if !ctx.staff.has(Right::ManageStaff) {
            return Err(AppError::NotFound);
        }
        may_change(ctx, &store::find_member(&tx, owner).await?.ok_or(AppError::NotFound)?)?;
    }
    sessions::revoke(&tx, id, actor.at).await?;
    let entry = Entry { action: "staff.session_ended", entity: "staff", entity_id: owner.0, customer: None, changes: &[] };
    record(&tx, &actor, entry).await?;
    tx.commit().await?;
    Ok(())
}
