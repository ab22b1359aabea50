//! `/customers/rule`: the filters of a list as a rule, to go on writing where the fields of the list end. Without scripts it is a plain form.

use super::api::list_in_words;
use super::page::href;
use super::{Filters, ListState};
use crate::base::i18n::use_lang;
use crate::base::resource;
use crate::rules::editor::RuleEditor;
use crate::ui::{Loaded, lazy_page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

lazy_page!(
    /// The route of the page.
    RuleRoute,
    list,
    rule_view
);

fn rule_view() -> AnyView {
    let l = use_lang();
    let query = use_location().search;
    let words = resource(move || query.get(), list_in_words);
    view! {
        <Title text=l.t("list.rule_title")/>
        <div class="page page-narrow">
            <header class="page-head"><h1 class="page-title">{l.t("list.rule_title")}</h1></header>
            <Loaded resource=words view=move |words: String| view! { <Form words query=query.get_untracked()/> }.into_any()/>
        </div>
    }
    .into_any()
}

#[component]
fn Form(words: String, query: String) -> impl IntoView {
    let l = use_lang();
    let navigate = use_navigate();
    let text = RwSignal::new(words);
    let state = StoredValue::new(ListState::parse(&query).0.from_the_start());
    let listed = move || {
        let rule = text.get().trim().to_owned();
        href(&ListState { rule, filters: Filters::default(), ..state.get_value() })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        navigate(&untrack(listed), NavigateOptions { resolve: false, ..NavigateOptions::default() });
    };
    view! {
        <form class="card" method="get" action="/customers" on:submit=submit>
            <div class="card-body">
                <RuleEditor text id="list-rule" label=l.t("list.rule")/>
            </div>
            <footer class="card-foot row">
                <a class="btn row-end" href=href(&state.get_value())>{l.t("ui.cancel")}</a>
                <button class="btn btn-primary" type="submit">{l.t("list.show_customers")}</button>
            </footer>
        </form>
    }
}
