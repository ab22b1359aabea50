//! `/campaigns/new`: begins a draft with what the address names (`group`, `segment`, `list`, `customers`) and opens it.

use super::Start;
use super::api::begin_campaign;
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::{AppError, GroupId, SegmentId};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{ErrorState, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

lazy_page!(
    /// `/campaigns/new`.
    NewCampaignRoute,
    messages,
    new_view
);

fn new_view() -> AnyView {
    view! { <Guard rights=&[Right::SendCampaigns]><NewPage/></Guard> }.into_any()
}

#[component]
fn NewPage() -> impl IntoView {
    let (l, navigate) = (use_lang(), use_navigate());
    let query = use_query_map();
    let name = l.with("composer.default_name", &[("date", &l.day_and_month(use_session().today))]);
    let failure = RwSignal::new(None::<AppError>);
    let begin = StoredValue::new_local(move || {
        let (navigate, name) = (navigate.clone(), name.clone());
        let start = query.with_untracked(|query| start_of(|name| query.get(name)));
        failure.set(None);
        spawn_local(async move {
            match begin_campaign(name, start).await {
                Ok(id) => navigate(&format!("/campaigns/{id}/edit"), NavigateOptions { replace: true, ..Default::default() }),
                Err(error) => _ = failure.try_set(Some(error)),
            }
        });
    });
    // In the browser only: looking at the page writes nothing.
    Effect::new(move |_| begin.with_value(|begin| begin()));
    let again = Callback::new(move |()| begin.with_value(|begin| begin()));
    view! {
        <Title text=l.t("composer.new")/>
        <div class="page page-narrow">
            <header class="page-head"><h1 class="page-title">{l.t("composer.new")}</h1></header>
            {move || failure.get().map(|error| view! { <ErrorState error on_retry=again/> })}
            <Show when=move || failure.with(Option::is_none)><SkeletonLines lines=6/></Show>
        </div>
    }
    .into_any()
}

/// What the address says; nothing of what does not read.
fn start_of(value: impl Fn(&str) -> Option<String>) -> Start {
    let group = || Some(Start::Group(GroupId(value("group")?.parse().ok()?)));
    let segment = || Some(Start::Segment(SegmentId(value("segment")?.parse().ok()?)));
    let list = || value("list").map(Start::List);
    let chosen = || Some(Start::Chosen(value("customers")?.split(',').filter_map(|id| id.parse().ok()).collect()));
    group().or_else(segment).or_else(list).or_else(chosen).unwrap_or_default()
}
