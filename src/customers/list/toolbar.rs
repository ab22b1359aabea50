//! Above the table: the filters that are on, and the menus for filters, views, columns and row height.

use super::api::{delete_view, save_columns, save_view};
use super::filter_sheet::FilterSheet;
use super::page::{columns_in_force, href, use_list};
use super::{ChipValue, Choices, Column, ListState, SavedView, column_codes};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The toolbar.
#[component]
pub fn Toolbar() -> impl IntoView {
    view! {
        <div class="toolbar">
            <FilterSheet/>
            <Chips/>
            <div class="toolbar-end">
                <Views/>
                <Columns/>
            </div>
        </div>
    }
}

/// The names that chips show for ids.
fn name_of(choices: &Choices, value: &ChipValue) -> Option<String> {
    fn find<I: PartialEq>(list: &[(I, String)], id: &I) -> Option<String> {
        list.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone())
    }
    match value {
        ChipValue::Group(id) => find(&choices.groups, id),
        ChipValue::Tag(id) => find(&choices.tags, id),
        ChipValue::Branch(id) => find(&choices.branches, id),
        _ => None,
    }
}

#[component]
fn Chips() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let currency = use_session().currency;
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let choices = list.choices.await.unwrap_or_default();
                let state = list.state.get();
                let chips = state.chips();
                if chips.is_empty() {
                    return ().into_any();
                }
                let clear = href(&state.cleared());
                let items = chips
                    .into_iter()
                    .map(|chip| {
                        let text = chip.text(l, currency, |value| name_of(&choices, value));
                        let label = l.with("list.remove_filter", &[("filter", &text)]);
                        view! {
                            <span class="chip">
                                <span class="chip-label"><span class="value">{text}</span></span>
                                <a class="chip-x" href=href(&state.without(&chip.part)) aria-label=label><Icon name="x"/></a>
                            </span>
                        }
                    })
                    .collect_view();
                view! {
                    <div class="chips chips-scroll">
                        {items}
                        <a class="btn btn-sm btn-ghost" href=clear>{l.t("list.clear_filters")}</a>
                    </div>
                }
                .into_any()
            })}
        </Transition>
    }
}

/// Saved views (L7): one's own and the team's.
#[component]
fn Views() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let name = RwSignal::new(String::new());
    let shared = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let query = list.state.with_untracked(ListState::to_query);
        spawn_local(async move {
            match save_view(name.get_untracked(), query, shared.get_untracked()).await {
                Ok(_) => {
                    name.set(String::new());
                    error.set(None);
                    list.choices.refetch();
                }
                Err(failed) => error.set(Some(l.dynamic(failed.message_key()))),
            }
        });
    };
    view! {
        <details class="dropdown">
            <summary class="btn"><Icon name="bookmark"/> {l.t("list.views")} <Icon name="chevron-down" class="icon-caret"/></summary>
            <div class="menu menu-end">
                <Transition>
                    {move || Suspend::new(async move {
                        let views = list.choices.await.map(|choices| choices.views).unwrap_or_default();
                        if views.is_empty() {
                            return view! { <p class="menu-title">{l.t("list.no_views")}</p> }.into_any();
                        }
                        views.into_iter().map(|saved| view! { <ViewItem saved/> }).collect_view().into_any()
                    })}
                </Transition>
                <hr class="menu-sep"/>
                <form class="stack" on:submit=save>
                    <input
                        class="input"
                        maxlength="60"
                        placeholder=l.t("list.view_name")
                        aria-label=l.t("list.view_name")
                        prop:value=name
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                    <label class="check">
                        <input type="checkbox" class="checkbox" prop:checked=shared on:change=move |event| shared.set(event_target_checked(&event))/>
                        <span>{l.t("list.view_share")}</span>
                    </label>
                    {move || error.get().map(|text| view! { <p class="error" role="alert">{text}</p> })}
                    <button class="btn btn-sm" type="submit">{l.t("list.view_save")}</button>
                </form>
            </div>
        </details>
    }
}

#[component]
fn ViewItem(saved: SavedView) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let id = saved.id;
    let target = if saved.query.is_empty() { "/customers".to_owned() } else { format!("/customers?{}", saved.query) };
    let remove = move |_| {
        spawn_local(async move {
            if delete_view(id).await.is_ok() {
                list.choices.refetch();
            }
        });
    };
    let label = l.with("list.view_delete", &[("name", &saved.name)]);
    view! {
        <div class="row">
            <a class="menu-item" href=target>
                <Icon name=if saved.shared { "users" } else { "bookmark" }/>
                {saved.name.clone()}
            </a>
            {saved.own.then(|| view! {
                <button type="button" class="btn btn-icon btn-sm btn-ghost row-end" aria-label=label on:click=remove><Icon name="trash"/></button>
            })}
        </div>
    }
}

/// Which columns, in which order; kept for the member, and in the URL while the page is open.
#[component]
fn Columns() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let navigate = use_navigate();
    let in_force = move || {
        let choices = list.choices.get().and_then(Result::ok);
        columns_in_force(&list.state.get(), choices.as_ref())
    };
    let choose = Callback::new(move |columns: Vec<Column>| {
        let codes = column_codes(&columns);
        let usual = columns == Column::DEFAULT;
        spawn_local(async move {
            let _ = save_columns(if usual { String::new() } else { codes }).await;
        });
        let state = ListState { columns: Some(columns).filter(|_| !usual), ..list.state.get_untracked() };
        navigate(&href(&state), NavigateOptions { replace: true, scroll: false, resolve: false, ..NavigateOptions::default() });
    });
    let items = move || {
        let shown = in_force();
        let hidden = Column::ALL.into_iter().filter(|column| !shown.contains(column));
        let rows = shown.clone().into_iter().chain(hidden).map(|column| {
            view! { <ColumnItem column shown=shown.clone() choose/> }
        });
        rows.collect_view()
    };
    view! {
        <details class="dropdown desk-only">
            <summary class="btn"><Icon name="columns"/> {l.t("list.columns")} <Icon name="chevron-down" class="icon-caret"/></summary>
            <div class="menu menu-end">
                <Transition>{items}</Transition>
                <hr class="menu-sep"/>
                <button type="button" class="menu-item" on:click=move |_| choose.run(Column::DEFAULT.to_vec())>
                    <Icon name="undo"/> {l.t("list.usual_columns")}
                </button>
            </div>
        </details>
    }
}

#[component]
fn ColumnItem(column: Column, shown: Vec<Column>, choose: Callback<Vec<Column>>) -> impl IntoView {
    let l = use_lang();
    let at = shown.iter().position(|other| *other == column);
    let toggled = {
        let mut next = shown.clone();
        match at {
            Some(at) => _ = next.remove(at),
            None => next.push(column),
        }
        next
    };
    let moved = at.filter(|at| *at > 1).map(|at| {
        let mut next = shown;
        next.swap(at, at - 1);
        next
    });
    let toggle = move |_| choose.run(toggled.clone());
    let label = l.t(column.label_key());
    view! {
        <div class="row">
            <label class="menu-item">
                <input
                    type="checkbox"
                    class="checkbox"
                    checked=at.is_some()
                    disabled=column == Column::Name
                    on:change=toggle
                />
                {label}
            </label>
            {moved.map(|moved| view! {
                <button
                    type="button"
                    class="btn btn-icon btn-sm btn-ghost row-end"
                    aria-label=l.with("list.column_earlier", &[("column", &label)])
                    on:click=move |_| choose.run(moved.clone())
                >
                    <Icon name="arrow-up"/>
                </button>
            })}
        </div>
    }
}
