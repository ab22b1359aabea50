//! Toasts: what just happened, at the foot of the window, with a way back where there is one.

use super::Icon;
use crate::base::i18n::use_lang;
use leptos::html;
use leptos::prelude::*;
use std::time::Duration;

/// How long a toast stays that nobody has to act on: enough to read a line and reach for "Undo".
const STAYS: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Toast {
    number: u32,
    bad: bool,
    text: String,
    undo: Option<Callback<()>>,
}

/// The toasts of the window; provided by the layout, copy it into closures.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    made: StoredValue<u32>,
}

impl Toasts {
    fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), made: StoredValue::new(0) }
    }

    /// Says that something was done, with a button that undoes it where `undo` is given.
    pub fn push(self, text: impl Into<String>, undo: Option<Callback<()>>) {
        let number = self.add(false, text.into(), undo);
        set_timeout(move || self.dismiss(number), STAYS);
    }

    /// Says that something failed; stays until it is dismissed.
    pub fn fail(self, text: impl Into<String>) {
        self.add(true, text.into(), None);
    }

    fn add(self, bad: bool, text: String, undo: Option<Callback<()>>) -> u32 {
        let number = self.made.get_value() + 1;
        self.made.set_value(number);
        self.shown.update(|shown| shown.push(Toast { number, bad, text, undo }));
        number
    }

    fn dismiss(self, number: u32) {
        // A timer may outlive the page that the toasts belonged to.
        let _ = self.shown.try_update(|shown| shown.retain(|toast| toast.number != number));
    }
}

/// Provides [`Toasts`] to everything below the caller.
pub fn provide_toasts() {
    provide_context(Toasts::new());
}

/// The toasts of this window.
#[must_use]
pub fn use_toasts() -> Toasts {
    use_context::<Toasts>().unwrap_or_else(Toasts::new)
}

/// Where toasts appear. A popover, shown anew with each toast, so that it stands above a dialog that was opened since.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = use_toasts();
    let host = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let count = toasts.shown.with(Vec::len);
        if let Some(host) = host.get() {
            let _ = host.hide_popover();
            if count > 0 {
                let _ = host.show_popover();
            }
        }
    });
    view! {
        <div class="toasts" role="status" popover="manual" node_ref=host>
            <For each=move || toasts.shown.get() key=|toast| toast.number let:toast>
                <ToastView toast toasts/>
            </For>
        </div>
    }
}

#[component]
fn ToastView(toast: Toast, toasts: Toasts) -> impl IntoView {
    let l = use_lang();
    let number = toast.number;
    let (tone, icon) = if toast.bad { ("bad", "alert-circle") } else { ("ok", "check-circle") };
    let undo = toast.undo.map(|undo| {
        let run = move |_| {
            toasts.dismiss(number);
            undo.run(());
        };
        view! { <button class="btn btn-inverse" type="button" on:click=run>{l.t("ui.undo")}</button> }
    });
    view! {
        <div class="toast" data-tone=tone>
            <Icon name=icon/>
            <p class="toast-text">{toast.text}</p>
            {undo}
            <button
                class="btn btn-icon btn-inverse"
                type="button"
                aria-label=l.t("ui.dismiss")
                on:click=move |_| toasts.dismiss(number)
            >
                <Icon name="x"/>
            </button>
        </div>
    }
}
