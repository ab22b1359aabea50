//! The server functions of jobs.

use super::JobView;
use crate::base::{AppResult, JobId, Wire};
use leptos::prelude::*;

/// The jobs of the member who asks that are at work, or that ended lately and can be undone.
#[server(protocol = Wire)]
pub async fn list_my_jobs() -> AppResult<Vec<JobView>> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    Ok(super::store::list_own(&ctx.state.db, ctx.staff.id, ctx.state.clock.now()).await?)
}

/// Asks a job to stop.
#[server(protocol = Wire)]
pub async fn cancel_job(id: JobId) -> AppResult<JobView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::service::cancel(&ctx, id).await
}

/// Turns back what a bulk action did.
#[server(protocol = Wire)]
pub async fn undo_job(id: JobId) -> AppResult<JobView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::BulkEdit)?;
    super::service::undo(&ctx, id).await
}
