//! The palette: `Ctrl K` or `⌘ K` anywhere.

use super::Found;
use super::api::palette_search;
use crate::app::use_session;
use crate::base::i18n::{Lang, use_lang};
use crate::base::text::initials;
use crate::office::staff::Right;
use crate::ui::Icon;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

const DEBOUNCE: Duration = Duration::from_millis(70);

/// One line of the palette: what it says and where it leads.
#[derive(Clone, PartialEq)]
struct Item {
    group: &'static str,
    icon: Option<&'static str>,
    hue: i64,
    main: String,
    sub: String,
    end: String,
    href: String,
}

/// The button in the top bar, and the dialog.
#[component]
pub fn Palette() -> impl IntoView {
    let l = use_lang();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let input = NodeRef::<leptos::html::Input>::new();
    let text = RwSignal::new(String::new());
    let asked = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = LocalResource::new(move || {
        let text = asked.get();
        async move { if text.trim().is_empty() { Found::default() } else { palette_search(text).await.unwrap_or_default() } }
    });
    // Old hits stay while new ones are on their way.
    let last = RwSignal::new(Found::default());
    Effect::new(move || {
        if let Some(found) = found.get() {
            last.set(found);
            at.set(0);
        }
    });
    let session = use_session();
    let items = Memo::new(move |_| items(l, &text.get(), &last.get(), &session));
    let open = move || {
        if let (Some(dialog), Some(input)) = (dialog.get_untracked(), input.get_untracked()) {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
            input.select();
        }
    };
    Effect::new(move || {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                open();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let navigate = use_navigate();
    let go = Callback::new(move |href: String| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        text.set(String::new());
        asked.set(String::new());
        navigate(&href, NavigateOptions::default());
    });
    let on_key = move |event: KeyboardEvent| {
        let count = items.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(item) = items.with_untracked(|items| items.get(at.get_untracked()).cloned()) {
                    go.run(item.href);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let mut debounced = leptos::leptos_dom::helpers::debounce(DEBOUNCE, move |text: String| asked.set(text));
    view! {
        <button type="button" class="palette-trigger" aria-keyshortcuts="Control+K Meta+K" aria-haspopup="dialog" on:click=move |_| open()>
            <Icon name="search"/>
            <span>{l.t("palette.open")}</span>
            <kbd>"Ctrl K"</kbd>
        </button>
        <dialog class="palette" aria-label=l.t("palette.open") node_ref=dialog>
            <div class="palette-search">
                <Icon name="search"/>
                <input
                    node_ref=input
                    class="palette-input"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-label=l.t("palette.open")
                    aria-activedescendant=move || items.with(|items| (!items.is_empty()).then(|| format!("palette-{}", at.get())))
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=l.t("palette.placeholder")
                    prop:value=text
                    on:input=move |event| {
                        let value = event_target_value(&event);
                        text.set(value.clone());
                        debounced(value);
                    }
                    on:keydown=on_key
                />
                <kbd>"Esc"</kbd>
            </div>
            <div class="palette-list" id="palette-list" role="listbox" aria-label=l.t("palette.results")>
                {move || view! { <Groups items=items.get() at go/> }}
            </div>
        </dialog>
    }
}

#[component]
fn Groups(items: Vec<Item>, at: RwSignal<usize>, go: Callback<String>) -> impl IntoView {
    let l = use_lang();
    let mut groups: Vec<(&'static str, Vec<(usize, Item)>)> = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match groups.last_mut() {
            Some((name, list)) if *name == item.group => list.push((index, item)),
            _ => groups.push((item.group, vec![(index, item)])),
        }
    }
    groups
        .into_iter()
        .map(|(name, list)| {
            let id = format!("palette-group-{name}");
            let labelled_by = id.clone();
            view! {
                <div role="group" aria-labelledby=labelled_by>
                    <div class="palette-title" id=id>{l.dynamic(name)}</div>
                    {list.into_iter().map(|(index, item)| view! { <Line index item at go/> }).collect_view()}
                </div>
            }
        })
        .collect_view()
}

#[component]
fn Line(index: usize, item: Item, at: RwSignal<usize>, go: Callback<String>) -> impl IntoView {
    let href = item.href.clone();
    let picture = match item.icon {
        Some(icon) => view! { <Icon name=icon/> }.into_any(),
        None => view! { <span class="avatar" data-hue=item.hue.to_string() aria-hidden="true">{initials(&item.main)}</span> }
            .into_any(),
    };
    view! {
        <div
            class="palette-item"
            role="option"
            id=format!("palette-{index}")
            aria-selected=move || (at.get() == index).to_string()
            on:mousemove=move |_| at.set(index)
            on:click=move |_| go.run(href.clone())
        >
            {picture}
            <span class="palette-main">{item.main}</span>
            <span class="palette-sub">{item.sub}</span>
            <span class="palette-end">{item.end}</span>
        </div>
    }
}

fn items(l: Lang, text: &str, found: &Found, session: &crate::app::Session) -> Vec<Item> {
    let mut items = Vec::new();
    if !text.trim().is_empty() {
        items.extend(found.customers.iter().map(|customer| Item {
            group: "palette.customers",
            icon: None,
            hue: customer.id.0 % 12,
            main: customer.name.clone(),
            sub: customer.email.clone(),
            end: l.money(customer.spent),
            href: format!("/customers/{}", customer.id),
        }));
        items.extend(found.orders.iter().map(|order| Item {
            group: "palette.orders",
            icon: Some("shopping-bag"),
            hue: 0,
            main: order.number.clone(),
            sub: order.customer.clone(),
            end: l.money(order.total),
            href: format!("/orders/{}", order.id),
        }));
    }
    items.extend(places(session).into_iter().filter_map(|(icon, key, href)| {
        let label = l.t(key);
        let wanted = label.to_lowercase().contains(&text.trim().to_lowercase());
        wanted.then(|| Item {
            group: "palette.pages",
            icon: Some(icon),
            hue: 0,
            main: label.to_owned(),
            sub: String::new(),
            end: String::new(),
            href: href.to_owned(),
        })
    }));
    items
}

/// Pages and actions that the member may use: icon, label, address.
fn places(session: &crate::app::Session) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut places = vec![("users", "nav.customers", "/customers"), ("shopping-bag", "nav.orders", "/orders")];
    if session.has(Right::EditCustomers) {
        places.push(("user-plus", "list.add", "/customers/new"));
    }
    if session.has(Right::ManageSettings) {
        places.push(("settings", "nav.settings", "/settings"));
    }
    places
}
