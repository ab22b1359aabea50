//! The server function of the timeline.

use super::TimelinePage;
#[cfg(feature = "ssr")]
use super::{TimelineQuery, service};
use crate::base::{AppError, CustomerId, Wire};
#[cfg(feature = "ssr")]
use crate::commerce::orders::service::visible;
#[cfg(feature = "ssr")]
use crate::office::staff::Right;
#[cfg(feature = "ssr")]
use crate::server::authorise;
use leptos::prelude::*;

/// A page of a customer's timeline; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn customer_timeline(customer: CustomerId, query: String) -> Result<TimelinePage, AppError> {
    let ctx = authorise(Right::View)?;
    let customer = visible(ctx.viewer(), customer).await?;
    service::page(&ctx.state, customer, &TimelineQuery::parse(&query)).await
}
