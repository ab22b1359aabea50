//! The fields in which forms name an audience.

use super::{Choices, EarlyForm};
use crate::base::i18n::{Lang, use_lang};
use crate::base::{GroupId, SegmentId};
use crate::ui::{FieldError, FormError, aria_error, aria_invalid};
use leptos::prelude::*;

/// One of several, or any.
#[component]
pub fn ChoiceField(
    #[prop(into)] id: String,
    /// Its name in forms and in errors.
    name: &'static str,
    label: &'static str,
    /// What choosing nothing means.
    none: &'static str,
    /// Values and what they are called.
    options: Signal<Vec<(String, String)>>,
    value: Signal<String>,
    set: Callback<String>,
    error: FormError,
) -> impl IntoView {
    let option = move |(code, text): (String, String)| {
        let this = code.clone();
        view! { <option value=code prop:selected=move || value.with(|value| *value == this)>{text}</option> }
    };
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            <select
                class="input"
                id=id.clone()
                name=name
                aria-invalid=aria_invalid(error, name)
                aria-describedby=aria_error(error, name, id.clone())
                on:change=move |event| set.run(event_target_value(&event))
            >
                <option value="">{none}</option>
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
            <FieldError id name error/>
        </div>
    }
}

fn text_of<T: ToString>(id: Option<T>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// A group in use.
#[component]
pub fn GroupField(
    #[prop(into)] id: String,
    name: &'static str,
    none: &'static str,
    choices: Signal<Choices>,
    value: Signal<Option<GroupId>>,
    set: Callback<Option<GroupId>>,
    error: FormError,
) -> impl IntoView {
    let l = use_lang();
    let options = move || {
        let named = |(id, name): &(GroupId, String)| (id.to_string(), name.clone());
        choices.with(|choices| choices.groups.iter().map(named).collect())
    };
    view! {
        <ChoiceField
            id
            name
            label=l.t("promotions.group")
            none
            options=Signal::derive(options)
            value=Signal::derive(move || text_of(value.get()))
            set=Callback::new(move |text: String| set.run(text.parse().ok()))
            error
        />
    }
}

/// A segment in use.
#[component]
pub fn SegmentField(
    #[prop(into)] id: String,
    name: &'static str,
    none: &'static str,
    choices: Signal<Choices>,
    value: Signal<Option<SegmentId>>,
    set: Callback<Option<SegmentId>>,
    error: FormError,
) -> impl IntoView {
    let l = use_lang();
    let options = move || {
        let named = |segment: &crate::customers::segments::SegmentName| (segment.id.to_string(), segment.text(l));
        choices.with(|choices| choices.segments.iter().map(named).collect())
    };
    view! {
        <ChoiceField
            id
            name
            label=l.t("promotions.segment")
            none
            options=Signal::derive(options)
            value=Signal::derive(move || text_of(value.get()))
            set=Callback::new(move |text: String| set.run(text.parse().ok()))
            error
        />
    }
}

/// A tag by its name: those there are come as suggestions.
#[component]
pub fn TagField(
    #[prop(into)] id: String,
    name: &'static str,
    choices: Signal<Choices>,
    value: Signal<String>,
    set: Callback<String>,
    error: FormError,
) -> impl IntoView {
    let l = use_lang();
    let list = format!("{id}-names");
    let names = move || {
        let tags = choices.with(|choices| choices.tags.clone()).into_iter();
        tags.map(|name| view! { <option value=name></option> }).collect_view()
    };
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{l.t("promotions.tag")} " " <span class="label-note">{l.t("ui.optional")}</span></label>
            <input
                class="input"
                id=id.clone()
                name=name
                list=list.clone()
                autocomplete="off"
                dir="auto"
                aria-invalid=aria_invalid(error, name)
                aria-describedby=aria_error(error, name, id.clone())
                prop:value=move || value.get()
                on:input=move |event| set.run(event_target_value(&event))
            />
            <datalist id=list>{names}</datalist>
            <FieldError id name error/>
        </div>
    }
}

/// From which day on something opens earlier (the field that comes as `children`), and for whom.
#[component]
pub fn EarlyFields(
    /// What the ids of its fields begin with.
    prefix: &'static str,
    choices: Signal<Choices>,
    early: Signal<EarlyForm>,
    change: Callback<EarlyForm>,
    error: FormError,
    children: Children,
) -> impl IntoView {
    let l = use_lang();
    let id = move |field: &str| format!("{prefix}-early-{field}");
    let group = Callback::new(move |group| change.run(EarlyForm { group, ..early.get_untracked() }));
    let segment = Callback::new(move |segment| change.run(EarlyForm { segment, ..early.get_untracked() }));
    let tag = Callback::new(move |tag| change.run(EarlyForm { tag, ..early.get_untracked() }));
    view! {
        <fieldset class="fieldset" aria-describedby=id("hint")>
            <legend>{l.t("promotions.early")}</legend>
            <p class="hint" id=id("hint")>{l.t("promotions.early_hint")}</p>
            <div class="form-grid">
                {children()}
                <GroupField
                    id=id("group")
                    name="early_group"
                    none=l.t("promotions.nobody_else")
                    choices
                    value=Signal::derive(move || early.get().group)
                    set=group
                    error
                />
                <SegmentField
                    id=id("segment")
                    name="early_segment"
                    none=l.t("promotions.nobody_else")
                    choices
                    value=Signal::derive(move || early.get().segment)
                    set=segment
                    error
                />
                <TagField
                    id=id("tag")
                    name="early_tag"
                    choices
                    value=Signal::derive(move || early.get().tag)
                    set=tag
                    error
                />
            </div>
        </fieldset>
    }
}

/// For whom something opens earlier, in a few words; empty where nobody is named.
#[must_use]
pub fn early_names(l: Lang, early: &EarlyForm, choices: &Choices) -> String {
    let group = choices.groups.iter().find(|(id, _)| Some(*id) == early.group).map(|(_, name)| name.clone());
    let segment = choices.segments.iter().find(|segment| Some(segment.id) == early.segment).map(|segment| segment.text(l));
    let tag = Some(early.tag.clone()).filter(|tag| !tag.is_empty());
    [group, segment, tag].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
