//! The server function of bulk actions on chosen customers. What acts on everything that matches a filter is with the list,
//! which knows whom that is.

use super::BulkAction;
use crate::base::{AppResult, CustomerId};
use crate::office::jobs::JobView;
use leptos::prelude::*;

/// Starts a bulk action on these customers.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn start_bulk(action: BulkAction, customers: Vec<CustomerId>) -> AppResult<JobView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::BulkEdit)?;
    let job = super::service::start(&ctx, action, customers).await?;
    crate::office::jobs::service::get(&ctx.state, &ctx.staff, job).await
}
