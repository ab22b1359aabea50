//! Forms that say what a page shows. Without script they are plain GET forms with a button; with it they act while one types.

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use std::time::Duration;
use web_sys::{FormData, UrlSearchParams};

/// How long somebody pauses who has finished a word.
const PAUSE: Duration = Duration::from_millis(150);

/// A GET form to the page it stands on. Its fields become the page's query; `canonical` writes that query as the page would.
#[component]
pub fn LiveForm(
    canonical: fn(&str) -> String,
    #[prop(optional)] class: &'static str,
    /// What is searched or filtered, for screen readers.
    label: &'static str,
    children: Children,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let location = use_location();
    let navigate = use_navigate();
    let apply = move || {
        let Some(form) = form.get_untracked() else { return };
        let query = fields(&form).map(|query| canonical(&query)).unwrap_or_default();
        if query == location.search.get_untracked().trim_start_matches('?') {
            return;
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let to = format!("{}{mark}{query}", location.pathname.get_untracked());
        navigate(&to, NavigateOptions { replace: true, scroll: false, ..Default::default() });
    };
    let typed = {
        let apply = apply.clone();
        leptos::leptos_dom::helpers::debounce(PAUSE, move |_: leptos::ev::Event| apply())
    };
    let changed = apply.clone();
    view! {
        <form
            class=class
            role="search"
            aria-label=label
            method="get"
            node_ref=form
            on:input=typed
            on:change=move |_| changed()
            on:submit=move |event| {
                event.prevent_default();
                apply();
            }
        >
            {children()}
        </form>
    }
}

/// The form's fields as a query; `None` where the browser refuses to read them.
fn fields(form: &web_sys::HtmlFormElement) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let params = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    Some(params.to_string().into())
}

/// A search field of a [`LiveForm`]: what is typed stays while its answer comes, and follows Back and Forward.
#[component]
pub fn SearchField(
    name: &'static str,
    label: &'static str,
    placeholder: &'static str,
    #[prop(into)] value: Signal<String>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let initial = value.get_untracked();
    Effect::new(move || {
        let value = value.get();
        let Some(input) = input.get() else { return };
        let focused = document().active_element().is_some_and(|active| active == **input);
        if !focused && input.value() != value {
            input.set_value(&value);
        }
    });
    view! {
        <div class="search">
            <super::Icon name="search"/>
            <input
                class="input"
                type="search"
                name=name
                value=initial
                placeholder=placeholder
                aria-label=label
                autocomplete="off"
                spellcheck="false"
                node_ref=input
            />
        </div>
    }
}
