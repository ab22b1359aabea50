//! On a phone, what the list is worked with, where the thumb is.

use super::filter_sheet::FilterButton;
use super::page::{href, use_list};
use super::{Column, ListState, Sort, SortColumn, search_box};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::office::staff::Right;
use crate::ui::Icon;
use leptos::prelude::*;

/// The bar; it gives way to the selection bar.
#[component]
pub fn ThumbBar() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let session = use_session();
    let may_select = session.has(Right::BulkEdit);
    let may_add = session.has(Right::EditCustomers);
    view! {
        <Show when=move || !list.is_selecting()>
            <div class="thumbbar" role="group" aria-label=l.t("list.actions")>
                <button type="button" class="btn" on:click=move |_| search_box::focus()><Icon name="search"/> <span>{l.t("list.search_short")}</span></button>
                <FilterButton class="btn"/>
                <SortMenu/>
                {may_select.then(|| view! {
                    <button type="button" class="btn" on:click=move |_| list.choosing.set(true)><Icon name="check"/> <span>{l.t("list.choose")}</span></button>
                })}
                {may_add.then(|| view! {
                    <a class="btn" href="/customers/new"><Icon name="user-plus"/> <span>{l.t("list.add_short")}</span></a>
                })}
            </div>
        </Show>
    }
}

/// What headings do on a desk: sorts, and the other way round what sorts already.
#[component]
fn SortMenu() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let item = move |by: SortColumn| {
        let current = move || list.state.with(|state| Some(state.sort).filter(|sort| sort.column == by));
        let target = move || {
            let sort = current().map_or_else(|| Sort::by(by), |sort| Sort { descending: !sort.descending, ..sort });
            href(&ListState { sort, ..list.state.get().from_the_start() })
        };
        let arrow = move || {
            current()
                .map(|sort| view! { <Icon name=if sort.descending { "arrow-down" } else { "arrow-up" } class="menu-end-icon"/> })
        };
        let label = Column::parse(by.code()).map_or(by.code(), |column| l.t(column.label_key()));
        view! { <a class="menu-item" href=target aria-current=move || current().map(|_| "true")>{label} {arrow}</a> }
    };
    view! {
        <details class="dropdown">
            <summary class="btn"><Icon name="arrow-up-down"/> <span>{l.t("list.sort")}</span></summary>
            <div class="menu menu-up">
                <p class="menu-title">{l.t("list.sort_by")}</p>
                {SortColumn::ALL.map(item).collect_view()}
            </div>
        </details>
    }
}
