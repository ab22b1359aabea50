//! The server functions of orders.

use super::{DraftRow, LastOrder, OrderColumn, OrderCounts, OrderDetail, OrderList};
#[cfg(feature = "ssr")]
use super::{OrderQuery, service};
use crate::base::{AppError, CustomerId, OrderId, Wire};
#[cfg(feature = "ssr")]
use crate::office::staff::Right;
#[cfg(feature = "ssr")]
use crate::server::authorise;
use leptos::prelude::*;

/// A page of a customer's orders; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_customer_orders(customer: CustomerId, query: String) -> Result<OrderList, AppError> {
    let ctx = authorise(Right::View)?;
    let (query, mut ignored) = OrderQuery::parse(&query);
    let mut list = service::of_customer(ctx.viewer(), customer, &query).await?;
    list.ignored.append(&mut ignored);
    Ok(list)
}

/// A page of all orders; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_orders(query: String) -> Result<OrderList, AppError> {
    let ctx = authorise(Right::View)?;
    let (query, mut ignored) = OrderQuery::parse(&query);
    let mut list = service::of_all(ctx.viewer(), &query).await?;
    list.ignored.append(&mut ignored);
    Ok(list)
}

/// How many orders wait to be shipped, are in transit, are stuck, are unpaid.
#[server(protocol = Wire)]
pub async fn count_orders() -> Result<OrderCounts, AppError> {
    let ctx = authorise(Right::View)?;
    service::counts(ctx.viewer()).await
}

/// A customer's drafts, newest first.
#[server(protocol = Wire)]
pub async fn list_customer_drafts(customer: CustomerId) -> Result<Vec<DraftRow>, AppError> {
    let ctx = authorise(Right::View)?;
    service::drafts_of(ctx.viewer(), customer).await
}

/// The order that a customer placed last.
#[server(protocol = Wire)]
pub async fn last_customer_order(customer: CustomerId) -> Result<Option<LastOrder>, AppError> {
    let ctx = authorise(Right::View)?;
    service::last_of(ctx.viewer(), customer).await
}

/// An order with everything that belongs to it.
#[server(protocol = Wire)]
pub async fn get_order(order: OrderId) -> Result<OrderDetail, AppError> {
    let ctx = authorise(Right::View)?;
    service::detail(&ctx.state.db, ctx.viewer(), order).await
}

/// The columns that this member's lists of orders show.
#[server(protocol = Wire)]
pub async fn own_order_columns() -> Result<Vec<OrderColumn>, AppError> {
    let ctx = authorise(Right::View)?;
    service::columns(&ctx).await
}

/// Keeps the choice of columns as this member's own.
#[server(protocol = Wire)]
pub async fn save_order_columns(columns: Vec<OrderColumn>) -> Result<(), AppError> {
    let ctx = authorise(Right::View)?;
    service::keep_columns(&ctx, &columns).await
}
