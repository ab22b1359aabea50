//! The selection bar: who is selected, and what can be done with them.

use super::page::{Selected, use_list};
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::prelude::*;

/// In the pager's place while somebody is selected.
#[component]
pub fn SelectionBar(total: u64) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let count = move || {
        list.selected.with(|selected| if selected.everyone { total } else { i64::try_from(selected.ids.len()).unwrap_or(0) })
    };
    let everyone = move |_| list.selected.update(|selected| selected.everyone = true);
    let clear = move |_| list.selected.set(Selected::default());
    view! {
        <div class="selection-bar" role="region" aria-label=l.t("list.selection")>
            <span class="selection-count" role="status">{move || l.count("list.selected", count())}</span>
            <Show when=move || !list.selected.read().everyone && count() < total>
                <button type="button" class="link" on:click=everyone>{l.count("list.select_all", total)}</button>
            </Show>
            <div class="row-end">
                <button type="button" class="btn btn-inverse btn-icon" aria-label=l.t("list.selection_clear") on:click=clear><Icon name="x"/></button>
            </div>
        </div>
    }
}
