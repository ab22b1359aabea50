//! Keeping a campaign's view as the server's events tell it.

use super::{CampaignState, CampaignView};
use crate::base::{CampaignId, wire};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Follows a campaign: how far it is, and what recipients do. The server says when nothing more is to be expected.
pub(super) fn follow(campaign: RwSignal<CampaignView>) {
    let wanted = Memo::new(move |_| campaign.with(|campaign| (campaign.state != CampaignState::Draft).then_some(campaign.id)));
    Effect::new(move || {
        if let Some(followed) = wanted.get().and_then(|id| Followed::open(id, campaign)) {
            // Dropped, and so closed, when the effect runs again or the view goes.
            StoredValue::new_local(followed);
        }
    });
}

/// An open stream of events.
struct Followed {
    source: EventSource,
    /// Called by the browser as long as the stream is open.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Followed {
    fn open(id: CampaignId, campaign: RwSignal<CampaignView>) -> Option<Self> {
        let source = EventSource::new(&format!("/campaigns/{id}/events")).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let view = event.data().as_string().and_then(|text| wire::read::<CampaignView>(&text).ok());
            if let Some(view) = view {
                campaign.try_set(view);
            }
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { source, _on_message: on_message })
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.source.close();
    }
}
