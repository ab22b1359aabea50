//! The list of returns: what waits for somebody, the oldest first.

use super::api::list_returns;
use super::{ReturnList, ReturnQuery, ReturnRow, ReturnStatus, Which};
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{Day, resource};
use crate::ui::{EmptyState, ErrorState, Icon, LiveForm, SearchField, SkeletonLines, lazy_page, open_row};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

lazy_page!(
    /// `/returns`.
    ReturnsRoute,
    commerce,
    returns_view
);

fn returns_view() -> AnyView {
    let l = use_lang();
    let search = use_location().search;
    let list = resource(move || search.get(), list_returns);
    let query = Memo::new(move |_| ReturnQuery::parse(&search.get()));
    let search = Signal::derive(move || query.get().search);
    view! {
        <Title text=l.t("returns.title")/>
        <div class="page">
            <header class="page-head"><h1 class="page-title">{l.t("returns.title")}</h1></header>
            <section class="card">
                <div class="card-body">
                    <LiveForm class="toolbar" canonical=ReturnQuery::canonical label=l.t("returns.filter")>
                        <SearchField name="q" label=l.t("returns.search") placeholder=l.t("returns.search_hint") value=search/>
                        <input type="hidden" name="status" value=move || query.get().which.code()/>
                        <noscript><button class="btn" type="submit">{l.t("returns.filter")}</button></noscript>
                    </LiveForm>
                </div>
                <Transition fallback=|| view! { <SkeletonLines lines=12/> }>
                    {move || Suspend::new(async move {
                        match list.await {
                            Ok(found) => page_view(l, found, &query.get_untracked()),
                            Err(error) => {
                                let again = Callback::new(move |()| list.refetch());
                                view! { <ErrorState error on_retry=again/> }.into_any()
                            }
                        }
                    })}
                </Transition>
            </section>
        </div>
    }
    .into_any()
}

fn page_view(l: Lang, list: ReturnList, query: &ReturnQuery) -> AnyView {
    let today = use_session().today;
    let quick = Which::ALL.map(|which| {
        let href = ReturnQuery { which, position: None, ..query.clone() }.link();
        let count = list.count(which).map(|count| view! { " " <span class="count">{l.integer(count)}</span> });
        view! {
            <a class="quick-item" href=href aria-current=(which == query.which).then_some("true")>{l.t(which.label_key())} {count}</a>
        }
    });
    let quick = view! { <nav class="quick" aria-label=l.t("returns.which")>{quick.collect_view()}</nav> };
    if list.rows.is_empty() {
        let filtered = !query.search.trim().is_empty();
        let title = if filtered { l.t("returns.none_match") } else { l.t("returns.none") };
        return view! { {quick} <EmptyState icon="undo" title=title/> }.into_any();
    }
    let rows = list.rows.iter().map(|row| row_view(l, row, today)).collect_view();
    view! {
        {quick}
        <div class="card-flush">
            <div class="table-scroll" role="region" aria-label=l.t("returns.title") tabindex="0">
                <table class="table table-rows table-cards">
                    <thead>
                        <tr>
                            <th scope="col">{l.t("returns.column.number")}</th>
                            <th scope="col">{l.t("orders.column.customer")}</th>
                            <th scope="col">{l.t("returns.column.order")}</th>
                            <th scope="col">{l.t("returns.column.requested")}</th>
                            <th scope="col">{l.t("refunds.reason")}</th>
                            <th scope="col" class="num">{l.t("orders.column.items")}</th>
                            <th scope="col">{l.t("orders.state")}</th>
                        </tr>
                    </thead>
                    <tbody on:click=open_row>{rows}</tbody>
                </table>
            </div>
        </div>
        {pager(l, &list, query)}
    }
    .into_any()
}

fn row_view(l: Lang, row: &ReturnRow, today: Day) -> AnyView {
    let href = format!("/orders/{}#returns", row.order);
    let buyer = format!("/customers/{}", row.buyer.id);
    let suffix = if row.units == 1 { l.t("orders.items_suffix.one") } else { l.t("orders.items_suffix.other") };
    let at = row.requested;
    view! {
        <tr>
            <th scope="row" class="tnum" data-slot="title"><a class="person-name" href=href>{row.number.clone()}</a></th>
            <td data-slot="sub"><a class="link" dir="auto" href=buyer>{row.buyer.name.clone()}</a></td>
            <td class="tnum">"#" {row.order_number.clone()}</td>
            <td data-slot="tags"><time datetime=at.at.rfc3339() title=l.moment(at)>{l.relative(at.day, today)}</time></td>
            <td data-slot="meta">{l.t(row.reason.label_key())}</td>
            <td class="num" data-slot="extra" data-suffix=suffix>{l.integer(row.units)}</td>
            <td data-slot="state">{return_status(l, row.status)}</td>
        </tr>
    }
    .into_any()
}

/// A return's status in words, with its tone.
pub fn return_status(l: Lang, status: ReturnStatus) -> AnyView {
    let tone = (!status.tone().is_empty()).then_some(status.tone());
    view! { <span class="status" data-tone=tone>{l.t(status.label_key())}</span> }.into_any()
}

fn pager(l: Lang, list: &ReturnList, query: &ReturnQuery) -> AnyView {
    let next = list.next.clone().map(|at| ReturnQuery { position: Some(at), ..query.clone() }.link());
    let first = query.position.is_some().then(|| ReturnQuery { position: None, ..query.clone() }.link());
    if next.is_none() && first.is_none() {
        return ().into_any();
    }
    let disabled = |href: &Option<String>| href.is_none().then_some("true");
    view! {
        <nav class="pager card-foot" aria-label=l.t("orders.pages")>
            <a class="btn btn-ghost" role="link" aria-disabled=disabled(&first) href=first>{l.t("returns.first")}</a>
            <a class="btn btn-ghost" role="link" aria-disabled=disabled(&next) href=next rel="next">
                {l.t("orders.next")}<Icon name="chevron-right"/>
            </a>
        </nav>
    }
    .into_any()
}
