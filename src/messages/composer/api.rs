//! The server functions of the composer.

use super::{Choices, Counted, Opened, People, Saved, Start};
use crate::base::{AppResult, CampaignId, CustomerId, Wire};
use crate::messages::campaigns::{Audience, CampaignForm, Fate};
use crate::messages::suppression::Topic;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {super::service, crate::office::staff::Right, crate::server::authorise};

/// A draft as it is written now.
#[server(protocol = Wire)]
pub async fn open_composer(id: CampaignId) -> AppResult<Opened> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::open(&ctx, id).await
}

/// Begins a draft of this name; begun twice in a moment, it is one.
#[server(protocol = Wire)]
pub async fn begin_campaign(name: String, start: Start) -> AppResult<CampaignId> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::begin(&ctx, &name, start).await
}

/// Writes a draft anew, as it was opened or saved in this version.
#[server(protocol = Wire)]
pub async fn save_campaign(id: CampaignId, version: i64, form: CampaignForm) -> AppResult<Saved> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::save(&ctx, id, version, &form).await
}

/// Groups and segments that an audience can be made of.
#[server(protocol = Wire)]
pub async fn audience_choices(id: CampaignId) -> AppResult<Choices> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::choices(&ctx, id).await
}

/// What an audience would come to now, as one of this campaign.
#[server(protocol = Wire)]
pub async fn count_audience(id: CampaignId, audience: Audience, topic: Topic) -> AppResult<Counted> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::count(&ctx, id, &audience, topic).await
}

/// Those of an audience with this fate (`None`: all), from behind a customer.
#[server(protocol = Wire)]
pub async fn list_audience(
    id: CampaignId,
    audience: Audience,
    topic: Topic,
    fate: Option<Fate>,
    after: Option<CustomerId>,
) -> AppResult<People> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::people(&ctx, id, (&audience, topic), fate, after).await
}

/// A new draft like a campaign.
#[server(protocol = Wire)]
pub async fn duplicate_campaign(id: CampaignId, suffix: String) -> AppResult<CampaignId> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::duplicate(&ctx, id, &suffix).await
}

/// Deletes a draft.
#[server(protocol = Wire)]
pub async fn delete_campaign(id: CampaignId) -> AppResult<()> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::delete(&ctx, id).await
}

/// Brings a deleted draft back.
#[server(protocol = Wire)]
pub async fn restore_campaign(id: CampaignId) -> AppResult<()> {
    let ctx = authorise(Right::SendCampaigns)?;
    service::restore(&ctx, id).await
}
