//! The fields of the filter sheet.

use super::{AccountStatus, Activity, BuiltInSegment, Choices, Filters, ListState, SegmentKey, Sort};
use crate::base::country::COUNTRIES;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{Day, TagId};
use crate::ui::Icon;
use leptos::prelude::*;
use std::collections::BTreeSet;
use wasm_split_helpers::wasm_split;

/// The fields, as the state has them.
#[wasm_split(list)]
pub fn filter_fields(state: ListState, choices: Choices) -> AnyView {
    let l = use_lang();
    let f = state.filters.clone();
    let text = |value: Option<String>| value.unwrap_or_default();
    let days = |value: Option<u16>| value.map(|days| days.to_string()).unwrap_or_default();
    let day = |value: Option<Day>| value.map(Day::iso).unwrap_or_default();
    let tags = |on: &BTreeSet<TagId>| -> Vec<Check> {
        choices.tags.iter().map(|(id, name)| (id.to_string(), name.clone(), on.contains(id))).collect()
    };
    let (tags_any, tags_all, tags_none) = (tags(&f.tags_any), tags(&f.tags_all), tags(&f.tags_none));
    let segments = segment_choice(&f, &choices);
    view! {
        <input type="hidden" name="q" value=state.search.clone()/>
        <input type="hidden" name="sort" value=Some(state.sort).filter(|sort| *sort != Sort::default()).map(Sort::code)/>
        <Section label="list.column.spent" on=f.spent_min.is_some() || f.spent_max.is_some()>
            <Range kind="text" from=("spent_min", text(f.spent_min.map(|a| a.to_string()))) to=("spent_max", text(f.spent_max.map(|a| a.to_string()))) label="list.column.spent"/>
        </Section>
        <Section label="list.column.orders" on=f.orders_min.is_some() || f.orders_max.is_some()>
            <Range kind="number" from=("orders_min", text(f.orders_min.map(|n| n.to_string()))) to=("orders_max", text(f.orders_max.map(|n| n.to_string()))) label="list.column.orders"/>
        </Section>
        <Section label="list.column.last_order" on=has_last_order(&f)>
            <Range kind="date" from=("last_order_from", day(f.last_order_from)) to=("last_order_to", day(f.last_order_to)) label="list.column.last_order"/>
            <Days name="last_order_within" label="list.within_days" value=days(f.last_order_within)/>
            <Days name="last_order_not_within" label="list.not_within_days" value=days(f.last_order_not_within)/>
            <label class="check">
                <input type="checkbox" class="checkbox" name="last_order" value="never" checked=f.never_ordered/>
                <span>{l.t("list.never_ordered")}</span>
            </label>
        </Section>
        <Section label="list.column.registered" on=f.registered_from.is_some() || f.registered_to.is_some() || f.registered_within.is_some()>
            <Range kind="date" from=("registered_from", day(f.registered_from)) to=("registered_to", day(f.registered_to)) label="list.column.registered"/>
            <Days name="registered_within" label="list.within_days" value=days(f.registered_within)/>
        </Section>
        <Section label="list.column.group" on=!f.groups.is_empty()>
            <Checks name="group" options=choices.groups.iter().map(|(id, name)| (id.to_string(), name.clone(), f.groups.contains(id))).collect()/>
        </Section>
        <Section label="list.column.tags" on=!f.tags_any.is_empty() || !f.tags_all.is_empty() || !f.tags_none.is_empty()>
            <FoldedChecks name="tags_any" label="list.tags_any" options=tags_any/>
            <FoldedChecks name="tags_all" label="list.tags_all" options=tags_all/>
            <FoldedChecks name="tags_none" label="list.tags_none" options=tags_none/>
        </Section>
        <Section label="list.column.location" on=!f.countries.is_empty() || !f.regions.is_empty() || !f.cities.is_empty()>
            <FoldedChecks name="country" label="list.country" options=countries(l, &f.countries)/>
            <Places name="region" label="list.region" values=f.regions.clone()/>
            <Places name="city" label="list.city" values=f.cities.clone()/>
        </Section>
        <Section label="list.column.status" on=f.status.is_some() || f.activity.is_some()>
            <Choice name="status" label="list.account" options=vec![
                ("active", l.t(AccountStatus::Active.label_key()), f.status == Some(AccountStatus::Active)),
                ("blocked", l.t(AccountStatus::Blocked.label_key()), f.status == Some(AccountStatus::Blocked)),
            ]/>
            <Choice name="activity" label="list.activity" options=vec![
                ("active", l.t(Activity::Active.label_key()), f.activity == Some(Activity::Active)),
                ("inactive", l.t(Activity::Inactive.label_key()), f.activity == Some(Activity::Inactive)),
            ]/>
        </Section>
        <Section label="list.consent" on=f.email_consent.is_some() || f.sms_consent.is_some()>
            <YesNo name="email_consent" label="list.consent_email" value=f.email_consent/>
            <YesNo name="sms_consent" label="list.consent_sms" value=f.sms_consent/>
        </Section>
        <Section label="list.branch" on=!f.branches.is_empty()>
            <Checks name="branch" options=choices.branches.iter().map(|(id, name)| (id.to_string(), name.clone(), f.branches.contains(id))).collect()/>
        </Section>
        <Section label="list.segment" on=f.segment.is_some()>
            {segments}
        </Section>
    }
    .into_any()
}

