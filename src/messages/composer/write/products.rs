//! The products of a block: chosen one by one, or by a rule as it is today.

use super::api::{find_mail_products, pick_mail_products};
use super::blocks::{Block, Item};
use super::fields::Filled;
use super::{ProductChoice, ProductRule};
use crate::base::i18n::use_lang;
use crate::ui::{Icon, use_toasts};
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long somebody pauses who has finished a word.
const PAUSE: Duration = Duration::from_millis(200);

fn items(filled: Filled) -> Vec<Item> {
    filled.shown.with(|shown| match &shown.block {
        Block::Products { items } => items.clone(),
        _ => Vec::new(),
    })
}

fn change(filled: Filled, change: impl FnOnce(&mut Vec<Item>)) {
    filled.change(|shown| {
        if let Block::Products { items } = &mut shown.block {
            change(items);
        }
    });
}

fn item(choice: ProductChoice) -> Item {
    Item { name: choice.name, price: choice.price, url: String::new() }
}

#[component]
pub(super) fn ProductFields(filled: Filled) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let pick = move |rule: ProductRule| {
        spawn_local(async move {
            match pick_mail_products(rule).await {
                Ok(_) if filled.shown.is_disposed() => {}
                Ok(found) if found.is_empty() => toasts.say(l.t("composer.write.no_products")),
                Ok(found) => change(filled, |items| *items = found.into_iter().map(item).collect()),
                Err(error) => toasts.fail(l.error(&error)),
            }
        });
    };
    let count = Memo::new(move |_| items(filled).len());
    let rows = move || (0..count.get()).map(|at| view! { <Row filled at/> }).collect_view();
    view! {
        <ul class="block-products">{rows}</ul>
        <Find filled/>
        <div class="row">
            <span class="hint">{l.t("composer.write.fill_with")}</span>
            <button class="btn btn-sm" type="button" on:click=move |_| pick(ProductRule::BestSellers)>{l.t("composer.write.best_sellers")}</button>
            <button class="btn btn-sm" type="button" on:click=move |_| pick(ProductRule::Newest)>{l.t("composer.write.newest")}</button>
        </div>
        <p class="hint">{l.t("composer.write.products_hint")}</p>
    }
    .into_any()
}

/// One product: what it is called, what it costs, where it leads.
#[component]
fn Row(filled: Filled, at: usize) -> impl IntoView {
    let l = use_lang();
    let field = move |label: &'static str, of: fn(&mut Item) -> &mut String, placeholder: &'static str| {
        let read = move || items(filled).get_mut(at).map(|item| std::mem::take(of(item))).unwrap_or_default();
        let typed = move |event| {
            let text = event_target_value(&event);
            change(filled, |items| {
                if let Some(item) = items.get_mut(at) {
                    *of(item) = text;
                }
            });
        };
        view! { <input class="input" dir="auto" autocomplete="off" aria-label=l.dynamic(label) placeholder=placeholder prop:value=read on:input=typed/> }
    };
    let remove = move |_| {
        change(filled, |items| {
            if at < items.len() {
                items.remove(at);
            }
        });
    };
    view! {
        <li class="block-product">
            {field("composer.write.product_name", |item| &mut item.name, "")}
            {field("composer.write.product_price", |item| &mut item.price, "")}
            {field("composer.write.product_link", |item| &mut item.url, "https://")}
            <button class="btn btn-icon btn-sm btn-ghost" type="button" aria-label=l.t("composer.write.product_remove") title=l.t("composer.write.product_remove") on:click=remove>
                <Icon name="x"/>
            </button>
        </li>
    }
    .into_any()
}

/// The products of the shop.
#[component]
fn Find(filled: Filled) -> impl IntoView {
    let (l, toasts) = (use_lang(), use_toasts());
    let found = RwSignal::new(Vec::<ProductChoice>::new());
    let text = RwSignal::new(String::new());
    let mut search = debounce(PAUSE, move |asked: String| {
        if asked.trim().is_empty() {
            return drop(found.try_set(Vec::new()));
        }
        spawn_local(async move {
            let answer = find_mail_products(asked.clone()).await;
            if text.try_get_untracked().as_ref() == Some(&asked)
                && let Ok(list) = answer
            {
                found.set(list);
            }
        });
    });
    let typed = move |event| {
        text.set(event_target_value(&event));
        search(text.get_untracked());
    };
    let choose = move |choice: ProductChoice| {
        toasts.say(choice.name.clone());
        change(filled, |items| items.push(item(choice)));
        text.set(String::new());
        found.set(Vec::new());
    };
    let line = move |choice: ProductChoice| {
        let (name, price) = (choice.name.clone(), choice.price.clone());
        view! {
            <li><button class="menu-item" type="button" on:click=move |_| choose(choice.clone())>
                <span dir="auto">{name}</span> <span class="dim">{price}</span>
            </button></li>
        }
    };
    view! {
        <div class="template-search">
            <input
                class="input"
                type="search"
                id=format!("block-{}-find", filled.key)
                autocomplete="off"
                aria-label=l.t("composer.write.find_product")
                placeholder=l.t("composer.write.find_product")
                prop:value=move || text.get()
                on:input=typed
            />
            {move || {
                let list = found.get();
                (!list.is_empty()).then(|| view! { <ul class="template-found">{list.into_iter().map(line).collect_view()}</ul> })
            }}
        </div>
    }
    .into_any()
}
