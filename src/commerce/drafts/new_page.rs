//! `/orders/new`: a draft for the customer who is named, or who is chosen here.

use super::api::begin_draft;
use crate::base::i18n::use_lang;
use crate::base::text::initials;
use crate::base::{AppError, AppResult, CustomerId};
use crate::customers::palette::api::palette_search;
use crate::customers::palette::{Found, FoundCustomer};
use crate::office::staff::Right;
use crate::ui::guard::Guard;
use crate::ui::{ErrorState, Icon, SkeletonLines, lazy_page};
use leptos::prelude::*;
use leptos::task::{spawn_local, spawn_local_scoped_with_cancellation};
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(120);

lazy_page!(
    /// `/orders/new`.
    NewRoute,
    commerce,
    new_view
);

fn new_view() -> AnyView {
    view! { <Guard rights=&[Right::EditOrders]><NewPage/></Guard> }.into_any()
}

#[component]
fn NewPage() -> impl IntoView {
    let (l, navigate) = (use_lang(), use_navigate());
    let query = use_query_map();
    let customer = Memo::new(move |_| query.with(|query| query.get("customer")?.parse::<CustomerId>().ok()));
    let failure = RwSignal::new(None::<AppError>);
    let begin = move |customer: CustomerId| {
        let navigate = navigate.clone();
        failure.set(None);
        spawn_local(async move {
            match begin_draft(customer).await {
                Ok(id) => navigate(&format!("/orders/{id}/edit"), NavigateOptions { replace: true, ..Default::default() }),
                Err(error) => failure.set(Some(error)),
            }
        });
    };
    let begin = StoredValue::new_local(begin);
    // In the browser only: looking at the page writes nothing.
    Effect::new(move |_| {
        if let Some(customer) = customer.get() {
            begin.with_value(|begin| begin(customer));
        }
    });
    let again = Callback::new(move |()| {
        if let Some(customer) = customer.get_untracked() {
            begin.with_value(|begin| begin(customer));
        }
    });
    view! {
        <Title text=l.t("drafts.new")/>
        <div class="page page-narrow">
            <header class="page-head"><h1 class="page-title">{l.t("drafts.new")}</h1></header>
            {move || failure.get().map(|error| view! { <ErrorState error on_retry=again/> })}
            <Show
                when=move || customer.get().is_some()
                fallback=move || view! { <ChooseCustomer/> }
            >
                <Show when=move || failure.with(Option::is_none)><SkeletonLines lines=6/></Show>
            </Show>
        </div>
    }
    .into_any()
}

/// Who it is for: found as the customer list finds them.
#[component]
fn ChooseCustomer() -> impl IntoView {
    let l = use_lang();
    let (text, asked) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let found = RwSignal::new((String::new(), Vec::<FoundCustomer>::new()));
    Effect::new(move |_| {
        let wanted = asked.get().trim().to_owned();
        // The next run of the effect drops the question.
        spawn_local_scoped_with_cancellation(async move {
            let answer: AppResult<Found> =
                if wanted.is_empty() { Ok(Found::default()) } else { palette_search(wanted.clone()).await };
            found.set((wanted, answer.unwrap_or_default().customers));
        });
    });
    let mut debounced = leptos::leptos_dom::helpers::debounce(PAUSE, move |text: String| {
        // The page may have been left.
        let _ = asked.try_set(text);
    });
    let rows = move || {
        found.with(|(_, customers)| customers.clone()).into_iter().map(|customer| {
            view! {
                <li>
                    <a class="person" href=format!("/orders/new?customer={}", customer.id)>
                        <span class="avatar avatar-md" data-hue=(customer.id.0 % 12).to_string() aria-hidden="true">{initials(&customer.name)}</span>
                        <span class="truncate">
                            <span class="person-name" dir="auto">{customer.name.clone()}</span>
                            <span class="line-sub">{customer.email.clone()}</span>
                        </span>
                    </a>
                </li>
            }
        }).collect_view()
    };
    let none = move || found.with(|(asked, customers)| !asked.is_empty() && customers.is_empty());
    view! {
        <section class="card">
            <div class="card-body stack">
                <div class="search">
                    <Icon name="search"/>
                    <input
                        class="input"
                        type="search"
                        aria-label=l.t("drafts.find_customer")
                        placeholder=l.t("drafts.find_customer")
                        autocomplete="off"
                        spellcheck="false"
                        autofocus
                        prop:value=text
                        on:input=move |event| {
                            let value = event_target_value(&event);
                            text.set(value.clone());
                            debounced(value);
                        }
                    />
                </div>
                <p class="soft" role="status">{move || none().then(|| l.t("drafts.no_customers"))}</p>
            </div>
            <div class="card-flush"><ul class="card-list choose-list">{rows}</ul></div>
        </section>
    }
    .into_any()
}
