//! The server functions of templates.

use super::{Draft, Opened, Recipient, Saved, Shown, TemplateSummary};
use crate::base::{AppError, CustomerId, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {super::service, crate::base::i18n::use_lang, crate::office::staff::Right, crate::server::authorise};

/// Every template.
#[server(protocol = Wire)]
pub async fn list_templates() -> Result<Vec<TemplateSummary>, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::list(ctx.viewer(), use_lang()).await
}

/// A template in a language, for its editor.
#[server(protocol = Wire)]
pub async fn open_template(name: String, locale: String) -> Result<Opened, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    let locale = if locale.is_empty() { ctx.state.settings().locale.clone() } else { locale };
    service::open(&ctx.state.db, ctx.viewer(), &name, &locale, use_lang()).await
}

/// Keeps a draft as the version that counts from now on, unless somebody has saved after `based_on`.
#[server(protocol = Wire)]
pub async fn save_template(name: String, locale: String, based_on: i64, draft: Draft) -> Result<Saved, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::save(&ctx, &name, &locale, based_on, draft).await
}

/// Makes an earlier version count again; `None`: the one that the program brings.
#[server(protocol = Wire)]
pub async fn restore_template(name: String, locale: String, number: Option<i64>) -> Result<i64, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::restore(&ctx, &name, &locale, number).await
}

/// Adds an own template, which begins as `from`; yields its name.
#[server(protocol = Wire)]
pub async fn create_template(title: String, from: String) -> Result<String, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    let locale = ctx.state.settings().locale.clone();
    service::create(&ctx, &title, &from, &locale).await
}

/// Takes an own template out of use, or back.
#[server(protocol = Wire)]
pub async fn retire_template(name: String, retired: bool) -> Result<(), AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::retire(&ctx, &name, retired).await
}

/// What a draft looks like, for a customer or with samples.
#[server(protocol = Wire)]
pub async fn preview_template(
    name: String,
    locale: String,
    draft: Draft,
    recipient: Option<CustomerId>,
) -> Result<Shown, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::preview(ctx.viewer(), &name, &locale, draft, recipient).await
}

/// Customers whom a mail could be for.
#[server(protocol = Wire)]
pub async fn find_recipients(text: String) -> Result<Vec<Recipient>, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::find_recipients(&ctx, &text).await
}

/// The customer after another, or before.
#[server(protocol = Wire)]
pub async fn next_recipient(of: Option<CustomerId>, forward: bool) -> Result<Option<Recipient>, AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::neighbour(&ctx, of, forward).await
}
