//! The palette: `Ctrl K` or `⌘ K` anywhere, `/` on pages without a search of their own. What it finds comes when it is first
//! opened.

use super::results::results;
use crate::base::i18n::use_lang;
use crate::ui::keys::is_typing;
use crate::ui::{Icon, later};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What the box and the results share; copy it into closures.
#[derive(Clone, Copy)]
pub struct Panel {
    /// What is typed.
    pub text: RwSignal<String>,
    /// The id of the line that Enter chooses.
    pub active: RwSignal<Option<String>>,
    /// What arrows and Enter do, once the results are there.
    pub on_key: RwSignal<Option<Callback<KeyboardEvent>>>,
    pub close: Callback<()>,
}

/// The button in the top bar, and the dialog.
#[component]
pub fn Palette() -> impl IntoView {
    let l = use_lang();
    let dialog = NodeRef::<html::Dialog>::new();
    let input = NodeRef::<html::Input>::new();
    let wanted = RwSignal::new(false);
    let open = move || {
        wanted.set(true);
        if let (Some(dialog), Some(input)) = (dialog.get_untracked(), input.get_untracked()) {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
            input.select();
        }
    };
    listen(Callback::new(move |()| open()));
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    let panel = Panel { text: RwSignal::new(String::new()), active: RwSignal::new(None), on_key: RwSignal::new(None), close };
    let on_key = move |event: KeyboardEvent| {
        if let Some(on_key) = panel.on_key.get_untracked() {
            on_key.run(event);
        }
    };
    let has_list = move || panel.on_key.with(Option::is_some);
    view! {
        <button
            type="button"
            class="palette-trigger"
            aria-label=l.t("palette.open")
            aria-keyshortcuts="Control+K Meta+K"
            aria-haspopup="dialog"
            on:click=move |_| open()
        >
            <Icon name="search"/>
            <span>{l.t("palette.open")}</span>
            <kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
        <dialog class="palette" aria-label=l.t("palette.open") node_ref=dialog>
            <div class="palette-search">
                <Icon name="search"/>
                <input
                    node_ref=input
                    class="palette-input"
                    role="combobox"
                    aria-expanded=move || if has_list() { "true" } else { "false" }
                    aria-controls=move || has_list().then_some("palette-list")
                    aria-label=l.t("palette.open")
                    aria-activedescendant=panel.active
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=l.t("palette.placeholder")
                    prop:value=panel.text
                    on:input=move |event| panel.text.set(event_target_value(&event))
                    on:keydown=on_key
                />
                <kbd class="desk-only" aria-hidden="true">"Esc"</kbd>
                <button
                    type="button"
                    class="btn btn-icon btn-ghost phone-only"
                    aria-label=l.t("ui.close")
                    on:click=move |_| close.run(())
                >
                    <Icon name="x"/>
                </button>
            </div>
            {later(move || wanted.get(), move || results(panel))}
        </dialog>
    }
}

/// Opens the palette by key: `/` goes to the page's own search where it has one.
fn listen(open: Callback<()>) {
    Effect::new(move || {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let command = event.ctrl_key() || event.meta_key();
            match event.key().as_str() {
                "k" | "K" if command => open.run(()),
                "/" if !command && !event.alt_key() && !is_typing(&event) => match page_search() {
                    Some(field) => _ = field.focus(),
                    None => open.run(()),
                },
                _ => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || handle.remove());
    });
}

fn page_search() -> Option<HtmlElement> {
    document().query_selector("#main input[type=search]").ok().flatten()?.dyn_into().ok()
}
