//! Values one after the other, and a field that offers more of them from the data of the shop.

use super::Offer;
use super::api::offer_rule_values;
use crate::base::i18n::use_lang;
use crate::rules::fields::Values;
use crate::ui::Icon;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;

/// How a list changes.
#[derive(Clone, Debug)]
pub enum Change {
    Add(String),
    Remove(usize),
}

impl Change {
    pub fn apply<T: PartialEq>(self, items: &mut Vec<T>, make: impl FnOnce(String) -> T) {
        match self {
            Self::Add(text) => {
                let item = make(text);
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            Self::Remove(at) if at < items.len() => _ = items.remove(at),
            Self::Remove(_) => {}
        }
    }
}

/// The list of one condition, and its field.
#[component]
pub fn ValueList(
    /// The number of the condition.
    id: u32,
    label: &'static str,
    items: Signal<Vec<String>>,
    change: Callback<Change>,
    values: Values,
    /// The custom field whose values they are.
    custom: Signal<Option<String>>,
) -> impl IntoView {
    let l = use_lang();
    let items = Memo::new(move |_| items.get());
    let chips = move || {
        let chip = |(n, text): (usize, String)| {
            let remove = l.with("rules.builder.remove_value", &[("value", &text)]);
            view! {
                <span class="tag">
                    <span dir="auto">{text}</span>
                    <button class="tag-x" type="button" aria-label=remove on:click=move |_| change.run(Change::Remove(n))><Icon name="x"/></button>
                </span>
            }
        };
        items.get().into_iter().enumerate().map(chip).collect_view()
    };
    let last = move || items.with_untracked(|items| items.len().checked_sub(1));
    view! {
        <div class="rule-list" role="group" aria-label=label>
            <span class="tags">{chips}</span>
            <Adding id label values custom change last=Callback::new(move |()| last())/>
        </div>
    }
}

/// A combobox whose choice, or what is typed, is added to the list.
#[component]
fn Adding(
    id: u32,
    label: &'static str,
    values: Values,
    custom: Signal<Option<String>>,
    change: Callback<Change>,
    last: Callback<(), Option<usize>>,
) -> impl IntoView {
    let l = use_lang();
    let input = NodeRef::<html::Input>::new();
    let (text, open) = (RwSignal::new(String::new()), RwSignal::new(false));
    let (offers, at) = (RwSignal::new(Vec::<Offer>::new()), RwSignal::new(None::<usize>));
    Effect::new(move |_| {
        let typed = text.get();
        if !open.get() || values == Values::Free {
            return;
        }
        let field = custom.get();
        // The next run of the effect drops the question.
        spawn_local_scoped_with_cancellation(async move {
            let found = offer_rule_values(values, field, typed).await.unwrap_or_default();
            at.set(None);
            offers.set(found);
        });
    });
    let count = move || offers.with(Vec::len);
    let shown = move || open.get() && count() > 0;
    let add = move |value: String| {
        if !value.trim().is_empty() {
            change.run(Change::Add(value.trim().to_owned()));
        }
        text.set(String::new());
        at.set(None);
    };
    let take =
        move |n: usize| offers.with_untracked(|offers| offers.get(n).map(|offer| offer.value.clone())).into_iter().for_each(add);
    let on_key = move |event: KeyboardEvent| {
        let is_shown = untrack(shown);
        let of = untrack(count);
        match event.key().as_str() {
            "ArrowDown" if is_shown => at.update(|at| *at = Some(at.map_or(0, |at| (at + 1) % of))),
            "ArrowUp" if is_shown => at.update(|at| *at = Some(at.map_or(of - 1, |at| (at + of - 1) % of))),
            "ArrowDown" => open.set(true),
            "Escape" if is_shown => {
                open.set(false);
                event.stop_propagation();
            }
            // A comma ends a value, as in the text.
            "Enter" | "," => match at.get_untracked().filter(|_| is_shown) {
                Some(at) => take(at),
                None => add(text.get_untracked()),
            },
            "Backspace" if text.with_untracked(String::is_empty) => {
                if let Some(last) = last.run(()) {
                    change.run(Change::Remove(last));
                }
                return;
            }
            _ => return,
        }
        event.prevent_default();
    };
    let list = format!("rule-offers-{id}");
    let line = move |(n, offer): (usize, Offer)| {
        let label = (!offer.label.is_empty()).then(|| view! { <span class="dim truncate">{offer.label.clone()}</span> });
        view! {
            <li
                class="menu-item rule-choice"
                id=format!("rule-offer-{id}-{n}")
                role="option"
                aria-selected=move || if at.get() == Some(n) { "true" } else { "false" }
                // Before the field loses the focus.
                on:mousedown=move |event| {
                    event.prevent_default();
                    take(n);
                }
            >
                <span dir="auto">{offer.value.clone()}</span>
                {label}
            </li>
        }
    };
    view! {
        <div class="rule-adding">
            <input
                class="input"
                type="text"
                node_ref=input
                role="combobox"
                aria-expanded=move || if shown() { "true" } else { "false" }
                aria-controls=list.clone()
                aria-autocomplete="list"
                aria-activedescendant=move || at.get().filter(|_| shown()).map(|at| format!("rule-offer-{id}-{at}"))
                aria-label=l.with("rules.builder.add_value", &[("label", &label)])
                placeholder=l.t("rules.builder.value_hint")
                autocomplete="off"
                spellcheck="false"
                prop:value=text
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    open.set(true);
                }
                on:focus=move |_| open.set(true)
                on:blur=move |_| {
                    open.set(false);
                    // What was typed is not lost.
                    add(text.get_untracked());
                }
                on:keydown=on_key
            />
            <div class="menu rule-menu" hidden=move || !shown()>
                <ul id=list role="listbox" aria-label=label>{move || offers.get().into_iter().enumerate().map(line).collect_view()}</ul>
            </div>
        </div>
    }
}
