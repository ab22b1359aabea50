//! What stands where there is nothing: why, and what one may do about it.

use super::Icon;
use leptos::prelude::*;

/// Nothing in the place of content; links that lead on are its children.
#[component]
pub fn EmptyState(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(optional, into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon name=icon/></span>
            <p class="empty-title">{title}</p>
            {(!text.is_empty()).then(|| view! { <p class="empty-text">{text}</p> })}
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}

/// Grey lines in the place of a table or list that is on its way.
#[component]
pub fn SkeletonLines(#[prop(default = 6)] lines: usize) -> impl IntoView {
    // Widths of every kind, so that it looks like text.
    const WIDTHS: [&str; 6] = ["6", "4", "7", "5", "3", "6"];
    let lines =
        WIDTHS.into_iter().cycle().take(lines).map(|width| view! { <span class="skel" data-w=width></span> }).collect_view();
    view! { <div class="card-body stack" aria-busy="true">{lines}</div> }
}
