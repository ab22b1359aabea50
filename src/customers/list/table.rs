//! The table of the list; on a phone each row is a card.

use super::page::{Selected, href, use_list};
use super::{Column, ListAnswer, ListRow, ListState, Sort, SortColumn, marked};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::text::initials;
use crate::base::{CustomerId, Moment};
use crate::customers::tags::TagLink;
use crate::ui::{Icon, open_row};
use leptos::prelude::*;
use std::sync::Arc;

/// The rows of a page.
#[component]
pub fn CustomerTable(answer: ListAnswer) -> impl IntoView {
    let list = use_list();
    if answer.rows.is_empty() {
        return view! { <Empty nobody_at_all=answer.total == 0 && list.state.with_untracked(is_unfiltered)/> }.into_any();
    }
    let rows: Arc<[ListRow]> = answer.rows.into();
    view! {
        <Transition>
            {move || {
                let rows = Arc::clone(&rows);
                Suspend::new(async move {
                    let choices = list.choices.await.ok();
                    let columns = list.columns_in_force(choices.as_ref());
                    view! { <Rows rows columns/> }
                })
            }}
        </Transition>
    }
    .into_any()
}

fn is_unfiltered(state: &ListState) -> bool {
    state.search.is_empty() && state.filters.is_empty() && state.quick == super::QuickFilter::All
}

#[component]
fn Rows(rows: Arc<[ListRow]>, columns: Vec<Column>) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let ids: Arc<[CustomerId]> = rows.iter().map(|row| row.id).collect();
    let heads = columns.iter().map(|column| view! { <Head column=*column/> }).collect_view();
    let body = rows
        .iter()
        .enumerate()
        .map(|(at, row)| view! { <RowView row=row.clone() at columns=columns.clone() page=Arc::clone(&ids)/> })
        .collect_view();
    view! {
        <div class="table-scroll" role="region" aria-label=l.t("list.title") tabindex="0">
            <table class="table table-fixed table-sticky table-rows table-cards">
                <thead>
                    <tr>
                        <th scope="col" class="c-check"><SelectPage ids=Arc::clone(&ids)/></th>
                        {heads}
                    </tr>
                </thead>
                <tbody on:click=open_row data-cursor=move || list.cursor.get().map(|at| at.to_string())>{body}</tbody>
            </table>
        </div>
    }
}

/// Closures of a row hold plain values and the page's signals only: what is made inside of a row may be disposed of before
/// the last effect of the row has run.
#[component]
fn SelectPage(ids: Arc<[CustomerId]>) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let all = {
        let ids = Arc::clone(&ids);
        move || list.selected.with(|selected| selected.everyone || ids.iter().all(|id| selected.ids.contains(id)))
    };
    let toggle = {
        let all = all.clone();
        move |_| {
            let mut next = list.selected.get_untracked();
            if untrack(&all) {
                next = Selected::default();
            } else {
                next.ids.extend(ids.iter().copied());
            }
            list.selected.set(next);
        }
    };
    view! {
        <label class="check-hit">
            <input type="checkbox" class="checkbox" aria-label=l.t("list.select_page") prop:checked=all on:change=toggle/>
        </label>
    }
}

/// The column's heading: a link that sorts, and the other way round when it sorts already.
#[component]
fn Head(column: Column) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let class = head_class(column);
    let label = l.t(column.label_key());
    let title = definition_key(column).map(|key| {
        let session = use_session();
        l.with(key, &[("currency", &session.currency), ("zone", &session.time_zone)])
    });
    let Some(by) = sort_column(column) else {
        return view! { <th scope="col" class=class title=title>{label}</th> }.into_any();
    };
    let current = move || list.state.with(|state| Some(state.sort).filter(|sort| sort.column == by));
    let target = move || {
        let sort = match current() {
            Some(sort) => Sort { descending: !sort.descending, ..sort },
            None => Sort::by(by),
        };
        href(&ListState { sort, ..list.state.get().from_the_start() })
    };
    let aria = move || current().map(|sort| if sort.descending { "descending" } else { "ascending" });
    view! {
        <th scope="col" class=class aria-sort=aria title=title>
            <a class="th-sort" href=target>{label}<Icon name="arrow-down"/></a>
        </th>
    }
    .into_any()
}

fn head_class(column: Column) -> String {
    let width = match column {
        Column::Name => "c-name c-xl",
        Column::Email => "c-xl",
        Column::Tags | Column::Location => "c-l",
        Column::Spent | Column::LastOrder | Column::Registered => "c-m",
        Column::Status | Column::Group | Column::Aov | Column::Credit | Column::Points => "c-s",
        Column::Orders => "c-xs",
    };
    if column.is_numeric() { format!("{width} num") } else { width.to_owned() }
}

/// What a figure counts, its currency and time zone.
fn definition_key(column: Column) -> Option<&'static str> {
    match column {
        Column::Orders => Some("list.definition.orders"),
        Column::Spent => Some("list.definition.spent"),
        Column::LastOrder => Some("list.definition.last_order"),
        Column::Registered => Some("list.definition.registered"),
        Column::Aov => Some("list.definition.aov"),
        Column::Credit => Some("list.definition.credit"),
        Column::Points => Some("list.definition.points"),
        _ => None,
    }
}

fn sort_column(column: Column) -> Option<SortColumn> {
    SortColumn::parse(column.code())
}

