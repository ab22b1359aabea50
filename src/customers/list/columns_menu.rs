//! Which columns, in which order: dragged by their grips, or moved by the arrow keys on them. Kept for the member, and in the
//! URL while the page is open.

use super::api::save_columns;
use super::page::{href, use_list};
use super::{Column, ListState, column_codes};
use crate::base::i18n::use_lang;
use crate::ui::{Icon, SkeletonLines, later_or};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_split_helpers::wasm_split;

/// The name stays first: it is the link to the profile, and stays in sight when the table is scrolled.
const FIRST_MOVABLE: usize = 1;

/// What the menu and its rows share.
#[derive(Clone, Copy)]
struct Menu {
    /// The columns in the order of a drag that has not ended.
    draft: RwSignal<Option<Vec<Column>>>,
    dragged: RwSignal<Option<Column>>,
    choose: Callback<Vec<Column>>,
    /// What those who do not see it are told of a move.
    said: RwSignal<String>,
}

/// The menu.
#[component]
pub fn ColumnsMenu() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let navigate = use_navigate();
    let choose = Callback::new(move |columns: Vec<Column>| {
        let usual = columns == Column::DEFAULT;
        let codes = if usual { String::new() } else { column_codes(&columns) };
        list.chosen_columns.set(Some(columns.clone()));
        spawn_local(async move {
            // Not kept is no loss while the page is open: the choice is in its address.
            let _ = save_columns(codes).await;
        });
        let state = ListState { columns: Some(columns).filter(|_| !usual), ..list.state.get_untracked() };
        navigate(&href(&state), NavigateOptions { replace: true, scroll: false, resolve: false, ..NavigateOptions::default() });
    });
    let menu = Menu { draft: RwSignal::new(None), dragged: RwSignal::new(None), choose, said: RwSignal::new(String::new()) };
    let wanted = RwSignal::new(false);
    let want = move || wanted.set(true);
    let items = later_or(
        (|| view! { <SkeletonLines/> }).into(),
        move || wanted.get(),
        move || async move {
            let choices = list.choices.await.ok();
            items(menu, list.columns_in_force(choices.as_ref())).await
        },
    );
    view! {
        <details class="dropdown desk-only" on:pointerenter=move |_| want() on:toggle=move |_| want()>
            <summary class="btn"><Icon name="columns"/> {l.t("list.columns")} <Icon name="chevron-down" class="icon-caret"/></summary>
            <div class="menu menu-end">
                <p class="menu-title">{l.t("list.columns_hint")}</p>
                {items}
                <p class="sr-only" role="status">{move || menu.said.get()}</p>
                <hr class="menu-sep"/>
                <button type="button" class="menu-item" on:click=move |_| choose.run(Column::DEFAULT.to_vec())>
                    <Icon name="undo"/> {l.t("list.usual_columns")}
                </button>
            </div>
        </details>
    }
}

