//! The sheet of the advanced filters (L4): a form whose fields are the URL's parameters. They come when it is first opened.

use super::ListState;
use super::filter_fields::filter_fields;
use super::page::{href, rule_href, use_list};
use crate::base::i18n::use_lang;
use crate::ui::{Dialog, Icon, SkeletonLines, later_or};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The button that opens the sheet, with the number of filters that are on.
#[component]
pub fn FilterButton(class: &'static str) -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let count = move || list.state.read().chips().len();
    let class = move || if count() > 0 { format!("{class} is-on") } else { class.to_owned() };
    view! {
        <button
            type="button"
            class=class
            aria-haspopup="dialog"
            on:pointerenter=move |_| list.filter_sheet.prepare()
            on:click=move |_| list.filter_sheet.open()
        >
            <Icon name="filter"/> <span>{l.t("list.filter")}</span>
            {move || Some(count()).filter(|count| *count > 0).map(|count| view! { " " <span class="count">{count}</span> })}
        </button>
    }
}

/// The sheet.
#[component]
pub fn FilterSheet() -> impl IntoView {
    let l = use_lang();
    let list = use_list();
    let navigate = use_navigate();
    let sheet = list.filter_sheet;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let form: web_sys::HtmlFormElement = event_target(&event);
        // The form's own fields, read as the URL would be: one way of reading filters.
        if let Some(query) = form_query(&form) {
            let (read, _) = ListState::parse(&query);
            let state = ListState { filters: read.filters, ..list.state.get_untracked().from_the_start() };
            navigate(&href(&state), NavigateOptions { scroll: false, resolve: false, ..NavigateOptions::default() });
        }
        sheet.close();
    };
    let fields = later_or(
        (|| view! { <SkeletonLines lines=12/> }).into(),
        move || sheet.is_wanted(),
        move || async move {
            let choices = list.choices.await.unwrap_or_default();
            filter_fields(list.state.get(), choices).await
        },
    );
    view! {
        <Dialog handle=sheet id="filter" title=l.t("list.filter").to_owned() class="sheet">
            <form method="get" action="/customers" on:submit=submit>
                <div class="dialog-body sheet-body">{fields}</div>
                <footer class="dialog-foot">
                    <a class="btn btn-ghost dialog-note" href=move || rule_href(&list.state.get()) on:click=move |_| sheet.close()>
                        {l.t("list.as_rule")}
                    </a>
                    <a class="btn" href=move || href(&list.state.get().cleared()) on:click=move |_| sheet.close()>{l.t("list.clear_filters")}</a>
                    <button type="submit" class="btn btn-primary">{l.t("list.apply_filters")}</button>
                </footer>
            </form>
        </Dialog>
    }
}

/// What the form would send.
fn form_query(form: &web_sys::HtmlFormElement) -> Option<String> {
    let data = web_sys::FormData::new_with_form(form).ok()?;
    let params = web_sys::UrlSearchParams::new_with_record_from_str_to_str(&js_sys::Object::new()).ok()?;
    let entries = js_sys::try_iter(&data).ok().flatten()?;
    for entry in entries.flatten() {
        let pair: js_sys::Array = entry.into();
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            params.append(&name, &value);
        }
    }
    Some(String::from(params.to_string()))
}
