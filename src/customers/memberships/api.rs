//! Server functions of memberships and their rules.

use super::{HistoryPage, Memberships, RuleForm, RulePreview, RuleView, Target};
use crate::base::{AppError, CustomerId, Wire};
use crate::office::jobs::JobView;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::service,
    crate::customers::profile::store::get_visible,
    crate::office::staff::Right,
    crate::server::{Context, authorise},
};

/// A customer's groups and tags, and how they came about.
#[server(protocol = Wire)]
pub async fn list_memberships(id: CustomerId) -> Result<Memberships, AppError> {
    let ctx = authorise(Right::View)?;
    service::view(&ctx, id).await
}

/// Older lines of how they came about.
#[server(protocol = Wire)]
pub async fn list_membership_history(id: CustomerId, before: i64) -> Result<HistoryPage, AppError> {
    let ctx = authorise(Right::View)?;
    let id = get_visible(&ctx.state.db, ctx.scope(), id).await?;
    service::history(&ctx.state.db, id, before, ctx.state.zone()).await
}

/// Pins a membership, or leaves it to the rules again.
#[server(protocol = Wire)]
pub async fn pin_membership(id: CustomerId, target: Target, pinned: bool) -> Result<Memberships, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    service::pin(&tx, &ctx.actor(), id, target, pinned).await?;
    tx.commit().await?;
    service::view(&ctx, id).await
}

/// Pins the pricing group, or leaves it to the rules again.
#[server(protocol = Wire)]
pub async fn pin_pricing_group(id: CustomerId, pinned: bool) -> Result<Memberships, AppError> {
    let ctx = authorise(Right::EditCustomers)?;
    let tx = ctx.state.db.begin().await?;
    let id = get_visible(&tx, ctx.scope(), id).await?;
    service::pin_pricing(&tx, &ctx.actor(), id, pinned).await?;
    tx.commit().await?;
    service::view(&ctx, id).await
}

/// Rules see the customers of all branches, so whoever writes them must, too.
#[cfg(feature = "ssr")]
fn authorise_rules() -> Result<Context, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    if ctx.scope().is_some() { Err(AppError::Forbidden) } else { Ok(ctx) }
}

/// The rule of a group or tag.
#[server(protocol = Wire)]
pub async fn open_assignment_rule(target: Target) -> Result<RuleView, AppError> {
    let ctx = authorise_rules()?;
    service::rule_view(&ctx.state.db, target).await
}

/// Writes the rule of a group or tag; `version` is that of the one that was read.
#[server(protocol = Wire)]
pub async fn save_assignment_rule(target: Target, version: Option<i64>, form: RuleForm) -> Result<RuleView, AppError> {
    let ctx = authorise_rules()?;
    let tx = ctx.state.db.begin().await?;
    service::save_rule(&tx, &ctx.actor(), target, version, &form).await?;
    tx.commit().await?;
    service::rule_view(&ctx.state.db, target).await
}

/// Deletes the rule of a group or tag.
#[server(protocol = Wire)]
pub async fn delete_assignment_rule(target: Target, version: i64) -> Result<RuleView, AppError> {
    let ctx = authorise_rules()?;
    let tx = ctx.state.db.begin().await?;
    service::delete_rule(&tx, &ctx.actor(), target, version).await?;
    tx.commit().await?;
    service::rule_view(&ctx.state.db, target).await
}

/// Whom a rule as it is typed would change.
#[server(protocol = Wire)]
pub async fn preview_assignment_rule(target: Target, form: RuleForm) -> Result<RulePreview, AppError> {
    let ctx = authorise_rules()?;
    service::preview_typed(&ctx.state, target, &form).await
}

/// Starts the job that does what the rule says.
#[server(protocol = Wire)]
pub async fn apply_assignment_rule(target: Target) -> Result<JobView, AppError> {
    let ctx = authorise_rules()?;
    let job = service::apply(&ctx, target).await?;
    crate::office::jobs::service::get(&ctx.state, &ctx.staff, job).await
}
