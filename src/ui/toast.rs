//! Toasts: what just happened, at the foot of the window, with a way back where there is one.

use super::Icon;
use crate::base::i18n::use_lang;
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How long a toast stays that one only reads…
const STAYS: Duration = Duration::from_secs(10);
/// …and one with a way back, which has to be reached.
const STAYS_TO_UNDO: Duration = Duration::from_secs(20);
/// How long one still stays after the pointer or the focus has left the toasts.
const STAYS_ON: Duration = Duration::from_secs(4);
/// After so long what was said goes, and the same words can be said again.
const SAID: Duration = Duration::from_secs(5);

/// What "Undo" does. It must not use signals or actions of the page that made the toast: the toast outlives it.
pub type Undo = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
struct Toast {
    number: u32,
    bad: bool,
    text: String,
    undo: Option<Undo>,
}

/// The toasts of the window; provided by the layout, copy it into closures.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    made: StoredValue<u32>,
    /// The pointer or the focus is on the toasts, so none goes.
    held: StoredValue<bool>,
    /// What screen readers read out.
    said: RwSignal<String>,
}

impl Toasts {
    fn new() -> Self {
        Self {
            shown: RwSignal::new(Vec::new()),
            made: StoredValue::new(0),
            held: StoredValue::new(false),
            said: RwSignal::new(String::new()),
        }
    }

    /// Says that something was done, with a button that undoes it where `undo` is given.
    pub fn push(self, text: impl Into<String>, undo: Option<Undo>) {
        let stays = if undo.is_some() { STAYS_TO_UNDO } else { STAYS };
        let number = self.add(false, text.into(), undo);
        self.expire(number, stays);
    }

    /// Says that something failed; stays until it is dismissed.
    pub fn fail(self, text: impl Into<String>) {
        self.add(true, text.into(), None);
    }

    fn add(self, bad: bool, text: String, undo: Option<Undo>) -> u32 {
        let number = self.made.get_value() + 1;
        self.made.set_value(number);
        self.say(text.clone());
        self.held.set_value(false);
        self.shown.update(|shown| shown.push(Toast { number, bad, text, undo }));
        number
    }

    /// Says something to those who do not see the page.
    pub fn say(self, text: impl Into<String>) {
        let text = text.into();
        // A timer may outlive the page that the toasts belonged to.
        let _ = self.said.try_set(text.clone());
        let clear = move || {
            _ = self.said.try_update(|said| {
                if *said == text {
                    said.clear()
                }
            })
        };
        set_timeout(clear, SAID);
    }

    fn expire(self, number: u32, after: Duration) {
        let end = move || match self.held.try_get_value() {
            Some(true) => self.expire(number, STAYS_ON),
            Some(false) => self.dismiss(number),
            None => {}
        };
        set_timeout(end, after);
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
    let hold = move |held: bool| toasts.held.set_value(held);
    view! {
        // Always there: what is put into a region that only just appeared is not read out.
        <p class="sr-only" role="status">{move || toasts.said.get()}</p>
        <div
            class="toasts"
            popover="manual"
            node_ref=host
            on:mouseenter=move |_| hold(true)
            on:mouseleave=move |_| hold(false)
            on:focusin=move |_| hold(true)
            on:focusout=move |_| hold(false)
        >
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
            undo();
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
