//! What can be done with a campaign from its menu: copy it, delete it while it is a draft.

use super::api::{delete_campaign, duplicate_campaign, restore_campaign};
use crate::base::CampaignId;
use crate::base::i18n::use_lang;
use crate::ui::{Icon, PopMenu, Undo, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::sync::Arc;

/// The menu. What follows deleting and bringing back may be called when the page has been left.
#[component]
pub fn CampaignMenu(
    id: CampaignId,
    #[prop(into)] name: String,
    is_draft: bool,
    on_deleted: Undo,
    on_restored: Undo,
) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let navigate = use_navigate();
    let copy = move |_| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match duplicate_campaign(id, l.t("composer.copy_suffix").to_owned()).await {
                Ok(made) => {
                    toasts.push(l.t("composer.copied"), None);
                    navigate(&format!("/campaigns/{made}/edit"), Default::default());
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let said = l.with("composer.deleted", &[("name", &name)]);
    let delete = move |_| {
        let (said, on_deleted, on_restored) = (said.clone(), Arc::clone(&on_deleted), Arc::clone(&on_restored));
        spawn_local(async move {
            if let Err(error) = delete_campaign(id).await {
                return toasts.fail(l.error(&error));
            }
            let undo: Undo = Arc::new(move || {
                let on_restored = Arc::clone(&on_restored);
                spawn_local(async move {
                    match restore_campaign(id).await {
                        Ok(()) => on_restored(),
                        Err(error) => toasts.fail(l.error(&error)),
                    }
                });
            });
            toasts.push(said, Some(undo));
            on_deleted();
        });
    };
    let actions = l.with("composer.actions", &[("name", &name)]);
    view! {
        <PopMenu id=format!("campaign-{id}") label=actions>
            <button type="button" class="menu-item" on:click=copy><Icon name="copy"/> {l.t("composer.duplicate")}</button>
            {is_draft.then(|| view! {
                <button type="button" class="menu-item" data-tone="bad" on:click=delete><Icon name="trash"/> {l.t("composer.delete")}</button>
            })}
        </PopMenu>
    }
    .into_any()
}
