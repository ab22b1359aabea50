//! The editor: the rule as text or clicked together, whichever one likes at the moment, what is wrong with it, and whom it describes.

use super::builder::Builder;
use super::field::Field;
use super::figures::LiveFigures;
use super::live::Live;
use super::place;
use super::text::Text;
use crate::base::Currency;
use crate::base::i18n::use_lang;
use crate::rules::{print, write_value};
use crate::ui::{FieldError, Icon};
use leptos::prelude::*;

/// The editor.
#[component]
pub fn Writing(field: Field, currency: Currency) -> impl IntoView {
    let l = use_lang();
    let live = Live::new(field.text, currency);
    let clicked = RwSignal::new(false);
    let tidy = move |_| {
        if let Ok(rule) = live.read.get_untracked() {
            live.text.set(print(&rule, currency));
        }
    };
    let unread = move || live.read.with(Result::is_err);
    let (id, name, error, label) = (field.id, field.name, field.error, field.label.clone());
    let mode = move |builder: bool, text: &'static str| {
        view! {
            <button
                class="seg-item"
                type="button"
                aria-pressed=move || if clicked.get() == builder { "true" } else { "false" }
                // What cannot be read cannot be shown as conditions; what is wrong with it stands beneath it.
                disabled=move || builder && !clicked.get() && unread()
                on:click=move |_| clicked.set(builder)
            >
                {l.t(text)}
            </button>
        }
    };
    let field = StoredValue::new(field);
    let body = move || {
        if clicked.get() {
            view! {
                <Builder live/>
                <p class="rule-said"><code>{move || live.text.get()}</code></p>
            }
            .into_any()
        } else {
            view! { <Text field=field.get_value() live/> }.into_any()
        }
    };
    view! {
        <div class="field rule-editor" role="group" aria-labelledby=format!("{id}-label")>
            <div class="rule-head">
                <label class="label" for=id id=format!("{id}-label")>{label}</label>
                <div class="rule-tools">
                    <Show when=move || !clicked.get()>
                        <button class="btn btn-sm btn-ghost" type="button" disabled=unread on:click=tidy>{l.t("rules.editor.tidy")}</button>
                    </Show>
                    <div class="seg" role="group" aria-label=l.t("rules.editor.mode")>
                        {mode(false, "rules.editor.as_text")}
                        {mode(true, "rules.editor.as_conditions")}
                    </div>
                </div>
            </div>
            {body}
            <Wrong id live/>
            <FieldError id name error/>
            <LiveFigures live/>
        </div>
    }
}

/// What is wrong with the text: where, what was expected, and what was probably meant.
#[component]
fn Wrong(id: &'static str, live: Live) -> impl IntoView {
    let l = use_lang();
    let shown = move || {
        let error = live.wrong()?;
        let (line, column) = live.text.with(|text| line_and_column(text, error.from));
        let place = l.with("rules.editor.place", &[("line", &line), ("column", &column)]);
        let meant = error.suggestion.clone().map(|meant| {
            let text = l.with("rules.editor.meant", &[("name", &meant)]);
            let put =
                move |_| live.text.update(|text| *text = place::replaced(text, error.from, error.to, &write_value(&meant)).0);
            view! { " " <button class="link" type="button" on:click=put>{text}</button> }
        });
        Some(view! {
            <p class="error" id=format!("{id}-wrong")>
                <Icon name="alert-circle"/>
                <span>{place} ": " {l.dynamic(&error.message)} {meant}</span>
            </p>
        })
    };
    view! { <div role="status">{shown}</div> }
}

/// As people count them, of a place in bytes.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = place::parts(text, at, at).0;
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}
