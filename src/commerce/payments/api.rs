//! Server functions: payments, refunds and cancelling, by staff. Each says which state of the order it was looking at.

use super::{PayForm, RefundForm, RefundOutcome};
use crate::base::{AppError, OrderId, PaymentId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{NewPayment, Refund, store},
    crate::base::{AppResult, Money},
    crate::commerce::orders::clerk::{Clerk, begin},
    crate::commerce::orders::write::hold,
    crate::office::staff::Right,
    crate::server::{Tx, authorise},
};

/// Records a payment, or a promise of one.
#[server(protocol = Wire)]
pub async fn pay_order(order: OrderId, version: i64, form: PayForm) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order, version).await?;
    let amount = amount(&tx, order, &form.amount).await?;
    let new = NewPayment { method: form.method, amount, reference: &form.reference };
    if form.authorise {
        super::authorise(&tx, &clerk, order, new).await?;
    } else {
        super::record(&tx, &clerk, order, new).await?;
    }
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Takes what was promised, or a part of it.
#[server(protocol = Wire)]
pub async fn capture_payment(payment: PaymentId, version: i64, amount: String) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let order = store::find_order(&ctx.state.db, payment).await?.ok_or(AppError::NotFound)?;
    let tx = begin(&ctx, order, version).await?;
    let amount = self::amount(&tx, order, &amount).await?;
    super::capture(&tx, &clerk, payment, Some(amount)).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Lets go what was promised.
#[server(protocol = Wire)]
pub async fn void_payment(payment: PaymentId, version: i64) -> Result<(), AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let order = store::find_order(&ctx.state.db, payment).await?.ok_or(AppError::NotFound)?;
    let tx = begin(&ctx, order, version).await?;
    super::void(&tx, &clerk, payment).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Gives money back, of an order that nothing has to come back for.
#[server(protocol = Wire)]
pub async fn refund_order(order: OrderId, version: i64, form: RefundForm) -> Result<RefundOutcome, AppError> {
    let ctx = authorise(Right::Refund)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order, version).await?;
    let amount = amount(&tx, order, &form.amount).await?;
    let new = Refund { amount, to: form.to, reason: &form.reason, of_return: None };
    let refunded = super::refund(&tx, &clerk, order, new).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(refunded.outcome)
}

/// Cancels an order that has not left. Where money goes back, this needs the right to refund as well.
#[server(protocol = Wire)]
pub async fn cancel_order(order: OrderId, version: i64, reason: String) -> Result<RefundOutcome, AppError> {
    let ctx = authorise(Right::EditOrders)?;
    let settings = ctx.state.settings();
    let clerk = Clerk::member(&ctx, &settings);
    let tx = begin(&ctx, order, version).await?;
    let held = hold(&tx, order).await?;
    if !ctx.staff.has(Right::Refund) && super::limits(&tx, &held).await?.paid > 0 {
        return Err(AppError::Forbidden);
    }
    let outcome = super::cancel(&tx, &clerk, order, &reason).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(outcome)
}

/// An amount of the order's currency, as it was typed.
#[cfg(feature = "ssr")]
async fn amount(tx: &Tx, order: OrderId, text: &str) -> AppResult<Money> {
    let currency = hold(tx, order).await?.currency;
    Money::parse(text, currency).ok_or_else(|| AppError::invalid("amount", "payments.amount_unreadable"))
}
