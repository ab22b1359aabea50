//! Server functions of the loyalty programme.

use super::{AdjustForm, LoyaltyView};
use crate::base::{AppError, CustomerId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{Adjustment, query, service},
    crate::commerce::ledger::By,
    crate::commerce::ledger::form::{read_reason, staff_key},
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// The tab: the entries before the number `before`, or the newest.
#[server(protocol = Wire)]
pub async fn open_loyalty(id: CustomerId, before: Option<i64>) -> Result<LoyaltyView, AppError> {
    let ctx = authorise(Right::View)?;
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    query::view(&ctx.state, id, before).await
}

/// Makes a customer a member; yields the card number.
#[server(protocol = Wire)]
pub async fn enrol_customer(id: CustomerId) -> Result<String, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    let member = service::enrol(&tx, &ctx.state.settings(), &ctx.actor(), id).await?;
    tx.commit().await?;
    Ok(member.card_number)
}

/// Gives or takes points; the same key again adjusts nothing more.
#[server(protocol = Wire)]
pub async fn adjust_points(id: CustomerId, form: AdjustForm, key: String) -> Result<(), AppError> {
    let ctx = authorise(Right::AdjustMoney)?;
    let adjustment = Adjustment {
        points: form.points().ok_or_else(|| AppError::invalid("points", "loyalty.points_invalid"))?,
        reason: read_reason(&form.reason)?,
        note: form.note.trim(),
        by: By::Staff(ctx.staff.id),
        key: &staff_key(ctx.staff.id, &key)?,
    };
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    service::adjust(&tx, &ctx.state.settings(), &ctx.actor(), id, adjustment).await?;
    tx.commit().await?;
    ctx.state.changed().await;
    Ok(())
}
