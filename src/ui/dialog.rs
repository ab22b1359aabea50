//! Dialogs: the browser's own `<dialog>`, always modal, so that focus, Escape and the page behind are its business.

use super::Icon;
use crate::base::i18n::use_lang;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// How many frames a dialog waits for its page to come.
const FRAMES: u8 = 120;

/// Opens and closes one [`Dialog`]; copy it into closures.
#[derive(Clone, Copy, Debug, Default)]
pub struct DialogHandle {
    node: NodeRef<html::Dialog>,
    wanted: RwSignal<bool>,
}

impl DialogHandle {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It is about to be opened, perhaps: what it is made of may come.
    pub fn prepare(self) {
        if !self.wanted.get_untracked() {
            self.wanted.set(true);
        }
    }

    /// Whether it was ever opened or prepared, so that it needs its content.
    #[must_use]
    pub fn is_wanted(self) -> bool {
        self.wanted.get()
    }

    /// Opens it over the page. Does nothing where it is open already.
    pub fn open(self) {
        self.prepare();
        self.show(FRAMES);
    }

    /// A page that one was led to, to do something there, asks before it stands in the document, where alone a dialog can open.
    fn show(self, frames: u8) {
        match self.node.try_get_untracked().flatten() {
            Some(dialog) if dialog.open() => {}
            Some(dialog) if dialog.is_connected() => {
                // Fails only for a dialog that has left the page in this very moment.
                let _ = dialog.show_modal();
                focus_first_field(&dialog);
            }
            _ if frames > 0 => request_animation_frame(move || self.show(frames - 1)),
            _ => {}
        }
    }

    pub fn close(self) {
        if let Some(dialog) = self.node.get_untracked() {
            dialog.close();
        }
    }
}

/// The first field of the dialog, where one is going to type; a dialog without fields says itself (`autofocus`) where one begins.
fn focus_first_field(dialog: &web_sys::HtmlDialogElement) {
    const FIELDS: &str = ".dialog-body :is(input:not([type=hidden]), select, textarea):not(:disabled, [readonly])";
    let field = dialog.query_selector(FIELDS).ok().flatten().and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(field) = field {
        let _ = field.focus();
    }
}

/// A dialog with a title and a way out. Its children are a `<form>` of a `dialog-body` and a `dialog-foot`, or these alone.
#[component]
pub fn Dialog(
    handle: DialogHandle,
    /// Unique in the page; the title is `{id}-title`.
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    /// `dialog-sm` or `dialog-wide`.
    #[prop(optional)]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let l = use_lang();
    let class = if class.is_empty() { "dialog".to_owned() } else { format!("dialog {class}") };
    let title_id = format!("{id}-title");
    view! {
        <dialog class=class id=id aria-labelledby=title_id.clone() node_ref=handle.node>
            <header class="dialog-head">
                <h2 class="dialog-title" id=title_id.clone()>{move || title.get()}</h2>
                <button
                    class="btn btn-icon btn-ghost"
                    type="button"
                    aria-label=l.t("ui.close")
                    title=l.t("ui.close")
                    on:click=move |_| handle.close()
                >
                    <Icon name="x"/>
                </button>
            </header>
            {children()}
        </dialog>
    }
}

/// The foot of a dialog with a form: the way back, and the button that sends it.
#[component]
pub fn DialogFoot(
    handle: DialogHandle,
    #[prop(into)] busy: Signal<bool>,
    /// What the button that sends it says.
    #[prop(into)]
    action: String,
) -> impl IntoView {
    let l = use_lang();
    view! {
        <footer class="dialog-foot">
            <button class="btn" type="button" on:click=move |_| handle.close()>{l.t("ui.cancel")}</button>
            <button class="btn btn-primary" type="submit" aria-busy=move || busy.get().then_some("true")>
                <span>{action}</span>
            </button>
        </footer>
    }
}

/// Asks before something that is not easily taken back: the title names the action, the children its effect.
#[component]
pub fn ConfirmDialog(
    handle: DialogHandle,
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    /// What the button that does it says.
    #[prop(into)]
    action: Signal<String>,
    /// It does no harm, so the button does not warn.
    #[prop(optional, into)]
    harmless: Signal<bool>,
    on_confirm: Callback<()>,
    children: Children,
) -> impl IntoView {
    let l = use_lang();
    let confirm = move |_| {
        handle.close();
        on_confirm.run(());
    };
    let class = move || if harmless.get() { "btn btn-primary" } else { "btn btn-danger" };
    view! {
        <Dialog handle id title class="dialog-sm">
            <div class="dialog-body soft">{children()}</div>
            <footer class="dialog-foot">
                <button class="btn" type="button" autofocus on:click=move |_| handle.close()>{l.t("ui.cancel")}</button>
                <button class=class type="button" on:click=confirm>{move || action.get()}</button>
            </footer>
        </Dialog>
    }
}
