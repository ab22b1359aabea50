//! Rows of tables that open what their link leads to.

use leptos::ev::MouseEvent;
use leptos::prelude::queue_microtask;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// For `on:click` of a `<tbody>`: a press anywhere on a row presses the first link in it, except where something with a
/// purpose of its own was pressed. The link stays what keyboards and screen readers use.
pub fn open_row(event: MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    if target.closest("a, button, input, label, summary, [popover]").ok().flatten().is_some() {
        return;
    }
    let row = target.closest("tr").ok().flatten();
    // That of the row's own head, before what may stand in other cells.
    let link = row.and_then(|row| {
        let link = |selector| row.query_selector(selector).ok().flatten();
        link("th a[href]").or_else(|| link("a[href]"))
    });
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        // When this press is over: its own press rises to the same listener, which cannot be called while it is at work.
        queue_microtask(move || link.click());
    }
}
