//! `/campaigns`: the campaigns, newest first; drafts lead to where they are written.

use super::api::{campaign_figures, list_campaigns};
use super::parts::StateBadge;
use super::report::{Figures, rate};
use super::{CampaignPage, CampaignQuery, CampaignState, CampaignView};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, CampaignId, Money, Resource, blocking_resource};
use crate::messages::composer::CampaignMenu;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{EmptyState, Icon, LiveForm, Loaded, SearchField, Undo, lazy_page, open_row};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use std::sync::Arc;

lazy_page!(
    /// `/campaigns`.
    CampaignsRoute,
    messages,
    campaigns_view
);

fn campaigns_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><CampaignsView/></Guard> }.into_any()
}

type Campaigns = Resource<Result<CampaignPage, AppError>>;

#[component]
fn CampaignsView() -> impl IntoView {
    let l = use_lang();
    let may = use_session().has(Right::SendCampaigns);
    let search = use_location().search;
    let campaigns: Campaigns = blocking_resource(move || search.get(), list_campaigns);
    let query = Memo::new(move |_| CampaignQuery::parse(&search.get()));
    let table = move |page: CampaignPage| view! { <Table page query campaigns may/> }.into_any();
    view! {
        <Title text=l.t("campaigns.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("campaigns.title")}</h1>
                <div class="page-actions">{may.then(|| view! { <NewCampaign/> })}</div>
            </header>
            <section class="card">
                <div class="card-body"><Filters query/></div>
                <Loaded resource=campaigns view=table/>
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn NewCampaign() -> impl IntoView {
    let l = use_lang();
    view! { <a class="btn btn-primary" href="/campaigns/new"><Icon name="plus"/><span>{l.t("composer.new")}</span></a> }
}

#[component]
fn Filters(query: Memo<CampaignQuery>) -> impl IntoView {
    let l = use_lang();
    let text = Signal::derive(move || query.get().text);
    let chosen = query.with_untracked(|query| query.state);
    let option = move |state: CampaignState| {
        view! { <option value=state.code() selected=chosen == Some(state)>{l.t(state.label_key())}</option> }
    };
    view! {
        <LiveForm class="toolbar" canonical=CampaignQuery::canonical label=l.t("campaigns.search")>
            <SearchField name="q" label=l.t("campaigns.search") placeholder=l.t("campaigns.search_hint") value=text/>
            <select class="input input-auto" name="state" aria-label=l.t("campaigns.state")>
                <option value="" selected=chosen.is_none()>{l.t("outbox.any_state")}</option>
                {CampaignState::ALL.map(option).collect_view()}
            </select>
            <noscript><button class="btn" type="submit">{l.t("orders.filter")}</button></noscript>
        </LiveForm>
    }
    .into_any()
}

#[component]
fn Table(page: CampaignPage, query: Memo<CampaignQuery>, campaigns: Campaigns, may: bool) -> impl IntoView {
    let l = use_lang();
    let now = query.get_untracked();
    if page.rows.is_empty() && now.is_filtered() {
        return view! { <EmptyState icon="mail" title=l.t("campaigns.not_found") text=l.t("campaigns.not_found_text")/> }
            .into_any();
    }
    if page.rows.is_empty() {
        return view! {
            <EmptyState icon="mail" title=l.t("campaigns.none") text=l.t("campaigns.none_text")>
                {may.then(|| view! { <NewCampaign/> })}
            </EmptyState>
        }
        .into_any();
    }
    let link = |before| format!("/campaigns?{}", CampaignQuery { before, ..now.clone() }.write());
    let older = page.rows.last().filter(|_| page.more).map(|row| link(Some(row.id)));
    let newest = now.before.is_some().then(|| link(None));
    let pager = (older.is_some() || newest.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=l.t("audit.pages")>
                {newest.map(|href| view! { <a class="btn btn-ghost" href=href><Icon name="chevrons-left"/>{l.t("audit.newest")}</a> })}
                {older.map(|href| view! { <a class="btn btn-ghost row-end" href=href>{l.t("audit.older")}<Icon name="chevron-right"/></a> })}
            </nav>
        }
    });
    let ids: Vec<CampaignId> = page.rows.iter().filter(|row| row.started.is_some()).map(|row| row.id).collect();
    let known: KnownFigures = RwSignal::new(Vec::new());
    // That reads all their mails, so the list does not wait for it.
    Effect::new(move |_| {
        let ids = ids.clone();
        spawn_local(async move {
            if let Ok(figures) = campaign_figures(ids).await {
                known.try_set(figures);
            }
        });
    });
    let rows = page.rows.into_iter().map(|row| view! { <Row row campaigns may known/> }).collect_view();
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("campaigns.title") tabindex="0">
            <table class="table table-rows table-wrap table-cards">
                <thead>
                    <tr>
                        <th scope="col" class="c-xl c-name">{l.t("campaigns.campaign")}</th>
                        <th scope="col">{l.t("campaigns.state")}</th>
                        <th scope="col" class="num">{l.t("campaigns.recipients")}</th>
                        <th scope="col" class="num desk-only">{l.t("campaigns.delivered")}</th>
                        <th scope="col" class="num">{l.t("campaigns.opened")}</th>
                        <th scope="col" class="num desk-only">{l.t("campaigns.clicked")}</th>
                        <th scope="col" class="num desk-only">{l.t("campaigns.revenue")}</th>
                        <th scope="col">{l.t("campaigns.when")}</th>
                        <th scope="col">{l.t("campaigns.by")}</th>
                        {may.then(|| view! { <th scope="col" class="c-act"><span class="sr-only">{l.t("staff.actions")}</span></th> })}
                    </tr>
                </thead>
                <tbody on:click=open_row>{rows}</tbody>
            </table>
        </div>
        {pager}
    }
    .into_any()
}

