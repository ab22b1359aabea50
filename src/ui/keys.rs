//! What keyboard shortcuts share.

use leptos::ev::KeyboardEvent;
use leptos::prelude::document;
use wasm_bindgen::JsCast;

/// Of the document, `off` where the member has switched off shortcuts of a single character.
pub const SWITCH: &str = "data-keys";

/// Whether the key is no shortcut: it goes into a field or a dialog, or the member wants no shortcuts of a single character.
#[must_use]
pub fn is_typing(event: &KeyboardEvent) -> bool {
    if event.key().chars().count() == 1 && are_single_keys_off() {
        return true;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return false };
    target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog").ok().flatten().is_some()
        || (event.key() == "Enter" && target.closest("a, button, summary").ok().flatten().is_some())
}

fn are_single_keys_off() -> bool {
    document().document_element().is_some_and(|root| root.has_attribute(SWITCH))
}

/// Switches shortcuts of a single character on or off in this window, until it is loaded anew.
pub fn set_single_keys(on: bool) {
    if let Some(root) = document().document_element() {
        // Both fail for no name of an attribute.
        let _ = if on { root.remove_attribute(SWITCH) } else { root.set_attribute(SWITCH, "off") };
    }
}