#[component]
fn RowView(
    row: ListRow,
    at: usize,
    columns: Vec<Column>,
    /// Everybody on the page.
    page: Arc<[CustomerId]>,
) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let id = row.id;
    let name = row.display_name().to_owned();
    let selected = move || list.selected.with(|selected| selected.everyone || selected.ids.contains(&id));
    let toggle = move |_| {
        list.selected.update(|selected| {
            if std::mem::take(&mut selected.everyone) {
                // One fewer than everyone who is in sight.
                selected.ids = page.iter().copied().collect();
            }
            if !selected.ids.remove(&id) {
                selected.ids.insert(id);
            }
        });
    };
    let here = move || list.cursor.get() == Some(at);
    let cells = columns.into_iter().map(|column| cell(column, &row)).collect_view();
    view! {
        <tr data-id=id.to_string() data-current=move || here().then_some("")>
            <td class="c-check">
                <label class="check-hit">
                    <input
                        type="checkbox"
                        class="checkbox"
                        aria-label=l.with("list.select", &[("name", &name)])
                        prop:checked=selected
                        on:change=toggle
                    />
                </label>
            </td>
            {cells}
        </tr>
    }
}

fn cell(column: Column, row: &ListRow) -> AnyView {
    let l = use_lang();
    let nil = || view! { <span class="nil">"—"</span> }.into_any();
    let figure =
        |text: String, zero: bool| if zero { view! { <span class="nil">{text}</span> }.into_any() } else { text.into_any() };
    match column {
        Column::Name => view! {
            <th scope="row" class="c-name" data-slot="title">
                <span class="person">
                    <span class="avatar" data-hue=(row.id.0 % 12).to_string() aria-hidden="true">{initials(row.display_name())}</span>
                    <a class="person-name" dir="auto" href=format!("/customers/{}", row.id)>{marked(row.display_name(), &row.hit.name)}</a>
                </span>
                {row.hit.why.as_ref().map(|why| view! { <span class="why">{l.with(why.label_key(), &[("value", &why.value())])}</span> })}
            </th>
        }
        .into_any(),
        Column::Email => view! { <td data-slot="sub" title=row.email.clone()>{marked(&row.email, &row.hit.email)}</td> }.into_any(),
        Column::Orders => {
            let suffix = if row.orders_count == 1 { l.t("list.orders_suffix.one") } else { l.t("list.orders_suffix.other") };
            view! {
                <td class="num" data-slot="extra" data-suffix=suffix>{figure(l.integer(row.orders_count), row.orders_count == 0)}</td>
            }
            .into_any()
        }
        Column::Spent => view! { <td class="num" data-slot="value">{figure(l.money(row.spent), row.spent.minor == 0)}</td> }.into_any(),
        Column::Status => {
            let (tone, label) = if row.blocked {
                (Some("bad"), l.t("list.status.blocked"))
            } else if row.active {
                (Some("ok"), l.t("list.status.active"))
            } else {
                (None, l.t("list.status.inactive"))
            };
            view! { <td data-slot="state"><span class="status" data-tone=tone>{label}</span></td> }.into_any()
        }
        Column::LastOrder => {
            let shown = row.last_order.map_or_else(nil, |at| view! { <When at relative=true/> }.into_any());
            view! { <td data-slot="meta">{shown}</td> }.into_any()
        }
        Column::Group => view! { <td>{row.group.clone()}</td> }.into_any(),
        Column::Tags => {
            let tags = row.tags.iter().map(|tag| view! { <TagLink tag=tag.clone()/> }).collect_view();
            if row.tags.is_empty() {
                view! { <td data-slot="tags"></td> }.into_any()
            } else {
                view! { <td data-slot="tags"><span class="tags">{tags}</span></td> }.into_any()
            }
        }
        Column::Registered => view! { <td class="tnum"><When at=row.registered relative=false/></td> }.into_any(),
        Column::Location => view! { <td>{row.location(l)}</td> }.into_any(),
        Column::Aov => view! { <td class="num">{row.aov.map_or_else(nil, |aov| l.money(aov).into_any())}</td> }.into_any(),
        Column::Credit => {
            let shown = if row.credit.minor == 0 { nil() } else { l.money(row.credit).into_any() };
            view! { <td class="num">{shown}</td> }.into_any()
        }
        Column::Points => {
            let shown = if row.points == 0 { nil() } else { l.integer(row.points).into_any() };
            view! { <td class="num">{shown}</td> }.into_any()
        }
    }
}

/// A moment: as a distance from today or as a date, exact on hover.
#[component]
fn When(at: Moment, relative: bool) -> impl IntoView {
    let l = use_lang();
    let text = if relative { l.relative(at.day, use_session().today) } else { l.day(at.day) };
    view! { <time datetime=at.at.rfc3339() title=l.moment(at)>{text}</time> }
}

/// Nobody matches, or nobody is there yet.
#[component]
fn Empty(nobody_at_all: bool) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    if nobody_at_all {
        return view! {
            <div class="empty">
                <span class="empty-icon"><Icon name="users"/></span>
                <h2 class="empty-title">{l.t("list.none_yet")}</h2>
                <p class="empty-text">{l.t("list.none_yet_text")}</p>
            </div>
        }
        .into_any();
    }
    let cleared = move || href(&list.state.get().cleared());
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon name="search"/></span>
            <h2 class="empty-title">{l.t("list.no_match")}</h2>
            <p class="empty-text">{l.t("list.no_match_text")}</p>
            <div class="empty-actions"><a class="btn" href=cleared>{l.t("list.clear_all")}</a></div>
        </div>
    }
    .into_any()
}

/// While the first answer is on its way.
#[component]
pub fn TableSkeleton() -> impl IntoView {
    let widths = ["5", "4", "6", "3", "5", "4", "6", "5", "4", "3"];
    view! {
        <div class="table-scroll" aria-busy="true">
            <table class="table table-fixed">
                <tbody>
                    {widths
                        .map(|w| view! { <tr><td><span class="skel" data-w=w></span></td><td><span class="skel" data-w="4"></span></td></tr> })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}
