//! The server function of bulk actions.

use super::BulkAction;
use crate::base::{AppResult, Wire};
use crate::customers::list::Selection;
use crate::office::jobs::JobView;
use leptos::prelude::*;

/// Starts a bulk action on chosen customers, or on everyone whom a query of the list finds at this moment.
#[server(protocol = Wire)]
pub async fn start_bulk(action: BulkAction, customers: Selection) -> AppResult<JobView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::BulkEdit)?;
    let audience = crate::customers::list::service::audience(&ctx, customers).await?;
    let job = super::service::start(&ctx, action, audience).await?;
    crate::office::jobs::service::get(&ctx.state, &ctx.staff, job).await
}
