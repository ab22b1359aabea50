//! What a template said before, and bringing it back.

use super::Version;
use super::api::restore_template;
use super::editor::Editing;
use crate::base::i18n::use_lang;
use crate::ui::use_toasts;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(super) fn Versions(editing: Editing) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let restore = Callback::new(move |number: Option<i64>| {
        let (name, locale) = editing.opened.with_untracked(|opened| (opened.name.clone(), opened.locale.clone()));
        spawn_local(async move {
            match restore_template(name, locale, number).await {
                Ok(_) => {
                    toasts.push(l.t("templates.restored"), None);
                    if !editing.opened.is_disposed() {
                        editing.refresh(true);
                    }
                }
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    });
    let brought = move || {
        let (own, builtin) = editing.opened.with(|opened| (opened.own, opened.builtin));
        (!own && !builtin).then(|| {
            view! { <button class="btn btn-sm" type="button" on:click=move |_| restore.run(None)>{l.t("templates.restore_brought")}</button> }
        })
    };
    let list = move || {
        let versions = editing.opened.with(|opened| opened.versions.clone());
        if versions.is_empty() {
            return view! { <p class="card-body soft">{l.t("templates.no_versions")}</p> }.into_any();
        }
        let rows = versions.into_iter().enumerate().map(|(at, version)| view! { <Line version current=at == 0 restore/> });
        view! { <ul class="card-list">{rows.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="card">
            <header class="card-head">
                <h2 class="card-title">{l.t("templates.versions")}</h2>
                <div class="card-actions">{brought}</div>
            </header>
            {list}
        </section>
    }
    .into_any()
}

#[component]
fn Line(version: Version, current: bool, restore: Callback<Option<i64>>) -> impl IntoView {
    let l = use_lang();
    let number = version.number;
    let what = if version.builtin { l.t("templates.as_brought").to_owned() } else { version.subject };
    let by = version.by.unwrap_or_else(|| l.t("apikeys.command_line").to_owned());
    let act = if current {
        view! { <span class="status" data-tone="ok">{l.t("templates.counts").to_owned()}</span> }.into_any()
    } else {
        let label = l.with("templates.restore_number", &[("number", &number)]);
        view! {
            <button class="btn btn-sm" type="button" aria-label=label on:click=move |_| restore.run(Some(number))>{l.t("templates.restore")}</button>
        }
        .into_any()
    };
    view! {
        <li class="template-version">
            <span class="num dim">{number}</span>
            <span class="template-version-what"><span class="truncate template-source" dir="auto">{what}</span>
                <span class="dim"><span dir="auto">{by}</span> ", " {l.moment(version.at)}</span></span>
            {act}
        </li>
    }
    .into_any()
}
