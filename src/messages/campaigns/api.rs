//! The server functions of campaigns.

use super::report::{Figures, Report};
use super::{CampaignForm, CampaignMails, CampaignPage, CampaignView, MailQuery, Move, Schedule, SendPlan};
use crate::base::{AppResult, CampaignId, Money, Wire};
use leptos::prelude::*;

/// The newest campaigns that the query of a URL wants, without how far they are.
#[server(protocol = Wire)]
pub async fn list_campaigns(query: String) -> AppResult<CampaignPage> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    Ok(super::store::list(&ctx.state.db, &super::CampaignQuery::parse(&query), ctx.scope(), ctx.state.zone()).await?)
}

/// A campaign and how far it is.
#[server(protocol = Wire)]
pub async fn get_campaign(id: CampaignId) -> AppResult<CampaignView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::service::view(&ctx, id).await
}

/// Adds a draft.
#[server(protocol = Wire)]
pub async fn add_campaign(form: CampaignForm) -> AppResult<CampaignId> {
    let ctx = crate::server::authorise(crate::office::staff::Right::SendCampaigns)?;
    super::service::create(&ctx, &form).await
}

/// Sends a campaign now.
#[server(protocol = Wire)]
pub async fn start_campaign(id: CampaignId) -> AppResult<CampaignView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::SendCampaigns)?;
    super::service::start(&ctx, id).await?;
    super::service::view(&ctx, id).await
}

/// What sending a campaign would come to, now or at a time.
#[server(protocol = Wire)]
pub async fn plan_campaign(id: CampaignId, schedule: Option<Schedule>) -> AppResult<SendPlan> {
    let ctx = crate::server::authorise(crate::office::staff::Right::SendCampaigns)?;
    super::plan::plan(&ctx, id, schedule).await
}

/// Chooses the subject that the rest of a campaign gets; 0 is A.
#[server(protocol = Wire)]
pub async fn choose_winner(id: CampaignId, winner: usize) -> AppResult<CampaignView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::SendCampaigns)?;
    super::trial::choose(&ctx, id, winner).await?;
    super::service::view(&ctx, id).await
}

/// Sends a campaign when the clocks of the shop, or of each recipient, show a certain time.
#[server(protocol = Wire)]
pub async fn schedule_campaign(id: CampaignId, schedule: Schedule) -> AppResult<CampaignView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::SendCampaigns)?;
    super::service::schedule(&ctx, id, schedule).await?;
    super::service::view(&ctx, id).await
}

/// Pauses, resumes or cancels a campaign, or makes a scheduled one a draft again.
#[server(protocol = Wire)]
pub async fn move_campaign(id: CampaignId, to: Move) -> AppResult<CampaignView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::SendCampaigns)?;
    super::service::step(&ctx, id, to).await?;
    super::service::view(&ctx, id).await
}

/// Decides about the mails of a campaign of which nobody knows whether they were sent.
#[server(protocol = Wire)]
pub async fn decide_doubts(id: CampaignId, again: bool) -> AppResult<CampaignView> {
    let ctx = crate::server::authorise(crate::office::staff::Right::SendCampaigns)?;
    super::service::decide_doubts(&ctx, id, again).await?;
    super::service::view(&ctx, id).await
}

/// What came of a campaign.
#[server(protocol = Wire)]
pub async fn campaign_report(id: CampaignId) -> AppResult<Report> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::figures::report(ctx.viewer(), id).await
}

/// What came of some campaigns.
#[server(protocol = Wire)]
pub async fn campaign_figures(ids: Vec<CampaignId>) -> AppResult<Vec<(CampaignId, Figures, Money)>> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::figures::of_page(&ctx, &ids).await
}

/// Who got a campaign, when, or why not.
#[server(protocol = Wire)]
pub async fn list_campaign_mails(id: CampaignId, query: MailQuery) -> AppResult<CampaignMails> {
    let ctx = crate::server::authorise(crate::office::staff::Right::View)?;
    super::store::list_mails(&ctx.state.db, id, &query, ctx.scope(), super::store::PAGE, ctx.state.zone()).await
}
