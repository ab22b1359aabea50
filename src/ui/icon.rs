//! Icons, from the one sprite.

use leptos::prelude::*;

/// An icon of `public/icons.svg`; decoration only: what it stands on has a name in words.
#[component]
pub fn Icon(
    /// Its id in the sprite: `search`.
    name: &'static str,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let class = if class.is_empty() { "icon".to_owned() } else { format!("icon {class}") };
    view! {
        <svg class=class aria-hidden="true">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
}
