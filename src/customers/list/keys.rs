//! The list by keyboard (L9): `/` search, `j` and `k` move, `x` select, `Enter` open, `Escape` selects nobody.

use super::page::List;
use super::search_box;
use crate::ui::keys::is_typing;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

/// Listens while the list is shown.
pub fn listen(list: List) {
    let navigate = use_navigate();
    let open = Callback::new(move |id: i64| navigate(&format!("/customers/{id}"), NavigateOptions::default()));
    Effect::new(move || {
        let handle = window_event_listener(leptos::ev::keydown, move |event| on_key(list, &event, open));
        on_cleanup(move || handle.remove());
    });
}

fn on_key(list: List, event: &KeyboardEvent, open: Callback<i64>) {
    if is_typing(event) || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "/" => {
            event.prevent_default();
            search_box::focus();
        }
        "Escape" => list.clear_selection(),
        "j" => step(list, 1),
        "k" => step(list, -1),
        "x" => {
            if let Some(row) = current_row(list) {
                toggle(&row);
            }
        }
        "Enter" => {
            if let Some(id) = current_row(list).and_then(|row| row.get_attribute("data-id")).and_then(|id| id.parse().ok()) {
                open.run(id);
            }
        }
        _ => {}
    }
}

fn rows() -> Vec<web_sys::Element> {
    let Ok(found) = document().query_selector_all("tr[data-id]") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

fn step(list: List, by: isize) {
    let rows = rows();
    if rows.is_empty() {
        return;
    }
    let last = rows.len() - 1;
    let next = list.cursor.get_untracked().map_or(0, |at| at.saturating_add_signed(by).min(last));
    list.cursor.set(Some(next));
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    rows[next].scroll_into_view_with_scroll_into_view_options(&options);
}

fn current_row(list: List) -> Option<web_sys::Element> {
    rows().into_iter().nth(list.cursor.get_untracked()?)
}

fn toggle(row: &web_sys::Element) {
    let input = row.query_selector("input[type=checkbox]").ok().flatten();
    if let Some(input) = input.and_then(|input| input.dyn_into::<web_sys::HtmlElement>().ok()) {
        input.click();
    }
}
