//! Server functions of store credit.

use super::{CreditView, GiveForm, ReduceForm, Statement};
use crate::base::{AppError, CustomerId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::Month;
#[cfg(feature = "ssr")]
use {
    super::{NewCredit, Reduction, query, service},
    crate::base::Money,
    crate::commerce::ledger::By,
    crate::commerce::ledger::form::{read_amount, read_reason, staff_key},
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// The tab: the entries before the number `before`, or the newest.
#[server(protocol = Wire)]
pub async fn open_credit(id: CustomerId, before: Option<i64>) -> Result<CreditView, AppError> {
    let ctx = authorise(Right::View)?;
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    query::view(&ctx.state, id, before).await
}

/// The statement of a month, `2026-03`; without one of this month.
#[server(protocol = Wire)]
pub async fn open_credit_statement(id: CustomerId, month: String) -> Result<Statement, AppError> {
    let ctx = authorise(Right::View)?;
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    let month = if month.is_empty() { Month::of(ctx.state.today()) } else { Month::parse(&month)? };
    query::statement(&ctx.state, id, month).await
}

/// Gives credit; the same key again gives nothing more.
#[server(protocol = Wire)]
pub async fn give_credit(id: CustomerId, form: GiveForm, key: String) -> Result<(), AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let (settings, actor) = (ctx.state.settings(), ctx.actor());
    let expires = form.expiry.read(service::usual_expiry(&settings, actor.at), ctx.state.zone())?;
    let new = NewCredit {
        amount: read_amount(&form.amount, settings.base_currency)?,
        reason: read_reason(&form.reason)?,
        by: By::Staff(ctx.staff.id),
        key: &staff_key(ctx.staff.id, &key)?,
        order: None,
        note: form.note.trim(),
        expires,
    };
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    service::top_up(&tx, &settings, &actor, id, new).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Takes credit away; the same key again takes nothing more.
#[server(protocol = Wire)]
pub async fn reduce_credit(id: CustomerId, form: ReduceForm, key: String) -> Result<(), AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let (settings, actor) = (ctx.state.settings(), ctx.actor());
    let reduction = Reduction {
        amount: read_amount(&form.amount, settings.base_currency)?,
        note: form.note.trim(),
        by: By::Staff(ctx.staff.id),
        key: &staff_key(ctx.staff.id, &key)?,
    };
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    service::reduce(&tx, &settings, &actor, id, reduction).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}

/// Approves how far below zero a customer's credit may go, as it is typed; 0 takes that away.
#[server(protocol = Wire)]
pub async fn set_credit_limit(id: CustomerId, limit: String) -> Result<(), AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let settings = ctx.state.settings();
    let limit = Money::parse(&limit, settings.base_currency).filter(|limit| limit.minor >= 0);
    let limit = limit.ok_or_else(|| AppError::invalid("limit", "credit.limit_invalid"))?;
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    service::set_limit(&tx, &settings, &ctx.actor(), id, limit).await?;
    tx.commit().await?;
    Ok(())
}
