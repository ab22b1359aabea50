//! `/campaigns`: the campaigns, newest first.

use super::CampaignView;
use super::api::{campaign_figures, list_campaigns};
use super::parts::StateBadge;
use super::report::{Figures, rate};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{CampaignId, Money, blocking_resource, resource};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{EmptyState, Loaded, lazy_page, open_row};
use leptos::prelude::*;
use leptos_meta::Title;

lazy_page!(
    /// `/campaigns`.
    CampaignsRoute,
    messages,
    campaigns_view
);

fn campaigns_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><CampaignsView/></Guard> }.into_any()
}

#[component]
fn CampaignsView() -> impl IntoView {
    let l = use_lang();
    let campaigns = blocking_resource(|| (), |()| list_campaigns(None));
    let table = |rows: Vec<CampaignView>| view! { <Table rows/> }.into_any();
    view! {
        <Title text=l.t("campaigns.title")/>
        <div class="page">
            <header class="page-head"><h1 class="page-title">{l.t("campaigns.title")}</h1></header>
            <Loaded resource=campaigns view=table/>
        </div>
    }
    .into_any()
}

#[component]
fn Table(rows: Vec<CampaignView>) -> impl IntoView {
    let l = use_lang();
    if rows.is_empty() {
        let (title, text) = (l.t("campaigns.none"), l.t("campaigns.none_text"));
        return view! { <section class="card"><EmptyState icon="mail" title text/></section> }.into_any();
    }
    let ids: Vec<CampaignId> = rows.iter().filter(|row| row.started.is_some()).map(|row| row.id).collect();
    // They read all mails of a page of campaigns, so the list does not wait for them.
    let figures = resource(move || ids.clone(), campaign_figures);
    let known = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        if let Some(Ok(figures)) = figures.get() {
            known.set(figures);
        }
    });
    let rows = rows.into_iter().map(|row| view! { <Row row known/> }).collect_view();
    view! {
        <section class="card">
            <div class="table-scroll" role="region" aria-label=l.t("campaigns.title") tabindex="0">
                <table class="table table-rows table-wrap table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("campaigns.campaign")}</th>
                            <th scope="col">{l.t("campaigns.state")}</th>
                            <th scope="col" class="num">{l.t("campaigns.recipients")}</th>
                            <th scope="col" class="num">{l.t("campaigns.delivered")}</th>
                            <th scope="col" class="num">{l.t("campaigns.opened")}</th>
                            <th scope="col" class="num">{l.t("campaigns.clicked")}</th>
                            <th scope="col" class="num">{l.t("campaigns.revenue")}</th>
                            <th scope="col">{l.t("campaigns.when")}</th>
                            <th scope="col">{l.t("campaigns.by")}</th>
                        </tr>
                    </thead>
                    <tbody on:click=open_row>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Row(row: CampaignView, known: RwSignal<Vec<(CampaignId, Figures, Money)>>) -> impl IntoView {
    let l = use_lang();
    let id = row.id;
    let cell = move |of: fn(Lang, &Figures, Money) -> String| {
        move || {
            let found =
                known.with(|known| known.iter().find(|one| one.0 == id).map(|(_, figures, money)| of(l, figures, *money)));
            found.map_or_else(|| view! { <span class="nil">"—"</span> }.into_any(), IntoAny::into_any)
        }
    };
    let href = format!("/campaigns/{}", row.id);
    let when = row.started.or(row.scheduled).map(|at| l.moment(at));
    let recipients = if row.frozen { l.integer(row.waterfall.gets_it) } else { "—".to_owned() };
    view! {
        <tr>
            <th scope="row" data-slot="title">
                <a class="person-name" href=href dir="auto">{row.name.clone()}</a>
                <span class="line-sub" dir="auto">{row.subject.clone()}</span>
            </th>
            <td data-slot="tags"><StateBadge state=row.state/></td>
            <td class="num" data-slot="value">{recipients}</td>
            <td class="num desk-only">{cell(|l, f, _| l.integer(f.delivered()))}</td>
            <td class="num" data-slot="extra" data-suffix=l.t("campaigns.opened")>{cell(|l, f, _| share(l, f.opened, f.delivered()))}</td>
            <td class="num desk-only">{cell(|l, f, _| share(l, f.clicked, f.delivered()))}</td>
            <td class="num desk-only">{cell(|l, _, money| l.money(money))}</td>
            <td class="nowrap" data-slot="sub">{when.unwrap_or_else(|| "—".to_owned())}</td>
            <td data-slot="meta">{row.by.clone()}</td>
        </tr>
    }
}

fn share(l: Lang, count: i64, of: i64) -> String {
    rate(count, of).map_or_else(|| "—".to_owned(), |rate| l.percent(rate))
}
