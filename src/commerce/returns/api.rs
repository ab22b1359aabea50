//! Server functions: returns, by staff.

use super::{ReturnForm, ReturnList, SettleForm};
use crate::base::{AppError, OrderId, ReturnId, Wire};
use crate::commerce::payments::RefundOutcome;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{NewReturn, RequestedBy, ReturnQuery, list, store},
    crate::base::{AppResult, Money},
    crate::commerce::orders::clerk::{Clerk, begin},
    crate::commerce::orders::write::hold,
    crate::office::staff::Right,
    crate::server::{Context, authorise},
};

/// A page of returns; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_returns(query: String) -> Result<ReturnList, AppError> {
    let ctx = authorise(Right::View)?;
    list::page(&ctx, &ReturnQuery::parse(&query)).await
}

/// Requests a return in a customer's name, and approves it where that was asked for.
#[server(protocol = Wire)]
pub async fn request_return(order: OrderId, version: i64, form: ReturnForm) -> Result<ReturnId, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order, version).await?;
    let new = NewReturn {
        lines: &form.lines,
        reason: form.reason,
        note: &form.note,
        refund_to: form.refund_to,
        requested_by: RequestedBy::Staff,
    };
    let id = super::request(&tx, &clerk, order, new).await?;
    if form.approve {
        super::approve(&tx, &clerk, id, "").await?;
    }
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(id)
}

/// Approves a return; the goods may be sent.
#[server(protocol = Wire)]
pub async fn approve_return(id: ReturnId, version: i64, answer: String) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order_of(&ctx, id).await?, version).await?;
    super::approve(&tx, &clerk, id, &answer).await?;
    Ok(tx.commit().await?)
}

/// Refuses a return, and says why.
#[server(protocol = Wire)]
pub async fn refuse_return(id: ReturnId, version: i64, answer: String) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order_of(&ctx, id).await?, version).await?;
    super::refuse(&tx, &clerk, id, &answer).await?;
    Ok(tx.commit().await?)
}

/// The goods of a return are here.
#[server(protocol = Wire)]
pub async fn receive_return(id: ReturnId, version: i64) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order_of(&ctx, id).await?, version).await?;
    super::receive(&tx, &clerk, id).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Gives money back for a return, or settles it without.
#[server(protocol = Wire)]
pub async fn settle_return(id: ReturnId, version: i64, form: SettleForm) -> Result<Option<RefundOutcome>, AppError> {
    let ctx = authorise(Right::Refund)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let order = order_of(&ctx, id).await?;
    let tx = begin(&ctx, order, version).await?;
    let currency = hold(&tx, order).await?.currency;
    let amount = Money::parse(&form.amount, currency);
    let amount = amount.ok_or_else(|| AppError::invalid("amount", "payments.amount_unreadable"))?;
    let outcome = super::refund(&tx, &clerk, id, Some(amount), Some(form.to), &form.reason).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(outcome)
}

#[cfg(feature = "ssr")]
async fn order_of(ctx: &Context, id: ReturnId) -> AppResult<OrderId> {
    Ok(OrderId(store::find(&ctx.state.db, id).await?.ok_or(AppError::NotFound)?.order_id))
}