/// The rows by position: a moved column changes what rows say, not where they are, so that a drag keeps its pointer.
#[wasm_split(list)]
fn items(menu: Menu, in_force: Vec<Column>) -> AnyView {
    let start = in_force.clone();
    let down = move |event: PointerEvent| {
        let column = column_of(event.target()).filter(|_| closest(event.target(), "[data-grip]").is_some());
        if let Some(column) = column.filter(|column| *column != Column::Name) {
            event.prevent_default();
            menu.draft.set(Some(start.clone()));
            menu.dragged.set(Some(column));
            if let Some(list) = event.current_target().and_then(|list| list.dyn_into::<web_sys::Element>().ok()) {
                // Without it a drag that leaves the menu is not followed; nothing worse.
                let _ = list.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let over = move |event: PointerEvent| {
        let Some(dragged) = menu.dragged.get_untracked() else { return };
        let under = document().element_from_point(event.client_x() as f32, event.client_y() as f32);
        let Some(target) = column_of(under.map(Into::into)) else { return };
        menu.draft.update(|draft| {
            if let Some(draft) = draft {
                let to = draft.iter().position(|column| *column == target);
                move_to(draft, dragged, to.unwrap_or(0));
            }
        });
    };
    let up = move |_: PointerEvent| {
        if menu.dragged.get_untracked().is_some() {
            menu.dragged.set(None);
            if let Some(columns) = menu.draft.get_untracked() {
                menu.choose.run(columns);
            }
            menu.draft.set(None);
        }
    };
    let rows = move || {
        let shown = menu.draft.get().unwrap_or_else(|| in_force.clone());
        let hidden: Vec<Column> = Column::ALL.into_iter().filter(|column| !shown.contains(column)).collect();
        let all = shown.iter().copied().chain(hidden);
        all.map(|column| item(menu, column, shown.clone())).collect_view()
    };
    view! { <ul class="menu-list" on:pointerdown=down on:pointermove=over on:pointerup=up on:pointercancel=up>{rows}</ul> }
        .into_any()
}

fn item(menu: Menu, column: Column, shown: Vec<Column>) -> AnyView {
    let l = use_lang();
    let at = shown.iter().position(|other| *other == column);
    let label = l.t(column.label_key());
    let toggled = {
        let mut next = shown.clone();
        match at {
            Some(at) => _ = next.remove(at),
            None => next.push(column),
        }
        next
    };
    let grip = at.filter(|at| *at >= FIRST_MOVABLE).map(|at| {
        let on_key = move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowUp" => at.saturating_sub(1).max(FIRST_MOVABLE),
                "ArrowDown" => at + 1,
                _ => return,
            };
            event.prevent_default();
            // In other menus these keys move the focus.
            event.stop_propagation();
            let mut next = shown.clone();
            if move_to(&mut next, column, to) {
                let place = to + 1;
                menu.said.set(l.with("list.column_moved", &[("column", &label), ("place", &place), ("total", &next.len())]));
                menu.choose.run(next);
                focus_grip(column);
            }
        };
        view! {
            <button
                type="button"
                class="btn btn-icon btn-sm btn-ghost grip"
                id=grip_id(column)
                data-grip=""
                aria-label=l.with("list.column_move", &[("column", &label)])
                title=l.t("list.column_move_hint")
                on:keydown=on_key
            >
                <Icon name="grip"/>
            </button>
        }
    });
    let dragging = move || (menu.dragged.get() == Some(column)).then_some("");
    view! {
        <li class="menu-row" data-column=at.map(|_| column.code()) data-dragging=dragging>
            <label class="menu-item">
                <input
                    type="checkbox"
                    class="checkbox"
                    prop:checked=at.is_some()
                    checked=at.is_some()
                    disabled=column == Column::Name
                    on:change=move |_| menu.choose.run(toggled.clone())
                />
                {label}
            </label>
            {grip}
        </li>
    }
    .into_any()
}

/// Moves a column to a place among the movable ones; whether that changed anything.
fn move_to(columns: &mut Vec<Column>, column: Column, to: usize) -> bool {
    let Some(from) = columns.iter().position(|other| *other == column) else { return false };
    let to = to.max(FIRST_MOVABLE);
    if from == to || to >= columns.len() {
        return false;
    }
    columns.remove(from);
    columns.insert(to, column);
    true
}

fn grip_id(column: Column) -> String {
    format!("grip-{}", column.code())
}

/// The column may be in another row now: its grip keeps the focus.
fn focus_grip(column: Column) {
    request_animation_frame(move || {
        let grip = document().get_element_by_id(&grip_id(column));
        if let Some(grip) = grip.and_then(|grip| grip.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = grip.focus();
        }
    });
}

fn closest(target: Option<web_sys::EventTarget>, selector: &str) -> Option<web_sys::Element> {
    target?.dyn_into::<web_sys::Element>().ok()?.closest(selector).ok().flatten()
}

fn column_of(target: Option<web_sys::EventTarget>) -> Option<Column> {
    Column::parse(&closest(target, "[data-column]")?.get_attribute("data-column")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_moves_among_the_others_and_never_before_the_name() {
        let moved = |column, to| {
            let mut columns = vec![Column::Name, Column::Email, Column::Orders, Column::Spent];
            let changed = move_to(&mut columns, column, to);
            (changed, column_codes(&columns))
        };
        assert_eq!(moved(Column::Spent, 1), (true, "name,spent,email,orders".into()));
        assert_eq!(moved(Column::Email, 3), (true, "name,orders,spent,email".into()));
        assert_eq!(moved(Column::Orders, 0), (true, "name,orders,email,spent".into()));
        for (column, to) in [(Column::Email, 1), (Column::Email, 0), (Column::Spent, 4), (Column::Tags, 2)] {
            assert_eq!(moved(column, to), (false, "name,email,orders,spent".into()));
        }
    }
}
