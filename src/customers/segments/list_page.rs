//! `/segments`: the segments, how large they are, and how that went.

use super::api::list_segments;
use super::trend::{Sparkline, share};
use super::{SegmentRow, Segments};
use crate::app::{Session, use_session};
use crate::base::blocking_resource;
use crate::base::i18n::use_lang;
use crate::base::query::QueryWriter;
use crate::customers::list::ListState;
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{EmptyState, Icon, Loaded, lazy_page, open_row};
use leptos::prelude::*;
use leptos_meta::Title;

lazy_page!(
    /// `/segments`.
    SegmentsRoute,
    profile,
    segments_view
);

fn segments_view() -> AnyView {
    view! { <Guard rights=&[Right::View]><SegmentsView/></Guard> }.into_any()
}

/// Whether the member who is logged in may change segments: they describe customers of every branch.
#[must_use]
pub(in crate::customers) fn may_edit() -> bool {
    may_edit_in(&use_session())
}

/// As [`may_edit`], of a session at hand.
#[must_use]
pub(in crate::customers) fn may_edit_in(session: &Session) -> bool {
    session.has(Right::BulkEdit) && session.staff.as_ref().is_some_and(|staff| staff.branches.is_none())
}

/// Where a segment begins that is what a list shows.
#[must_use]
pub(in crate::customers) fn save_href(list: &ListState) -> String {
    let mut query = QueryWriter::default();
    query.push("list", &ListState { search: String::new(), ..list.clone() }.from_the_start().to_query());
    format!("/segments/new?{}", query.finish())
}

#[component]
fn SegmentsView() -> impl IntoView {
    let l = use_lang();
    let segments = blocking_resource(|| (), |()| list_segments());
    let add = may_edit().then(|| {
        view! {
            <a class="btn btn-primary btn-collapse" href="/segments/new"><Icon name="plus"/><span>{l.t("segments.new")}</span></a>
        }
    });
    view! {
        <Title text=l.t("segments.title")/>
        <div class="page">
            <header class="page-head">
                <h1 class="page-title">{l.t("segments.title")}</h1>
                <div class="page-actions">{add}</div>
            </header>
            <Loaded resource=segments view=|segments: Segments| view! { <Tables segments/> }.into_any()/>
        </div>
    }
    .into_any()
}

#[component]
fn Tables(segments: Segments) -> impl IntoView {
    let l = use_lang();
    let Segments { rows, customers } = segments;
    let (archived, used): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.archived);
    let table = move |rows: Vec<SegmentRow>| {
        let rows = rows.into_iter().map(|row| view! { <Row row customers/> }).collect_view();
        view! { <SegmentTable>{rows}</SegmentTable> }
    };
    let none = used.iter().all(|row| row.name.built_in).then(|| {
        let act = may_edit()
            .then(|| view! { <a class="btn btn-primary" href="/segments/new"><Icon name="plus"/>{l.t("segments.new")}</a> });
        view! {
            <section class="card">
                <EmptyState icon="filter" title=l.t("segments.none") text=l.t("segments.none_text")>{act}</EmptyState>
            </section>
        }
    });
    let hidden = (!archived.is_empty()).then(|| {
        let count = i64::try_from(archived.len()).unwrap_or(i64::MAX);
        view! {
            <details class="card">
                <summary class="card-head"><Icon name="chevron-right"/><h2 class="card-title">{l.count("segments.archived", count)}</h2></summary>
                {table(archived)}
            </details>
        }
    });
    view! {
        <div class="stack">
            <section class="card">{table(used)}</section>
            {none}
            {hidden}
        </div>
    }
    .into_any()
}

#[component]
fn SegmentTable(children: Children) -> impl IntoView {
    let l = use_lang();
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("segments.title") tabindex="0">
            <table class="table table-rows table-wrap table-cards">
                <thead>
                    <tr>
                        <th scope="col" class="group-name">{l.t("segments.segment")}</th>
                        <th scope="col" class="num">{l.t("segments.members")}</th>
                        <th scope="col" class="num">{l.t("segments.share")}</th>
                        <th scope="col">{l.t("segments.trend")}</th>
                        <th scope="col">{l.t("segments.kind")}</th>
                        <th scope="col" class="num nowrap">{l.t("segments.used_by")}</th>
                    </tr>
                </thead>
                <tbody on:click=open_row>{children()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(
    row: SegmentRow,
    /// How many there are.
    customers: i64,
) -> impl IntoView {
    let l = use_lang();
    let SegmentRow { name, description, rule, members, trend, uses, .. } = row;
    let kind = if name.built_in { "segments.built_in" } else { "segments.own" };
    let used = i64::try_from(uses).unwrap_or(i64::MAX);
    let about = if description.is_empty() {
        view! { <code class="line-sub code segment-rule">{rule}</code> }.into_any()
    } else {
        view! { <span class="line-sub" dir="auto">{description}</span> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" data-slot="title">
                <a class="person-name" href=name.href() dir="auto">{name.text(l)}</a>
                {about}
            </th>
            <td class="num" data-slot="extra"><a class="link group-size" href=name.customers_href()>{l.count("groups.size", members)}</a></td>
            <td class="num" data-slot="value">{l.percent(share(members, customers))}</td>
            <td><Sparkline trend/></td>
            <td data-slot="state"><span class="badge">{l.t(kind)}</span></td>
            <td class="num" data-slot=(uses > 0).then_some("meta")>
                {if uses > 0 { l.count("segments.uses", used).into_any() } else { view! { <span class="nil">"—"</span> }.into_any() }}
            </td>
        </tr>
    }
}
