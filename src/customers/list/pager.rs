//! Below the table: the pager, or the selection bar in its place.

use super::bulk_bar::SelectionBar;
use super::page::{href, use_list};
use super::{ListAnswer, ListState};
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::prelude::*;

/// The pager while nothing is selected.
#[component]
pub fn Foot(answer: ListAnswer) -> impl IntoView {
    let list = use_list();
    let total = answer.total;
    view! {
        <Show when=move || list.is_selecting() fallback=move || view! { <Pager answer=answer.clone()/> }>
            <SelectionBar total/>
        </Show>
    }
}

#[component]
fn Pager(answer: ListAnswer) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let number = |value: u64| l.integer(i64::try_from(value).unwrap_or(i64::MAX));
    let shown = answer.rows.len() as u64;
    let info = (shown > 0).then(|| {
        let (from, to) = (number(answer.before + 1), number(answer.before + shown));
        l.with("list.pager_info", &[("from", &from), ("to", &to), ("total", &number(answer.total))])
    });
    let first = answer.previous.is_some().then(String::new);
    let link = |position: Option<String>, icon: &'static str, label: &'static str| {
        let target = position.map(|at| {
            let state = list.state.get_untracked();
            href(&ListState { position: Some(at).filter(|at| !at.is_empty()), ..state })
        });
        let off = target.is_none().then_some("true");
        view! {
            <a class="btn btn-ghost" href=target aria-disabled=off role=off.map(|_| "link")>
                <Icon name=icon/><span>{l.t(label)}</span>
            </a>
        }
    };
    view! {
        <nav class="pager" aria-label=l.t("list.pages")>
            <p class="pager-info">{info}</p>
            {link(first, "chevrons-left", "list.first")}
            {link(answer.previous, "chevron-left", "list.previous")}
            {link(answer.next, "chevron-right", "list.next")}
            {link(answer.last, "chevrons-right", "list.last")}
        </nav>
    }
}
