//! The server functions of writing a campaign.

use super::{Desk, ProductChoice, ProductRule, TestMail};
use crate::base::{AppResult, CampaignId, CustomerId, MailId, Wire};
use crate::messages::campaigns::Audience;
use crate::messages::suppression::Topic;
use crate::messages::templates::{Draft, Recipient, Shown};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{service, test_mail},
    crate::base::i18n::use_lang,
    crate::office::staff::Right,
    crate::server::authorise,
};

/// What one writes with: variables, templates, codes.
#[server(protocol = Wire)]
pub async fn open_desk() -> AppResult<Desk> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::desk(&ctx, use_lang()).await
}

/// What a template says, for a campaign that begins as it does.
#[server(protocol = Wire)]
pub async fn copy_template(name: String, locale: String) -> AppResult<Draft> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::copy(&ctx, &name, &locale).await
}

/// What a campaign looks like, for a customer or with samples.
#[server(protocol = Wire)]
pub async fn preview_campaign(draft: Draft, recipient: Option<CustomerId>) -> AppResult<Shown> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::preview(ctx.viewer(), draft, recipient).await
}

/// What a campaign says, with samples.
#[server(protocol = Wire)]
pub async fn show_campaign(id: CampaignId) -> AppResult<Shown> {
    let ctx = authorise(Right::View)?;
    service::look(ctx.viewer(), id).await
}

/// The first of an audience who get the mail.
#[server(protocol = Wire)]
pub async fn list_readers(id: CampaignId, audience: Audience, topic: Topic) -> AppResult<Vec<Recipient>> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::readers(&ctx, id, &audience, topic).await
}

/// Products whose name or SKU has these words.
#[server(protocol = Wire)]
pub async fn find_mail_products(text: String) -> AppResult<Vec<ProductChoice>> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::find_products(&ctx, &text).await
}

/// The products that a rule comes to today.
#[server(protocol = Wire)]
pub async fn pick_mail_products(rule: ProductRule) -> AppResult<Vec<ProductChoice>> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::pick_products(&ctx, rule).await
}

/// Sends a mail as it is written now to some addresses, filled in for a customer or with samples. The same `key` sends it once.
#[server(protocol = Wire)]
pub async fn send_test(
    id: CampaignId,
    draft: Draft,
    recipient: Option<CustomerId>,
    addresses: Vec<String>,
    key: String,
) -> AppResult<Vec<TestMail>> {
    let ctx = authorise(Right::SendCampaigns)?;
    test_mail::send(&ctx, id, draft, recipient, &addresses, &key).await
}

/// How far test mails have come that this member sent.
#[server(protocol = Wire)]
pub async fn list_tests(ids: Vec<MailId>) -> AppResult<Vec<TestMail>> {
    let ctx = authorise(Right::SendCampaigns)?;
    test_mail::list(&ctx, &ids).await
}
