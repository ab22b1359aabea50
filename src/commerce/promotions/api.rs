//! The server functions of promotions.

use super::{PromotionEdit, PromotionPage};
use crate::base::{AppError, PromotionId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{PromotionQuery, manage},
    crate::commerce::orders::Clerk,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// A page of promotions; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_promotions(query: String) -> Result<PromotionPage, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let (settings, now) = (ctx.state.settings(), ctx.state.clock.now());
    manage::list(&ctx.state.db, &settings, ctx.state.zone(), &PromotionQuery::parse(&query), now).await
}

/// Creates or changes a promotion.
#[server(protocol = Wire)]
pub async fn save_promotion(edit: PromotionEdit) -> Result<PromotionId, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    let id = manage::save(&tx, &Clerk::member(&ctx, &settings), &edit).await?;
    tx.commit().await?;
    Ok(id)
}

/// Switches a promotion on or off.
#[server(protocol = Wire)]
pub async fn switch_promotion(id: PromotionId, on: bool) -> Result<(), AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    let settings = ctx.state.settings();
    let tx = ctx.state.db.begin().await?;
    manage::set_active(&tx, &Clerk::member(&ctx, &settings), id, on).await?;
    tx.commit().await?;
    Ok(())
}
