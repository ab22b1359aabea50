//! The server functions of the outbox.

use super::{MailSetup, MailView, OutboxPage};
use crate::base::{AppError, Wire};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{OutboxQuery, doubt, service, setup, test_mail},
    crate::base::MailId,
    crate::base::i18n::use_lang,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// A page of mails; `query` is the URL's.
#[server(protocol = Wire)]
pub async fn list_outbox(query: String) -> Result<OutboxPage, AppError> {
    let ctx = authorise(Right::View)?;
    service::list(ctx.viewer(), &OutboxQuery::parse(&query), use_lang()).await
}

/// Sends a mail to the member who asks, at once and past the outbox; what the mail server said.
#[server(protocol = Wire)]
pub async fn send_test_mail() -> Result<String, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    test_mail::send(&ctx).await
}

/// How mails leave and come back, as the installation says it.
#[server(protocol = Wire)]
pub async fn get_mail_setup() -> Result<MailSetup, AppError> {
    let ctx = authorise(Right::ManageSettings)?;
    setup::describe(&ctx).await
}

/// One mail as its recipient sees it.
#[server(protocol = Wire)]
pub async fn open_mail(id: i64) -> Result<MailView, AppError> {
    let ctx = authorise(Right::View)?;
    service::open(ctx.viewer(), id, use_lang()).await
}

/// Decides about a mail of which nobody knows whether it was sent.
#[server(protocol = Wire)]
pub async fn decide_mail(id: i64, again: bool) -> Result<(), AppError> {
    let ctx = authorise(Right::SendCampaigns)?;
    let tx = ctx.state.db.begin().await?;
    doubt::decide(&tx, ctx.scope(), &ctx.actor(), MailId(id), again).await?;
    Ok(tx.commit().await?)
}
