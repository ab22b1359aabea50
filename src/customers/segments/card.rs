//! The card of the profile that lists the segments a customer is in, and asks any other one why not.

use super::api::segments_of_customer;
use super::{In, OfCustomer, SegmentName};
use crate::base::i18n::use_lang;
use crate::base::{CustomerId, resource};
use crate::ui::{Icon, Loaded};
use leptos::prelude::*;

#[component]
pub fn SegmentsCard(id: CustomerId) -> impl IntoView {
    let l = use_lang();
    let found = resource(|| (), move |()| segments_of_customer(id));
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("segments.title")}</h2></header>
            <Loaded resource=found view=move |found: OfCustomer| view! { <Body id found/> }.into_any()/>
        </section>
    }
}

fn why_href(segment: &SegmentName, customer: CustomerId) -> String {
    format!("{}?customer={customer}#why", segment.href())
}

#[component]
fn Body(id: CustomerId, found: OfCustomer) -> impl IntoView {
    let l = use_lang();
    let OfCustomer { is_in, others } = found;
    let line = move |one: In| {
        let name = one.segment.text(l);
        let label = l.with("segments.why_in", &[("name", &name)]);
        let since = l.with("segments.since", &[("time", &l.day(one.since.day))]);
        view! {
            <li class="row">
                <a class="link" href=one.segment.href() dir="auto">{name}</a>
                <span class="soft">{since}</span>
                <a class="btn btn-sm btn-ghost row-end" href=why_href(&one.segment, id) aria-label=label><Icon name="help-circle"/>{l.t("segments.why_short")}</a>
            </li>
        }
    };
    let other = move |one: SegmentName| {
        let name = one.text(l);
        view! { <li><a class="menu-item" href=why_href(&one, id) dir="auto">{name}</a></li> }
    };
    let listed = if is_in.is_empty() {
        view! { <p class="card-body soft">{l.t("segments.in_none")}</p> }.into_any()
    } else {
        view! { <ul class="card-list">{is_in.into_iter().map(line).collect_view()}</ul> }.into_any()
    };
    let asked = (!others.is_empty()).then(|| {
        view! {
            <details class="card-body">
                <summary class="link">{l.t("segments.ask_other")}</summary>
                <ul>{others.into_iter().map(other).collect_view()}</ul>
            </details>
        }
    });
    view! {
        {listed}
        {asked}
    }
}