/// What came of some campaigns, with the revenue.
type KnownFigures = RwSignal<Vec<(CampaignId, Figures, Money)>>;

fn share(l: Lang, count: i64, of: i64) -> String {
    rate(count, of).map_or_else(|| "—".to_owned(), |rate| l.percent(rate))
}

#[component]
fn Row(row: CampaignView, campaigns: Campaigns, may: bool, known: KnownFigures) -> impl IntoView {
    let l = use_lang();
    let id = row.id;
    let cell = move |shown: fn(Lang, &Figures, Money) -> String| {
        move || {
            let found = known.with(|known| known.iter().find(|one| one.0 == id).map(|one| shown(l, &one.1, one.2)));
            found.unwrap_or_else(|| "—".to_owned())
        }
    };
    let is_draft = row.state == CampaignState::Draft;
    let href = if is_draft && may { format!("/campaigns/{}/edit", row.id) } else { format!("/campaigns/{}", row.id) };
    let name = if row.name.is_empty() { l.t("composer.unnamed").to_owned() } else { row.name };
    let when = row.started.or(row.scheduled).unwrap_or(row.changed);
    // It may stand below a word, but stays together.
    let when = l.moment(when).replace(' ', "\u{a0}");
    let when = if is_draft { l.with("campaigns.written", &[("when", &when)]) } else { when };
    let recipients = if row.frozen { l.integer(row.waterfall.gets_it) } else { "—".to_owned() };
    // Where there are no figures yet, a phone shows none.
    let (value, extra) = (row.frozen.then_some("value"), row.started.map(|_| "extra"));
    let again: Undo = Arc::new(move || {
        if !campaigns.is_disposed() {
            campaigns.refetch();
        }
    });
    let menu = may.then(|| {
        view! {
            <td class="c-act" data-slot="act">
                <CampaignMenu id=row.id name=name.clone() is_draft on_deleted=Arc::clone(&again) on_restored=again/>
            </td>
        }
    });
    view! {
        <tr>
            <th scope="row" data-slot="title">
                <a class="person-name" href=href dir="auto">{name.clone()}</a>
                <span class="line-sub" dir="auto"><span class="clamp">{row.subject}</span></span>
            </th>
            <td data-slot="state"><StateBadge state=row.state/></td>
            <td class="num" data-slot=value>{recipients}</td>
            <td class="num desk-only">{cell(|l, f, _| l.integer(f.delivered()))}</td>
            <td class="num" data-slot=extra data-suffix=l.t("campaign.report.opened_word")>{cell(|l, f, _| share(l, f.opened, f.delivered()))}</td>
            <td class="num desk-only">{cell(|l, f, _| share(l, f.clicked, f.delivered()))}</td>
            <td class="num desk-only">{cell(|l, _, money| l.money(money))}</td>
            <td data-slot="sub">{when}</td>
            <td data-slot="meta">{row.by}</td>
            {menu}
        </tr>
    }
    .into_any()
}
