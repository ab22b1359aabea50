//! What both pages of campaigns show.

use super::CampaignState;
use crate::base::i18n::use_lang;
use leptos::prelude::*;

impl CampaignState {
    /// The key of its name.
    #[must_use]
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Draft => "campaign.state.draft",
            Self::Scheduled => "campaign.state.scheduled",
            Self::Sending => "campaign.state.sending",
            Self::Paused => "campaign.state.paused",
            Self::Sent => "campaign.state.sent",
            Self::Cancelled => "campaign.state.cancelled",
        }
    }

    fn tone(self) -> Option<&'static str> {
        match self {
            Self::Draft => None,
            Self::Scheduled | Self::Sending => Some("info"),
            Self::Paused | Self::Cancelled => Some("warn"),
            Self::Sent => Some("ok"),
        }
    }
}

/// Where a campaign stands.
#[component]
pub fn StateBadge(state: CampaignState) -> impl IntoView {
    let l = use_lang();
    view! { <span class="badge" data-tone=state.tone()>{l.t(state.label_key())}</span> }
}
