//! A map of another site, in a frame. It is made when somebody asks for it: until then that site learns nothing.

use leptos::prelude::*;

/// The frame. The other site learns ours, by which its keys may be limited, but not which page asks.
#[component]
pub fn MapFrame(src: String, title: String) -> impl IntoView {
    view! { <iframe class="map" src=src title=title referrerpolicy="strict-origin" allowfullscreen></iframe> }
}