/// The built-in segments and the shop's own; one that is not among them stays chosen.
fn segment_choice(f: &Filters, choices: &Choices) -> AnyView {
    let l = use_lang();
    let built_in = BuiltInSegment::ALL.map(|segment| (SegmentKey::from(segment), l.t(segment.label_key()).to_owned()));
    let mut all: Vec<(SegmentKey, String)> = built_in.into_iter().chain(choices.segments.iter().cloned()).collect();
    if let Some(chosen) = f.segment.as_ref().filter(|chosen| all.iter().all(|(key, _)| key != *chosen)) {
        all.push((chosen.clone(), chosen.code().to_owned()));
    }
    let item = |(key, name): (SegmentKey, String)| {
        let on = f.segment.as_ref() == Some(&key);
        view! { <option value=key.code().to_owned() selected=on>{name}</option> }
    };
    view! {
        <div class="field">
            <label class="label" for="filter-segment">{l.t("list.segment")}</label>
            <select class="input" id="filter-segment" name="segment">
                <option value="">{l.t("list.any")}</option>
                {all.into_iter().map(item).collect_view()}
            </select>
        </div>
    }
    .into_any()
}

fn has_last_order(f: &Filters) -> bool {
    f.last_order_from.is_some()
        || f.last_order_to.is_some()
        || f.last_order_within.is_some()
        || f.last_order_not_within.is_some()
        || f.never_ordered
}

/// A foldable part of the form; open where its filter is on.
#[component]
fn Section(label: &'static str, on: bool, children: Children) -> impl IntoView {
    let l = use_lang();
    view! {
        <details class="sheet-section" open=on>
            <summary><Icon name="chevron-right"/> {l.t(label)}</summary>
            <div class="stack">{children()}</div>
        </details>
    }
}

#[component]
fn Range(kind: &'static str, from: (&'static str, String), to: (&'static str, String), label: &'static str) -> impl IntoView {
    let l = use_lang();
    let mode = if kind == "text" { "decimal" } else { "" };
    let name = l.t(label);
    view! {
        <div class="range">
            <input class="input" type=kind inputmode=mode name=from.0 value=from.1 aria-label=l.with("list.range_from", &[("field", &name)])/>
            <span class="dim">{l.t("list.range_to_word")}</span>
            <input class="input" type=kind inputmode=mode name=to.0 value=to.1 aria-label=l.with("list.range_to", &[("field", &name)])/>
        </div>
    }
}

#[component]
fn Days(name: &'static str, label: &'static str, value: String) -> impl IntoView {
    let l = use_lang();
    view! {
        <div class="field">
            <label class="label" for=name>{l.t(label)}</label>
            <input class="input" type="number" min="0" max="65535" id=name name=name value=value/>
        </div>
    }
}

/// A field for each place, since the names of places may hold commas, and one more.
#[component]
fn Places(name: &'static str, label: &'static str, values: BTreeSet<String>) -> impl IntoView {
    let l = use_lang();
    let field = |value: String| view! { <input class="input" name=name value=value autocomplete="off" aria-label=l.t(label)/> };
    view! {
        <div class="field">
            <p class="label" aria-hidden="true">{l.t(label)}</p>
            {values.into_iter().chain([String::new()]).map(field).collect_view()}
        </div>
    }
}

/// A box to tick: the value in the URL, what it says, whether it is ticked.
type Check = (String, String, bool);

/// All countries by name, those that are on first.
fn countries(l: Lang, on: &BTreeSet<String>) -> Vec<Check> {
    let mut codes: BTreeSet<&str> = COUNTRIES.iter().map(|country| country.code).collect();
    codes.extend(on.iter().map(String::as_str));
    let mut checks: Vec<Check> = codes.into_iter().map(|code| (code.to_owned(), l.country(code), on.contains(code))).collect();
    checks.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.1.cmp(&b.1)));
    checks
}

#[component]
fn Checks(name: &'static str, options: Vec<Check>) -> impl IntoView {
    let item = move |(value, label, on): Check| {
        view! {
            <label class="check">
                <input type="checkbox" class="checkbox" name=name value=value checked=on/>
                <span>{label}</span>
            </label>
        }
    };
    view! { <div class="check-list">{options.into_iter().map(item).collect_view()}</div> }
}

/// Boxes that are many: folded unless one is ticked.
#[component]
fn FoldedChecks(name: &'static str, label: &'static str, options: Vec<Check>) -> impl IntoView {
    let l = use_lang();
    let any = options.iter().any(|(_, _, on)| *on);
    view! {
        <details class="fieldset" open=any>
            <summary class="label">{l.t(label)}</summary>
            <Checks name options/>
        </details>
    }
}

#[component]
fn Choice(name: &'static str, label: &'static str, options: Vec<(&'static str, &'static str, bool)>) -> impl IntoView {
    let l = use_lang();
    let id = format!("filter-{name}");
    let item = |(value, text, on): (&'static str, &'static str, bool)| view! { <option value=value selected=on>{text}</option> };
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{l.t(label)}</label>
            <select class="input" id=id name=name>
                <option value="">{l.t("list.any")}</option>
                {options.into_iter().map(item).collect_view()}
            </select>
        </div>
    }
}

#[component]
fn YesNo(name: &'static str, label: &'static str, value: Option<bool>) -> impl IntoView {
    let l = use_lang();
    let options = vec![
        ("yes", l.t("list.consent.given"), value == Some(true)),
        ("no", l.t("list.consent.not_given"), value == Some(false)),
    ];
    view! { <Choice name label options/> }
}
