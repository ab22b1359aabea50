//! How the draft looks, for samples or somebody real.

use super::api::find_recipients;
use super::frame::{Look, LookSwitches, MailStage};
use super::{Recipient, Shown};
use crate::base::i18n::use_lang;
use crate::ui::Icon;
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long somebody pauses who has finished a name.
const PAUSE: Duration = Duration::from_millis(200);

/// The mail as `recipient` gets it.
#[component]
pub fn Preview(
    shown: RwSignal<Option<Shown>>,
    /// As whom it is looked at; `None`: with samples.
    recipient: RwSignal<Option<Recipient>>,
    /// Goes on to the next one, or back.
    step: Callback<bool>,
    /// Which of how many it is.
    #[prop(optional, into)]
    place: Signal<String>,
    /// The text has errors, so the mail is shown as it was before them.
    #[prop(into)]
    wrong: Signal<bool>,
    /// Stands beneath the mail.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let l = use_lang();
    let look = Look::default();
    let mail = Memo::new(move |_| shown.with(|shown| shown.as_ref().and_then(|shown| shown.mail.clone())));
    view! {
        <section class="card template-preview" aria-labelledby="template-preview-title">
            <header class="card-head">
                <h2 class="card-title" id="template-preview-title">{l.t("templates.preview")}</h2>
                <div class="card-actions"><LookSwitches look/></div>
            </header>
            <div class="card-body stack">
                <Recipients recipient step place/>
                <Show when=move || wrong.get()>
                    <div class="banner" data-tone="warn" role="status">
                        <Icon name="alert-triangle"/>
                        <p class="banner-body">{l.t("templates.preview_wrong")}</p>
                    </div>
                </Show>
                <Missing shown/>
                <MailStage mail look pictures=true/>
            </div>
            {children.map(|children| view! { <footer class="card-foot">{children()}</footer> })}
        </section>
    }
    .into_any()
}

/// What this recipient lacks.
#[component]
fn Missing(shown: RwSignal<Option<Shown>>) -> impl IntoView {
    let l = use_lang();
    move || {
        let missing = shown.with(|shown| shown.as_ref().map(|shown| shown.missing.join(", "))).unwrap_or_default();
        (!missing.is_empty()).then(|| {
            view! {
                <div class="banner" data-tone="warn" role="status">
                    <Icon name="alert-triangle"/>
                    <p class="banner-body">{l.with("templates.missing", &[("names", &missing)])}</p>
                </div>
            }
        })
    }
}

/// As whom it is looked at.
#[component]
fn Recipients(recipient: RwSignal<Option<Recipient>>, step: Callback<bool>, place: Signal<String>) -> impl IntoView {
    let l = use_lang();
    let found = RwSignal::new(Vec::<Recipient>::new());
    let text = RwSignal::new(String::new());
    let search = debounce(PAUSE, move |asked: String| {
        if asked.trim().is_empty() {
            return found.set(Vec::new());
        }
        spawn_local(async move {
            let answer = find_recipients(asked.clone()).await;
            if text.try_get_untracked().as_ref() == Some(&asked)
                && let Ok(list) = answer
            {
                found.set(list);
            }
        });
    });
    let typed = {
        let mut search = search;
        move |event| {
            text.set(event_target_value(&event));
            search(text.get_untracked());
        }
    };
    let choose = move |chosen: Recipient| {
        recipient.set(Some(chosen));
        text.set(String::new());
        found.set(Vec::new());
    };
    let line = move |found: Recipient| {
        let (name, email) = (found.name.clone(), found.email.clone());
        view! {
            <li><button class="menu-item" type="button" on:click=move |_| choose(found.clone())>
                <span dir="auto">{name}</span> <span class="dim">{email}</span>
            </button></li>
        }
    };
    let who = move || match recipient.get() {
        Some(chosen) => chosen.name,
        None => l.t("templates.samples").to_owned(),
    };
    view! {
        <div class="template-recipients">
            <p class="template-who"><Icon name="user"/><span class="truncate" dir="auto" role="status">{who}</span> <span class="dim nowrap">{move || place.get()}</span></p>
            <div class="row">
                <button class="btn btn-icon btn-sm" type="button" aria-label=l.t("templates.previous") title=l.t("templates.previous") on:click=move |_| step.run(false)>
                    <Icon name="chevron-left"/>
                </button>
                <button class="btn btn-icon btn-sm" type="button" aria-label=l.t("templates.next") title=l.t("templates.next") on:click=move |_| step.run(true)>
                    <Icon name="chevron-right"/>
                </button>
                <Show when=move || recipient.with(Option::is_some)>
                    <button class="btn btn-sm" type="button" on:click=move |_| recipient.set(None)>{l.t("templates.samples")}</button>
                </Show>
            </div>
            <div class="template-search">
                <input
                    class="input"
                    type="search"
                    id="template-recipient"
                    autocomplete="off"
                    aria-label=l.t("templates.find_recipient")
                    placeholder=l.t("templates.find_recipient")
                    prop:value=move || text.get()
                    on:input=typed
                />
                {move || {
                    let list = found.get();
                    (!list.is_empty()).then(|| view! { <ul class="template-found">{list.into_iter().map(line).collect_view()}</ul> })
                }}
            </div>
        </div>
    }
    .into_any()
}
