//! The fields in which [`super::form`] is typed.

use super::Reason;
use super::form::ExpiryForm;
use crate::base::i18n::use_lang;
use crate::ui::{Bound, FieldError, FormError, TextInput, aria_error, aria_invalid};
use leptos::prelude::*;

/// An amount with its currency before it.
#[component]
pub fn AmountField(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] currency: String,
    bound: Bound,
    error: FormError,
    #[prop(default = "amount")] name: &'static str,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for=id>{label}</label>
            <TextInput id name bound error affix=currency/>
            {(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}
        </div>
    }
}

/// A choice of reasons; nothing is chosen at first, so that nobody gives one by accident.
#[component]
pub fn ReasonField(
    id: &'static str,
    reasons: &'static [Reason],
    #[prop(into)] value: Signal<String>,
    on_change: Callback<String>,
    error: FormError,
) -> impl IntoView {
    let l = use_lang();
    let option = move |reason: &Reason| {
        let reason = *reason;
        view! { <option value=reason.code() prop:selected=move || value.get() == reason.code()>{l.t(reason.label_key())}</option> }
    };
    view! {
        <div class="field">
            <label class="label" for=id>{l.t("field.reason")}</label>
            <select
                class="input"
                id=id
                name="reason"
                aria-invalid=aria_invalid(error, "reason")
                aria-describedby=aria_error(error, "reason", id)
                on:change=move |event| on_change.run(event_target_value(&event))
            >
                <option value="" prop:selected=move || value.get().is_empty()>{l.t("value.choose_reason")}</option>
                {reasons.iter().map(option).collect_view()}
            </select>
            <FieldError id name="reason" error/>
        </div>
    }
}

/// When it expires: as usual, never, or after a day.
#[component]
pub fn ExpiryField(id: &'static str, expiry: RwSignal<ExpiryForm>, error: FormError) -> impl IntoView {
    let l = use_lang();
    let is = move |choice: &'static str| move || expiry.with(|expiry| expiry.choice == choice);
    let option = move |choice: &'static str, text: &'static str| {
        view! { <option value=choice prop:selected=is(choice)>{text}</option> }
    };
    let day_id = format!("{id}-day");
    let day = move || {
        is("day")().then(|| {
            view! {
                <input
                    class="input"
                    type="date"
                    id=day_id.clone()
                    name="expires_day"
                    aria-label=l.t("value.last_day")
                    prop:value=move || expiry.with(|expiry| expiry.day.clone())
                    on:input=move |event| expiry.update(|expiry| expiry.day = event_target_value(&event))
                />
            }
        })
    };
    view! {
        <div class="field">
            <label class="label" for=id>{l.t("value.expires")}</label>
            <select
                class="input"
                id=id
                name="expires"
                aria-invalid=aria_invalid(error, "expires")
                aria-describedby=aria_error(error, "expires", id)
                on:change=move |event| expiry.update(|expiry| expiry.choice = event_target_value(&event))
            >
                {option("", l.t("value.expires_usual"))}
                {option("never", l.t("value.expires_never"))}
                {option("day", l.t("value.expires_day"))}
            </select>
            {day}
            <FieldError id name="expires" error/>
        </div>
    }
}

/// Why, in words.
#[component]
pub fn NoteField(
    id: &'static str,
    #[prop(into)] label: String,
    bound: Bound,
    error: FormError,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let l = use_lang();
    view! {
        <div class="field">
            <label class="label" for=id>
                {label}
                {optional.then(|| view! { " " <span class="label-note">{l.t("ui.optional")}</span> })}
            </label>
            <TextInput id name="note" bound error/>
        </div>
    }
}
