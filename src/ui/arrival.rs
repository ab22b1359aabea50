//! Arriving at a page without a full load: what a browser does by itself then. The focus goes to the content, the title is read out,
//! and what is chosen in a row of links that slides comes into view.

use super::{Toasts, use_toasts};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

/// How long a page takes to stand there, mostly.
const SETTLES: Duration = Duration::from_millis(250);
/// How often a title that has not come yet is waited for.
const TRIES: u8 = 6;
/// Where one is at work while the address changes, or writes already on the page that has come: the focus stays.
const AT_WORK: &str = "dialog, .tabs, form[role=search], .settings-nav, #main :is(input, textarea, select)";
/// What is chosen in the rows of links.
const CHOSEN: &str = ".tabs [aria-current], .quick [aria-current], .settings-nav [aria-current]";

/// Listens to the address. Changes of its query are no arrival.
pub fn listen() {
    let toasts = use_toasts();
    let path = use_location().pathname;
    // The title of the page before: the new one may come sooner or later than the address.
    let known = StoredValue::new(String::new());
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        let is_first = before.is_none();
        let arrived = before.is_some_and(|before| before != path);
        set_timeout(
            move || {
                show_chosen();
                if is_first {
                    let _ = known.try_set_value(document().title());
                }
                if arrived {
                    focus_content();
                    announce(known, TRIES, toasts);
                }
            },
            SETTLES,
        );
        path
    });
}

/// Says the title once it is another one than the one that was said last.
fn announce(known: StoredValue<String>, tries: u8, toasts: Toasts) {
    let title = document().title();
    // None where the pages have gone meanwhile.
    let Some(last) = known.try_get_value() else { return };
    if title != last {
        let _ = known.try_set_value(title.clone());
        toasts.say(title);
    } else if tries > 0 {
        set_timeout(move || announce(known, tries - 1, toasts), SETTLES);
    }
}

fn focus_content() {
    let active = document().active_element();
    if active.is_some_and(|active| active.closest(AT_WORK).ok().flatten().is_some()) {
        return;
    }
    focus_main();
}

/// Moves the focus to the content of the page.
pub fn focus_main() {
    let Some(main) = document().get_element_by_id("main").and_then(|main| main.dyn_into::<HtmlElement>().ok()) else { return };
    // Where the page was scrolled to stays; web-sys has this option only under a further feature.
    let options = js_sys::Object::new();
    let call = js_sys::Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE)
        .and_then(|_| js_sys::Reflect::get(&main, &"focus".into()))
        .and_then(|focus| focus.dyn_into::<js_sys::Function>())
        .and_then(|focus| focus.call1(&main, &options));
    // Fails only for a page that has gone meanwhile.
    drop(call);
}

fn show_chosen() {
    let Ok(found) = document().query_selector_all(CHOSEN) else { return };
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
    for chosen in (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<Element>().ok()) {
        chosen.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
