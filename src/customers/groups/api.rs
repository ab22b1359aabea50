//! Server functions of groups.

use super::{GroupForm, GroupView, Groups, Hold};
use crate::base::{AppError, GroupId, Wire};
use crate::office::jobs::JobView;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::office::staff::Right,
    crate::server::{Context, authorise},
};

/// Groups are everybody's: who is limited to branches moves nobody out of them.
#[cfg(feature = "ssr")]
fn authorise_all() -> Result<Context, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    if ctx.scope().is_some() { Err(AppError::Forbidden) } else { Ok(ctx) }
}

/// All groups with their sizes.
#[server(protocol = Wire)]
pub async fn list_groups() -> Result<Groups, AppError> {
    let ctx = authorise(Right::View)?;
    service::list(&ctx.state, ctx.scope()).await
}

/// A group on its page; `None` is one that is about to be made.
#[server(protocol = Wire)]
pub async fn open_group(id: Option<GroupId>) -> Result<GroupView, AppError> {
    let ctx = authorise(Right::View)?;
    service::view(&ctx.state, ctx.scope(), id).await
}

/// Makes a group, or changes one: `base` is what it was edited from.
#[server(protocol = Wire)]
pub async fn save_group(id: Option<GroupId>, form: GroupForm, base: GroupForm) -> Result<GroupView, AppError> {
    let ctx = authorise_all()?;
    let (currency, actor) = (ctx.state.settings().base_currency, ctx.actor());
    let tx = ctx.state.db.begin().await?;
    let id = match id {
        Some(id) => {
            service::change(&tx, &actor, currency, id, &form, &base).await?;
            id
        }
        None => service::add(&tx, &actor, currency, &form).await?,
    };
    tx.commit().await?;
    ctx.state.changed().await;
    service::view(&ctx.state, ctx.scope(), Some(id)).await
}

/// Who and what keeps a group from being archived.
#[server(protocol = Wire)]
pub async fn hold_of_group(id: GroupId) -> Result<Hold, AppError> {
    let ctx = authorise_all()?;
    service::hold(&ctx.state.db, ctx.state.settings().base_currency, id).await
}

/// Archives a group that nobody is in, or takes it into use again.
#[server(protocol = Wire)]
pub async fn archive_group(id: GroupId, archived: bool) -> Result<GroupView, AppError> {
    let ctx = authorise_all()?;
    let tx = ctx.state.db.begin().await?;
    service::set_archived(&tx, &ctx.actor(), ctx.state.settings().base_currency, id, archived).await?;
    tx.commit().await?;
    service::view(&ctx.state, ctx.scope(), Some(id)).await
}

/// Deletes an archived group.
#[server(protocol = Wire)]
pub async fn delete_group(id: GroupId) -> Result<(), AppError> {
    let ctx = authorise_all()?;
    let tx = ctx.state.db.begin().await?;
    service::delete(&tx, &ctx.actor(), ctx.state.settings().base_currency, id).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Moves everybody of a group to another, and archives it then; the job can be undone.
#[server(protocol = Wire)]
pub async fn move_group(from: GroupId, to: GroupId, archive: bool) -> Result<JobView, AppError> {
    let ctx = authorise_all()?;
    let tx = ctx.state.db.begin().await?;
    let job = service::move_everybody(&tx, &ctx.actor(), from, to, archive).await?;
    tx.commit().await?;
    ctx.state.job_added.notify_one();
    crate::office::jobs::service::get(&ctx.state, &ctx.staff, job).await
}
