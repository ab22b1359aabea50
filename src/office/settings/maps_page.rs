//! The section Maps of the settings page.

use super::api::save_map_settings;
use super::page::{Editing, Input, Row, SaveBar};
use super::{Form, MapForm, SettingsView, map_frame_url};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::ui::{Icon, MapFrame};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What is shown to see whether the key works, where the shop has no address.
const SOMEWHERE: &str = "Royal Observatory, Greenwich";

#[component]
pub fn MapSection(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let editing = Editing::new(current, MapForm::of);
    let form = editing.form;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        editing.save(save_map_settings(form.get_untracked(), editing.base.get_untracked()));
    };
    view! {
        <form class="card setting-group" id="maps" on:submit=submit>
            <header class="card-head"><h2 class="card-title">{l.t("settings.maps")}</h2></header>
            <Row id="m-key" label="settings.map_key" hint=l.t("settings.map_key_hint").to_owned() error=editing.about("google_key")>
                <Input id="m-key" form get=|f| &f.google_key set=|f| &mut f.google_key error=editing.about("google_key")/>
            </Row>
            <Try current/>
            <SaveBar editing/>
        </form>
    }
}

/// A map with the key that is saved. The page is loaded anew for it: what it may frame was settled when it was loaded.
#[component]
fn Try(current: RwSignal<SettingsView>) -> impl IntoView {
    let l = use_lang();
    let asked = use_query_map().with_untracked(|query| query.get("map").is_some());
    let key = use_session().map_key;
    let place = current.with_untracked(|view| view.settings.invoice.address.replace('\n', ", "));
    let place = if place.is_empty() { SOMEWHERE.to_owned() } else { place };
    let map = (asked && !key.is_empty()).then(|| {
        let title = l.with("address.map_of", &[("place", &place)]);
        view! { <MapFrame src=map_frame_url(&key, &place) title/> }
    });
    let saved = Memo::new(move |_| current.with(|view| !view.settings.maps.google_key.is_empty()));
    view! {
        <Show when=move || saved.get()>
            <div class="card-body">
                <a class="btn btn-sm" href="/settings?map=show#maps" rel="external"><Icon name="map-pin"/>{l.t("settings.map_try")}</a>
            </div>
        </Show>
        {map}
    }
}
