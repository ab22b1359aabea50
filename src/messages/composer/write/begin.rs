//! Beginning as a template does.

use super::Beginning;
use super::api::copy_template;
use super::step::Composed;
use crate::base::i18n::use_lang;
use crate::ui::{Icon, Undo, use_toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

/// The templates to begin as. What was written is replaced, and can be brought back.
#[component]
pub(super) fn Begin(composed: Composed) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let desk = composed.desk;
    let locale = RwSignal::new(String::new());
    let written_in = move || match locale.get() {
        chosen if chosen.is_empty() => desk.with(|desk| desk.locale.clone()),
        chosen => chosen,
    };
    let begin = move |beginning: Beginning| {
        let locale = untrack(written_in);
        spawn_local(async move {
            let copied = copy_template(beginning.name, locale).await;
            let draft = composed.writing.draft;
            match copied {
                Ok(_) if draft.is_disposed() => {}
                Ok(copy) => {
                    let before = draft.get_untracked();
                    draft.set(copy);
                    let had_text = !before.body.trim().is_empty() || !before.subject.trim().is_empty();
                    let undo: Undo = Arc::new(move || drop(draft.try_set(before.clone())));
                    toasts.push(l.with("composer.write.begun", &[("name", &beginning.title)]), had_text.then_some(undo));
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let item = move |beginning: Beginning| {
        let chosen = beginning.clone();
        view! {
            <button class="menu-item composer-beginning" type="button" on:click=move |_| begin(chosen.clone())>
                <span class="strong" dir="auto">{beginning.title}</span>
                <span class="dim truncate" dir="auto">{beginning.subject}</span>
            </button>
        }
    };
    let languages = move || {
        let language = move |(code, name): (String, String)| {
            let (this, to) = (code.clone(), code.clone());
            let pressed = move || (written_in() == this).to_string();
            view! {
                <button class="seg-item" type="button" lang=code aria-pressed=pressed on:click=move |_| locale.set(to.clone())>{name}</button>
            }
        };
        desk.with(|desk| desk.languages.clone()).into_iter().map(language).collect_view()
    };
    view! {
        <details class="dropdown">
            <summary class="btn btn-sm"><Icon name="copy"/>{l.t("composer.write.begin")}</summary>
            <div class="menu menu-end composer-beginnings">
                <div class="composer-languages"><div class="seg" role="group" aria-label=l.t("templates.languages")>{languages}</div></div>
                {move || desk.with(|desk| desk.beginnings.clone()).into_iter().map(item).collect_view()}
            </div>
        </details>
    }
    .into_any()
}
