//! Colours that tell groups and tags apart: one of twelve hues, as avatars have them.

use crate::base::i18n::use_lang;
use leptos::prelude::*;

/// How many there are, from 0.
const HUES: u8 = 12;

/// A dot of a colour.
#[component]
pub fn HueDot(#[prop(into)] hue: Signal<u8>) -> impl IntoView {
    view! { <span class="hue-dot" data-hue=move || hue.get().to_string() aria-hidden="true"></span> }
}

/// Chooses a colour.
#[component]
pub fn HueField(
    /// Unique in the page, and the field's name.
    name: &'static str,
    #[prop(into)] chosen: Signal<Option<u8>>,
    choose: Callback<Option<u8>>,
    /// There may be none.
    #[prop(optional)]
    or_none: bool,
) -> impl IntoView {
    let l = use_lang();
    let swatch = move |hue: Option<u8>| {
        let label = hue.map_or_else(|| l.t("hue.none").to_owned(), |hue| l.dynamic(&format!("hue.{hue}")));
        let name_of = label.clone();
        let is_chosen = move || chosen.get() == hue;
        view! {
            <label class="hue" title=label>
                <input
                    type="radio"
                    name=name
                    value=hue.map(|hue| hue.to_string()).unwrap_or_default()
                    aria-label=name_of
                    checked=untrack(is_chosen)
                    prop:checked=is_chosen
                    on:change=move |_| choose.run(hue)
                />
                <span class="hue-dot" data-hue=hue.map(|hue| hue.to_string())></span>
            </label>
        }
    };
    let none = or_none.then_some(None);
    view! {
        <fieldset class="fieldset">
            <legend>{l.t("hue.title")}</legend>
            <div class="hues">{none.into_iter().chain((0..HUES).map(Some)).map(swatch).collect_view()}</div>
        </fieldset>
    }
}
