//! Why a customer is in a segment, or is not: a search for the customer, and the rule condition by condition. The customer stands in the
//! address, so that an answer can be linked to.

use super::api::{find_candidates, why_in_segment};
use super::{Candidate, Has, Reason, ReasonPart, Why};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{CustomerId, SegmentId, resource};
use crate::ui::{ErrorState, Icon, Loaded};
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use leptos_router::hooks::use_query_map;
use std::time::Duration;

/// How long somebody pauses who has finished a word.
const PAUSE: Duration = Duration::from_millis(150);

#[component]
pub(super) fn WhyCard(id: SegmentId) -> impl IntoView {
    let l = use_lang();
    let query = use_query_map();
    let customer = Memo::new(move |_| query.with(|query| query.get("customer")).and_then(|id| id.parse::<CustomerId>().ok()));
    view! {
        <section class="card" id="why">
            <header class="card-head"><h2 class="card-title">{l.t("segments.why")}</h2></header>
            <div class="card-body stack">
                <Search id/>
                {move || customer.get().map(|customer| view! { <Answer id customer/> })}
            </div>
        </section>
    }
}

/// Finds a customer; each one found is a link to the answer.
#[component]
fn Search(id: SegmentId) -> impl IntoView {
    let l = use_lang();
    let (text, found) = (RwSignal::new(String::new()), RwSignal::new(None::<Vec<Candidate>>));
    let failed = RwSignal::new(None);
    let mut settle = leptos::leptos_dom::helpers::debounce(PAUSE, move |typed: String| _ = text.try_set(typed));
    // Each run drops the question before it.
    Effect::new(move |_| {
        let text = text.get();
        failed.set(None);
        if text.trim().is_empty() {
            return found.set(None);
        }
        spawn_local_scoped_with_cancellation(async move {
            match find_candidates(text).await {
                Ok(candidates) => found.set(Some(candidates)),
                Err(error) => failed.set(Some(error)),
            }
        });
    });
    let list = move || {
        found.get().map(|candidates| {
            if candidates.is_empty() {
                return view! { <p class="soft" role="status">{l.t("segments.nobody_found")}</p> }.into_any();
            }
            let line = |one: Candidate| {
                let close = move |_| found.set(None);
                view! {
                    <li>
                        <a class="menu-item segment-candidate" href=format!("/segments/{id}?customer={}", one.id) on:click=close>
                            <span class="truncate" dir="auto">{one.name}</span>
                            <span class="dim truncate">{one.email}</span>
                        </a>
                    </li>
                }
            };
            view! { <ul class="segment-candidates">{candidates.into_iter().map(line).collect_view()}</ul> }.into_any()
        })
    };
    view! {
        <div class="search">
            <Icon name="search"/>
            <input
                class="input"
                type="search"
                id="why-search"
                autocomplete="off"
                spellcheck="false"
                placeholder=l.t("segments.why_search")
                aria-label=l.t("segments.why_search")
                on:input=move |event| settle(event_target_value(&event))
            />
        </div>
        {list}
        {move || failed.get().map(|error| view! { <ErrorState error/> })}
    }
}

#[component]
fn Answer(id: SegmentId, customer: CustomerId) -> impl IntoView {
    let why = resource(|| (), move |()| why_in_segment(id, customer));
    view! { <Loaded resource=why view=|why: Why| view! { <Told why/> }.into_any()/> }
}

#[component]
fn Told(why: Why) -> impl IntoView {
    let l = use_lang();
    let Why { customer, customer_name, reason, .. } = why;
    let (tone, icon, key) =
        if reason.holds { ("ok", "check-circle", "segments.is_in") } else { ("warn", "x", "segments.is_not_in") };
    view! {
        <div class="stack segment-why">
            <p class="row">
                <a class="link strong" href=format!("/customers/{customer}") dir="auto">{customer_name}</a>
                <span class="badge" data-tone=tone><Icon name=icon/>{l.t(key)}</span>
            </p>
            <ul class="reasons">{reason_view(l, reason)}</ul>
        </div>
    }
}

fn reason_view(l: Lang, reason: Reason) -> AnyView {
    let Reason { holds, part } = reason;
    let mark = mark(l, holds);
    match part {
        ReasonPart::Is(text, has) => {
            let has = l.with("segments.has", &[("value", &has_text(l, has))]);
            view! { <li class="reason" data-holds=holds.to_string()>{mark}<span><code class="code">{text}</code>" " <span class="soft">{has}</span></span></li> }.into_any()
        }
        ReasonPart::StandsFor(text, inner) => view! {
            <li class="reason" data-holds=holds.to_string()>
                {mark}
                <span><code class="code">{text}</code><ul class="reasons">{reason_view(l, *inner)}</ul></span>
            </li>
        }
        .into_any(),
        ReasonPart::Not(inner) => joined(l, holds, "segments.reason.not", vec![*inner]),
        ReasonPart::All(parts) if parts.is_empty() => {
            view! { <li class="reason" data-holds="true">{mark}<span>{l.t("segments.reason.everyone")}</span></li> }.into_any()
        }
        ReasonPart::Any(parts) if parts.is_empty() => {
            view! { <li class="reason" data-holds="false">{mark}<span>{l.t("segments.reason.nobody")}</span></li> }.into_any()
        }
        ReasonPart::All(parts) => joined(l, holds, "segments.reason.all", parts),
        ReasonPart::Any(parts) => joined(l, holds, "segments.reason.any", parts),
    }
}

fn joined(l: Lang, holds: bool, key: &'static str, parts: Vec<Reason>) -> AnyView {
    let parts = parts.into_iter().map(|part| reason_view(l, part)).collect_view();
    view! {
        <li class="reason" data-holds=holds.to_string()>{mark(l, holds)}<span>{l.t(key)}<ul class="reasons">{parts}</ul></span></li>
    }
    .into_any()
}

fn mark(l: Lang, holds: bool) -> AnyView {
    let (icon, key) = if holds { ("check", "segments.holds") } else { ("x", "segments.holds_not") };
    view! { <span class="reason-mark"><Icon name=icon/><span class="sr-only">{l.t(key)}</span></span> }.into_any()
}

fn has_text(l: Lang, has: Has) -> String {
    let nothing = || l.t("segments.has_nothing").to_owned();
    match has {
        Has::Count(count) => l.integer(count),
        Has::Money(money) => l.money(money),
        Has::Day(day) => day.map_or_else(|| l.t("segments.has_never").to_owned(), |day| l.day(day)),
        Has::Flag(flag) => l.t(if flag { "ui.yes" } else { "ui.no" }).to_owned(),
        Has::Text(text) if text.is_empty() => nothing(),
        Has::Text(text) => text,
        Has::Names(names) if names.is_empty() => nothing(),
        Has::Names(names) => names.join(", "),
        Has::Found { found, of } => {
            l.with("segments.has_found", &[("found", &l.integer(found.into())), ("of", &l.integer(of.into()))])
        }
    }
}
