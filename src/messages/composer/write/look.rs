//! What a campaign says, on the page that shows how far it is: opened when somebody wants to see it.

use super::api::show_campaign;
use crate::base::CampaignId;
use crate::base::i18n::use_lang;
use crate::messages::templates::Shown;
use crate::messages::templates::frame::{Look, LookSwitches, MailStage};
use crate::ui::{Icon, SkeletonLines, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The mail, filled with samples.
#[component]
pub fn MailCard(id: CampaignId) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let look = Look::default();
    let shown = RwSignal::new(None::<Shown>);
    let asked = StoredValue::new(false);
    let open = move |_| {
        if asked.get_value() {
            return;
        }
        asked.set_value(true);
        spawn_local(async move {
            match show_campaign(id).await {
                Ok(found) => drop(shown.try_set(Some(found))),
                Err(error) => {
                    asked.try_set_value(false);
                    toasts.fail(l.error(&error));
                }
            }
        });
    };
    let mail = Signal::derive(move || shown.with(|shown| shown.as_ref().and_then(|shown| shown.mail.clone())));
    view! {
        <details class="card" on:toggle=open>
            <summary class="card-head">
                <Icon name="chevron-right"/>
                <h2 class="card-title">{l.t("campaign.mail")}</h2>
                <span class="soft">{l.t("campaign.mail_samples")}</span>
            </summary>
            <div class="card-body stack">
                <div class="row"><LookSwitches look/></div>
                <Show when=move || shown.with(Option::is_some) fallback=|| view! { <SkeletonLines lines=8/> }>
                    <MailStage mail look pictures=true/>
                </Show>
            </div>
        </details>
    }
    .into_any()
}
