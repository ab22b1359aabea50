//! The server functions of checking a campaign.

use super::{Report, Trial};
use crate::base::{AppResult, CampaignId, Wire};
use crate::messages::campaigns::CampaignForm;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {super::service, crate::office::staff::Right, crate::server::authorise};

/// Looks at a campaign as it is typed, and at those who would get it.
#[server(protocol = Wire)]
pub async fn check_campaign(id: CampaignId, form: CampaignForm) -> AppResult<Report> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::report(ctx.viewer(), id, &form).await
}

/// Opens the links of a campaign as it is saved.
#[server(protocol = Wire)]
pub async fn try_links(id: CampaignId) -> AppResult<Vec<Trial>> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::try_links(&ctx, id).await
}
