//! What a word means, on hover, on focus and under a finger: a popover that stands above everything, that the pointer may enter,
//! and that Escape closes.

use leptos::html;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// How long the pointer may be between the word and its meaning.
const ON_THE_WAY: Duration = Duration::from_millis(150);
/// Room that a few lines need beneath the word; with less they stand above it.
const ROOM: f64 = 140.0;

/// A word with its meaning.
#[component]
pub fn Term(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    #[prop(into)] text: String,
    children: Children,
) -> impl IntoView {
    let described_by = format!("{id}-tip");
    view! {
        <Tip id text>
            <button class="term" type="button" aria-describedby=described_by>{children()}</button>
        </Tip>
    }
}

/// Something that can be focused, whose `aria-describedby` is `{id}-tip`, and what it means.
#[component]
pub fn Tip(#[prop(into)] id: String, #[prop(into)] text: String, children: Children) -> impl IntoView {
    let host = NodeRef::<html::Span>::new();
    let tip = NodeRef::<html::Span>::new();
    let hovered = RwSignal::new(false);
    let focused = RwSignal::new(false);
    let shown = Memo::new(move |_| hovered.get() || focused.get());
    let close = move || {
        hovered.set(false);
        focused.set(false);
    };
    Effect::new(move |_| {
        let (Some(host), Some(tip)) = (host.get(), tip.get()) else { return };
        if !shown.get() {
            let _ = tip.hide_popover();
            return;
        }
        place(&host, &tip);
        let _ = tip.show_popover();
        let keys = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "Escape" {
                close();
            }
        });
        let (word, meaning) = (host.clone(), tip.clone());
        let scrolled = window_event_listener(leptos::ev::scroll, move |_| place(&word, &meaning));
        let pressed = window_event_listener(leptos::ev::pointerdown, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            if !host.contains(target.as_ref()) {
                close();
            }
        });
        on_cleanup(move || {
            keys.remove();
            scrolled.remove();
            pressed.remove();
        });
    });
    let over = RwSignal::new(false);
    let left = move |_| {
        over.set(false);
        set_timeout(
            move || {
                if over.try_get_untracked() == Some(false) {
                    hovered.set(false);
                }
            },
            ON_THE_WAY,
        );
    };
    let entered = move |_| {
        over.set(true);
        hovered.set(true);
    };
    view! {
        <span
            class="tip-host"
            node_ref=host
            on:mouseenter=entered
            on:mouseleave=left
            on:focusin=move |_| focused.set(true)
            on:focusout=move |_| focused.set(false)
        >
            {children()}
            <span class="tip" id=format!("{id}-tip") role="tooltip" popover="manual" node_ref=tip>{text}</span>
        </span>
    }
}

/// Beneath the word, or above it near the foot of the window. The window's edges are minded by the stylesheet.
fn place(host: &web_sys::HtmlElement, tip: &web_sys::HtmlElement) {
    let word = host.get_bounding_client_rect();
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    let above = word.bottom() + ROOM > height;
    let set = |name, px: f64| {
        // Fails for no name of a property.
        let _ = tip.style().set_property(name, &format!("{px}px"));
    };
    set("--x", word.left());
    set("--y", if above { height - word.top() } else { word.bottom() });
    let _ = tip.toggle_attribute_with_force("data-above", above);
}
