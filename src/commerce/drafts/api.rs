//! The server functions of drafts.

use super::{Completion, DraftEdit, DraftView, PlacedOrder, Quote, Reordered};
use crate::base::{AppError, CustomerId, OrderId, Wire};
use crate::commerce::products::FoundProduct;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{complete, open, recover, reorder, service},
    crate::base::AppResult,
    crate::commerce::orders::Clerk,
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::{Context, authorise},
};

/// A draft for a customer: an empty one that was begun before is taken up again.
#[server(protocol = Wire)]
pub async fn begin_draft(customer: CustomerId) -> Result<OrderId, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let customer = get_visible(&ctx.state.db, ctx.scope(), customer).await?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    let id = service::begin(&tx, &Clerk::member(&ctx, &settings), customer).await?;
    tx.commit().await?;
    Ok(id)
}

/// A draft, as its editor begins.
#[server(protocol = Wire)]
pub async fn open_draft(order: OrderId) -> Result<DraftView, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    view(&ctx, order).await
}

/// What a draft would come to with these changes; nothing is saved.
#[server(protocol = Wire)]
pub async fn price_draft(order: OrderId, edit: DraftEdit) -> Result<Quote, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    let settings = ctx.state.settings();
    service::price(&ctx.state.db, &Clerk::member(&ctx, &settings), order, &edit).await
}

/// Saves a draft; `version` is the one that was read.
#[server(protocol = Wire)]
pub async fn save_draft(order: OrderId, version: i64, edit: DraftEdit) -> Result<DraftView, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    service::change(&tx, &Clerk::member(&ctx, &settings), order, Some(version), &edit).await?;
    tx.commit().await?;
    view(&ctx, order).await
}

/// Saves a draft and places it, in one go.
#[server(protocol = Wire)]
pub async fn complete_draft(order: OrderId, edit: DraftEdit, completion: Completion) -> Result<PlacedOrder, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = ctx.state.db.begin().await?;
    service::change(&tx, &clerk, order, completion.version, &edit).await?;
    let completion = Completion { version: None, ..completion };
    let placed = complete(&tx, &clerk, order, &completion).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(PlacedOrder { order: placed.order, number: placed.number })
}

/// Saves a draft that waits for its payment.
#[server(protocol = Wire)]
pub async fn await_draft_payment(order: OrderId, version: i64, edit: DraftEdit) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = ctx.state.db.begin().await?;
    service::change(&tx, &clerk, order, Some(version), &edit).await?;
    service::await_payment(&tx, &clerk, order, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a draft; yields what [`restore_draft`] takes, sealed.
#[server(protocol = Wire)]
pub async fn delete_draft(order: OrderId) -> Result<String, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    let deleted = service::delete(&tx, &Clerk::member(&ctx, &settings), order).await?;
    tx.commit().await?;
    Ok(ctx.state.keys.seal(&serde_json::to_vec(&deleted).unwrap_or_default()))
}

/// Brings a deleted draft back.
#[server(protocol = Wire)]
pub async fn restore_draft(sealed: String) -> Result<OrderId, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let plain = ctx.state.keys.open(&sealed).ok_or(AppError::NotFound)?;
    let deleted: service::Deleted = serde_json::from_slice(&plain).map_err(|_| AppError::NotFound)?;
    get_visible(&ctx.state.db, ctx.scope(), deleted.customer()).await?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    let id = service::restore(&tx, &Clerk::member(&ctx, &settings), deleted).await?;
    tx.commit().await?;
    Ok(id)
}

/// Reminds a customer of what they left.
#[server(protocol = Wire)]
pub async fn recover_draft(order: OrderId) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    recover(&tx, &Clerk::member(&ctx, &settings), order).await?;
    tx.commit().await?;
    Ok(())
}

/// A new draft with the items of an order.
#[server(protocol = Wire)]
pub async fn reorder_order(order: OrderId) -> Result<Reordered, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    let reordered = reorder(&tx, &Clerk::member(&ctx, &settings), order).await?;
    tx.commit().await?;
    Ok(reordered)
}

/// Products to put on a draft, with what they cost its customer.
#[server(protocol = Wire)]
pub async fn find_products(order: OrderId, text: String) -> Result<Vec<FoundProduct>, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    see(&ctx, order).await?;
    open::find_products(&ctx, order, &text).await
}

/// That an order's customer exists for who asks.
#[cfg(feature = "ssr")]
async fn see(ctx: &Context, order: OrderId) -> AppResult<()> {
    let customer = crate::commerce::orders::records::find_customer(&ctx.state.db, order).await?.ok_or(AppError::NotFound)?;
    get_visible(&ctx.state.db, ctx.scope(), customer).await.map(drop)
}

#[cfg(feature = "ssr")]
async fn view(ctx: &Context, order: OrderId) -> AppResult<DraftView> {
    let settings = ctx.state.settings();
    open::view(ctx, &Clerk::member(ctx, &settings), order).await
}
