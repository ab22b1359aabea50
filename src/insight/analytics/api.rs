//! The server function of the analytics.

use super::Analytics;
#[cfg(feature = "ssr")]
use super::{Period, service};
use crate::base::{AppError, CustomerId, Wire};
#[cfg(feature = "ssr")]
use crate::commerce::orders::service::visible;
#[cfg(feature = "ssr")]
use crate::office::staff::Right;
#[cfg(feature = "ssr")]
use crate::server::authorise;
use leptos::prelude::*;

/// A customer's purchase analytics; `period` is the URL's, and every period where it is none.
#[server(protocol = Wire)]
pub async fn customer_analytics(customer: CustomerId, period: String) -> Result<Analytics, AppError> {
    let ctx = authorise(Right::View)?;
    let customer = visible(ctx.viewer(), customer).await?;
    service::analyse(&ctx.state, customer, Period::parse(&period).unwrap_or_default()).await
}
