//! A mail as people see it, in a frame that runs nothing of it: on a desktop and on a phone, in light and dark, or its plain text.

use super::{RenderedMail, STAGE, STAGE_WITH_PICTURES, frame_document};
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::html;
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
pub fn MailStage(
    #[prop(into)] mail: Signal<Option<RenderedMail>>,
    look: Look,
    /// Whether pictures of other sites load, whose keepers see that they do.
    #[prop(into)]
    pictures: Signal<bool>,
) -> impl IntoView {
    let l = use_lang();
    let document = Memo::new(move |_| {
        let dark = look.dark.get();
        mail.with(|mail| mail.as_ref().map(|mail| frame_document(&mail.html, dark)).unwrap_or_default())
    });
    let subject = move || mail.with(|mail| mail.as_ref().map(|mail| mail.subject.clone()));
    let preheader = move || mail.with(|mail| mail.as_ref().map(|mail| mail.preheader.clone()));
    let plain = move || mail.with(|mail| mail.as_ref().map(|mail| mail.text.clone()));
    let there = Memo::new(move |_| mail.with(Option::is_some));
    // A frame of the server's page could have loaded before anybody heard of it.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let width = move || if look.phone.get() { "phone" } else { "desktop" };
    let shown = move || match (there.get() && alive.get(), look.text.get()) {
        (false, _) => view! { <p class="soft mail-none">{l.t("templates.no_preview")}</p> }.into_any(),
        (true, true) => view! { <pre class="mail-text" tabindex="0" dir="auto">{plain}</pre> }.into_any(),
        (true, false) => view! { <Stage document pictures/> }.into_any(),
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

/// The frame, a page with a policy of its own: it is sent what it shows, now and whenever that is another document.
#[component]
fn Stage(document: Memo<String>, pictures: Signal<bool>) -> impl IntoView {
    let l = use_lang();
    let frame = NodeRef::<html::Iframe>::new();
    let loads = RwSignal::new(0_u32);
    Effect::new(move |_| {
        let document = document.get();
        if loads.get() > 0
            && let Some(stage) = frame.get().and_then(|frame| frame.content_window())
        {
            // It belongs to no origin that could be named.
            let _ = stage.post_message(&JsValue::from_str(&document), "*");
        }
    });
    let address = move || if pictures.get() { STAGE_WITH_PICTURES } else { STAGE };
    view! {
        <iframe
            node_ref=frame
            class="mail-frame"
            title=l.t("templates.preview")
            sandbox="allow-scripts"
            referrerpolicy="no-referrer"
            src=address
            on:load=move |_| loads.update(|loads| *loads += 1)
        ></iframe>
    }
    .into_any()
}
