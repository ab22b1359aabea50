//! The search box: live as one types. Without scripts it is a plain form.

use super::ListState;
use super::page::{href, use_list};
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// Long enough to skip the letters of a fast typist, short enough to feel live.
const DEBOUNCE: Duration = Duration::from_millis(90);

const ID: &str = "list-search";

/// The box.
#[component]
pub fn SearchBox() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let navigate = use_navigate();
    let input = NodeRef::<html::Input>::new();
    let early = typed_early();
    let typed = RwSignal::new(early.clone().unwrap_or_else(|| list.state.with_untracked(|state| state.search.clone())));
    let go = Callback::new(move |text: String| {
        let state = ListState { search: text, ..list.state.get_untracked().from_the_start() };
        navigate(&href(&state), NavigateOptions { replace: true, scroll: false, resolve: false, ..NavigateOptions::default() });
    });
    Effect::new(move |ran: Option<()>| {
        let searched = list.state.with(|state| state.search.clone());
        if typed.get_untracked().trim() == searched.trim() {
            return;
        }
        if ran.is_none() && early.is_some() {
            go.run(typed.get_untracked());
        } else if !has_focus(input) {
            // Back and forward change the box, but never under somebody's fingers.
            typed.set(searched);
        }
    });
    let mut debounced = leptos::leptos_dom::helpers::debounce(DEBOUNCE, move |text: String| go.run(text));
    let clear = move |_| {
        typed.set(String::new());
        go.run(String::new());
        focus();
    };
    view! {
        <form class="search" role="search" method="get" action="/customers" on:submit=move |event| {
            event.prevent_default();
            go.run(typed.get_untracked());
            // The search is finished: from here on `j`, `k` and `x` are keys of the list, not letters of the search.
            if let Some(input) = input.get_untracked() {
                let _ = input.blur();
            }
        }>
            <Icon name="search"/>
            <input
                node_ref=input
                class="input"
                type="search"
                name="q"
                id=ID
                autocomplete="off"
                spellcheck="false"
                enterkeyhint="search"
                maxlength="500"
                placeholder=l.t("list.search_hint")
                aria-label=l.t("list.search")
                aria-keyshortcuts="/"
                prop:value=typed
                value=typed.get_untracked()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    typed.set(text.clone());
                    debounced(text);
                }
            />
            <kbd class="search-hint" aria-hidden="true">"/"</kbd>
            <button
                type="button"
                class="btn btn-icon btn-sm btn-ghost search-clear"
                aria-label=l.t("list.search_clear")
                hidden=move || typed.read().is_empty()
                on:click=clear
            >
                <Icon name="x"/>
            </button>
        </form>
    }
}

/// What somebody typed into the page that the server sent, before it came alive: it is not to be lost.
fn typed_early() -> Option<String> {
    if cfg!(feature = "ssr") {
        return None;
    }
    Some(element()?.value())
}

fn element() -> Option<web_sys::HtmlInputElement> {
    document().get_element_by_id(ID)?.dyn_into().ok()
}

fn has_focus(input: NodeRef<html::Input>) -> bool {
    let Some(input) = input.get_untracked() else { return false };
    document().active_element().is_some_and(|active| active.is_same_node(Some(&input)))
}

/// Goes to the box, ready to type over what is in it.
pub fn focus() {
    if let Some(input) = element() {
        let _ = input.focus();
        input.select();
    }
}
