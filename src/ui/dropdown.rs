//! Dropdowns: every `<details class="dropdown">` of the page, which opens without script. With it one closes on Escape, on a
//! press outside, when the focus leaves it, and after a choice; arrow keys move in it.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement, Node};

/// What arrow keys move among.
const STOPS: &str = "a[href], button:not([disabled]), input:not([disabled]):not([type=hidden])";
/// What is a choice, after which the menu closes; boxes to tick are none, since several of them may be wanted.
const CHOICES: &str = "a.menu-item, button.menu-item";

/// Listens for the dropdowns of the page, whichever come and go; [`on_choice`] belongs to it.
pub fn listen() {
    Effect::new(move || {
        let pressed = window_event_listener(leptos::ev::pointerdown, |event| leave(event.target()));
        let focused = window_event_listener(leptos::ev::focusin, |event| leave(event.target()));
        let keys = window_event_listener(leptos::ev::keydown, |event| on_key(&event));
        on_cleanup(move || {
            pressed.remove();
            focused.remove();
            keys.remove();
        });
    });
}

fn opened() -> Option<Element> {
    document().query_selector("details.dropdown[open]").ok().flatten()
}

/// Closes the dropdown that is open, unless `target` stands in it, or in what was just said about a choice in it.
fn leave(target: Option<EventTarget>) {
    let target = target.and_then(|target| target.dyn_into::<Node>().ok());
    let in_toast = target.as_ref().and_then(|target| target.dyn_ref::<Element>()?.closest(".toasts").ok().flatten());
    if in_toast.is_some() {
        return;
    }
    if let Some(dropdown) = opened().filter(|dropdown| !dropdown.contains(target.as_ref())) {
        close(&dropdown);
    }
}

/// For `on:click:capture` around the page, so that it comes before the choice acts: a dialog that it opens gives the focus back to
/// what had it, and that must be in sight then.
pub fn on_choice(event: MouseEvent) {
    // With these keys the browser opens a link elsewhere, and the page stays as it is.
    if event.ctrl_key() || event.meta_key() || event.shift_key() {
        return;
    }
    let choice = event.target().and_then(|target| target.dyn_into::<Element>().ok()?.closest(CHOICES).ok().flatten());
    if let Some(dropdown) = opened().filter(|dropdown| choice.is_some_and(|choice| dropdown.contains(Some(&choice)))) {
        close_to_button(&dropdown);
    }
}

fn on_key(event: &KeyboardEvent) {
    let Some(dropdown) = opened() else { return };
    match event.key().as_str() {
        "Escape" => close_to_button(&dropdown),
        "ArrowDown" => move_focus(&dropdown, 1),
        "ArrowUp" => move_focus(&dropdown, -1),
        _ => return,
    }
    // Neither closes a dialog that the dropdown stands in, nor scrolls the page.
    event.prevent_default();
}

fn close(dropdown: &Element) {
    // Fails for no name of an attribute.
    let _ = dropdown.remove_attribute("open");
}

fn close_to_button(dropdown: &Element) {
    let button = dropdown.query_selector("summary").ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        let _ = button.focus();
    }
    close(dropdown);
}

/// To the next or the previous stop, round and round; from the button to the first or the last.
fn move_focus(dropdown: &Element, step: isize) {
    let Ok(found) = dropdown.query_selector_all(STOPS) else { return };
    let stops = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<HtmlElement>().ok());
    // Some are for narrow windows only.
    let stops: Vec<HtmlElement> = stops.filter(|stop| stop.offset_parent().is_some()).collect();
    let active = document().active_element();
    let at = stops.iter().position(|stop| active.as_ref().is_some_and(|active| active.is_same_node(Some(stop))));
    let next = match at {
        Some(at) => (at + stops.len()).wrapping_add_signed(step) % stops.len(),
        None if step > 0 => 0,
        None => stops.len().saturating_sub(1),
    };
    if let Some(stop) = stops.get(next) {
        let _ = stop.focus();
    }
}
