//! What keyboard shortcuts share.

use leptos::ev::KeyboardEvent;
use wasm_bindgen::JsCast;

/// Whether the key goes into a field or a dialog, and so is no shortcut.
#[must_use]
pub fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return false };
    target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog").ok().flatten().is_some()
        || (event.key() == "Enter" && target.closest("a, button, summary").ok().flatten().is_some())
}
