//! A menu of a row in a table: a popover, since tables clip what stands in them. The browser opens it, and closes it on Escape and
//! on a press elsewhere; here it is put beside its button, and closed after a choice.

use super::Icon;
use leptos::html;
use leptos::prelude::*;

/// Room that the menu needs beneath its button; with less it opens above.
const ROOM: f64 = 260.0;
const GAP: f64 = 4.0;

/// A button with three dots and what it opens: `menu-item`s.
#[component]
pub fn PopMenu(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    children: Children,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    let menu = NodeRef::<html::Div>::new();
    // Comes before the browser opens the menu.
    let open = move |_| {
        if let (Some(button), Some(menu)) = (button.get_untracked(), menu.get_untracked()) {
            place(&button, &menu);
        }
    };
    let close = move |_| {
        if let Some(menu) = menu.get_untracked() {
            let _ = menu.hide_popover();
        }
    };
    view! {
        <button
            class="btn btn-icon btn-sm btn-ghost"
            type="button"
            popovertarget=id.clone()
            title=label.clone()
            aria-label=label
            node_ref=button
            on:click=open
        >
            <Icon name="more-horizontal"/>
        </button>
        <div class="menu" popover="auto" id=id node_ref=menu on:click=close>{children()}</div>
    }
}

/// Beneath the button, or above it near the foot of the window; their right edges in line.
fn place(button: &web_sys::HtmlElement, menu: &web_sys::HtmlElement) {
    let at = button.get_bounding_client_rect();
    let size = |size: Result<wasm_bindgen::JsValue, _>| size.ok().and_then(|size| size.as_f64()).unwrap_or_default();
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let right = (width - at.right()).max(GAP);
    let inset = if at.bottom() + ROOM > height && at.top() > ROOM {
        format!("auto {right}px {}px auto", height - at.top() + GAP)
    } else {
        format!("{}px {right}px auto auto", at.bottom() + GAP)
    };
    // Fails for no name of a property.
    let _ = menu.style().set_property("inset", &inset);
}
