//! Server functions of tags.

use super::{TagEdit, TagPage};
use crate::base::{AppError, TagId, Wire};
use crate::office::jobs::JobView;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{TagQuery, service},
    crate::base::JobId,
    crate::office::staff::Right,
    crate::server::{Context, authorise},
};

/// Tags are everybody's: who is limited to branches does not rename, merge or delete them.
#[cfg(feature = "ssr")]
fn authorise_all() -> Result<Context, AppError> {
    let ctx = authorise(Right::BulkEdit)?;
    if ctx.scope().is_some() { Err(AppError::Forbidden) } else { Ok(ctx) }
}

#[cfg(feature = "ssr")]
async fn started(ctx: &Context, job: JobId) -> Result<JobView, AppError> {
    ctx.state.job_added.notify_one();
    ctx.state.changed().await;
    crate::office::jobs::service::get(&ctx.state, &ctx.staff, job).await
}

/// The tags that a query finds; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_all_tags(query: String) -> Result<TagPage, AppError> {
    let ctx = authorise(Right::View)?;
    service::list(&ctx.state, ctx.scope(), &TagQuery::parse(&query)).await
}

/// Makes a tag, or gives one another name or colour.
#[server(protocol = Wire)]
pub async fn save_tag(edit: TagEdit) -> Result<TagId, AppError> {
    let ctx = authorise_all()?;
    let tx = ctx.state.db.begin().await?;
    let id = service::save(&tx, &ctx.actor(), &edit).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(id)
}

/// Deletes a tag; the job can be undone.
#[server(protocol = Wire)]
pub async fn delete_tag(id: TagId) -> Result<JobView, AppError> {
    let ctx = authorise_all()?;
    let tx = ctx.state.db.begin().await?;
    let job = service::delete(&tx, &ctx.actor(), id).await?;
    tx.commit().await?;
    started(&ctx, job).await
}

/// How many customers carry any of these tags.
#[server(protocol = Wire)]
pub async fn count_tagged(tags: Vec<TagId>) -> Result<i64, AppError> {
    let ctx = authorise_all()?;
    service::count_carriers(&ctx.state, &tags).await
}

/// Merges tags into another; the job can be undone.
#[server(protocol = Wire)]
pub async fn merge_tags(tags: Vec<TagId>, into: TagId) -> Result<JobView, AppError> {
    let ctx = authorise_all()?;
    let tx = ctx.state.db.begin().await?;
    let job = service::merge(&tx, &ctx.actor(), &tags, into).await?;
    tx.commit().await?;
    started(&ctx, job).await
}
