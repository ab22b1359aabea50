//! A mail as people see it, in a frame that runs nothing: on a desktop and on a phone, in light and dark, or its plain text.

use super::{RenderedMail, frame_document};
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// How it is looked at; copy it into closures.
#[derive(Clone, Copy)]
pub struct Look {
    phone: RwSignal<bool>,
    dark: RwSignal<bool>,
    text: RwSignal<bool>,
}

impl Default for Look {
    fn default() -> Self {
        Self { phone: RwSignal::new(false), dark: RwSignal::new(false), text: RwSignal::new(false) }
    }
}

/// The switches: width, colours, part.
#[component]
pub fn LookSwitches(look: Look) -> impl IntoView {
    let l = use_lang();
    let toggle = move |signal: RwSignal<bool>, value: bool, icon: &'static str, label: &'static str| {
        let pressed = move || (signal.get() == value).to_string();
        let name = l.dynamic(label);
        view! {
            <button class="seg-item" type="button" aria-pressed=pressed aria-label=name.clone() title=name on:click=move |_| signal.set(value)>
                <Icon name=icon/>
            </button>
        }
    };
    view! {
        <div class="seg seg-icons" role="group" aria-label=l.t("templates.width")>
            {toggle(look.phone, false, "monitor", "templates.desktop")}
            {toggle(look.phone, true, "smartphone", "templates.phone")}
        </div>
        <div class="seg seg-icons" role="group" aria-label=l.t("templates.colours")>
            {toggle(look.dark, false, "sun", "templates.light")}
            {toggle(look.dark, true, "moon", "templates.dark")}
        </div>
        <div class="seg seg-icons" role="group" aria-label=l.t("templates.part")>
            {toggle(look.text, false, "image", "templates.html")}
            {toggle(look.text, true, "file-text", "templates.text")}
        </div>
    }
    .into_any()
}

/// The mail: its subject, and its HTML in a frame, once there is one.
#[component]
pub fn MailStage(#[prop(into)] mail: Signal<Option<RenderedMail>>, look: Look) -> impl IntoView {
    let l = use_lang();
    let document = move || {
        let dark = look.dark.get();
        mail.with(|mail| mail.as_ref().map(|mail| frame_document(&mail.html, dark, &page_nonce())))
    };
    let subject = move || mail.with(|mail| mail.as_ref().map(|mail| mail.subject.clone()));
    let preheader = move || mail.with(|mail| mail.as_ref().map(|mail| mail.preheader.clone()));
    let plain = move || mail.with(|mail| mail.as_ref().map(|mail| mail.text.clone()));
    let there = Memo::new(move |_| mail.with(Option::is_some));
    // The frame is under the page's policy, whose nonce only the browser can read.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let width = move || if look.phone.get() { "phone" } else { "desktop" };
    let shown = move || match (there.get() && alive.get(), look.text.get()) {
        (false, _) => view! { <p class="soft mail-none">{l.t("templates.no_preview")}</p> }.into_any(),
        (true, true) => view! { <pre class="mail-text" tabindex="0" dir="auto">{plain}</pre> }.into_any(),
        (true, false) => {
            view! { <iframe class="mail-frame" title=l.t("templates.preview") sandbox="" srcdoc=document></iframe> }.into_any()
        }
    };
    view! {
        <div class="mail-head">
            <p class="strong" dir="auto">{subject}</p>
            <p class="soft" dir="auto">{preheader}</p>
        </div>
        <div class="mail-stage" data-width=width data-dark=move || look.dark.get().then_some("")>{shown}</div>
    }
    .into_any()
}

/// The nonce of this page's policy: without it the mail's rules for the dark would not hold.
fn page_nonce() -> String {
    let script = document().query_selector("script[nonce]").ok().flatten();
    let nonce = script.and_then(|script| js_sys::Reflect::get(&script, &JsValue::from_str("nonce")).ok());
    nonce.and_then(|nonce| nonce.as_string()).unwrap_or_default()
}
