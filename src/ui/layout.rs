//! The frame around every page after login: navigation, top bar, phone's tab bar.

use super::appearance::{AppearanceChoices, NavToggle, provide_appearance};
use super::key_help::use_key_help;
use super::{Icon, arrival, dropdown};
use crate::app::use_session;
use crate::base::i18n::use_lang;
use crate::base::text::initials;
use crate::office::staff::Right;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

/// One entry of the navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    /// Stands in the phone's bar at the foot, which has room for five; the others are in the menu of the account there.
    bar: bool,
}

fn places(catalogue: bool, mails: bool, settings: bool) -> Vec<Place> {
    let place = |href, icon, label, bar| Place { href, icon, label, bar };
    let mut places = vec![
        place("/customers", "users", "nav.customers", true),
        place("/segments", "filter", "nav.segments", false),
        place("/groups", "layers", "nav.groups", false),
        place("/tags", "tag", "nav.tags", false),
        place("/orders", "shopping-bag", "nav.orders", true),
        place("/returns", "undo", "nav.returns", true),
        place("/gift-cards", "gift", "nav.gift_cards", true),
    ];
    if catalogue {
        places.push(place("/products", "box", "nav.catalogue", false));
    }
    places.push(place("/campaigns", "megaphone", "nav.campaigns", false));
    places.push(place("/outbox", "send", "nav.outbox", false));
    if mails {
        places.push(place("/templates", "mail", "nav.templates", false));
    }
    if settings {
        places.push(place("/settings", "settings", "nav.settings", true));
    }
    places
}

#[component]
fn PlaceLink(place: Place, class: &'static str) -> impl IntoView {
    let l = use_lang();
    let path = use_location().pathname;
    let also = if place.href == "/products" { "/promotions" } else { place.href };
    let here = move || path.with(|path| path.starts_with(place.href) || path.starts_with(also)).then_some("page");
    view! {
        <a class=class href=place.href aria-current=here>
            <Icon name=place.icon/>
            <span class="nav-label">{l.t(place.label)}</span>
        </a>
    }
}

/// The frame. `top` stands in the middle of the top bar, `end` before the account.
#[component]
pub fn Layout(#[prop(into)] top: ViewFn, #[prop(into)] end: ViewFn) -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    provide_appearance();
    dropdown::listen();
    arrival::listen();
    // The router would take the link for another page.
    let skip = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        arrival::focus_main();
    };
    let (catalogue, mails) = (session.has(Right::ManageSettings), session.has(Right::SendCampaigns));
    let settings = catalogue || session.has(Right::ManageStaff);
    view! {
        <a class="skip-link" href="#main" on:click=skip>{l.t("nav.skip")}</a>
        <div class="shell" on:click:capture=dropdown::on_choice>
            <nav class="sidenav" aria-label=l.t("nav.main")>
                <a class="brand" href="/customers">
                    <svg class="brand-mark" aria-hidden="true"><use href="/icons.svg#mark"></use></svg>
                    <span class="brand-name">{session.shop_name.clone()}</span>
                </a>
                <ul class="nav-list">
                    {places(catalogue, mails, settings).into_iter().map(|place| view! { <li><PlaceLink place class="nav-item"/></li> }).collect_view()}
                </ul>
            </nav>
            <header class="topbar">
                <NavToggle/>
                <PhoneHead shop=session.shop_name/>
                {top.run()}
                <div class="topbar-end">{end.run()}<Account/></div>
            </header>
            <main class="main" id="main" tabindex="-1">
                <Outlet/>
            </main>
            <nav class="tabbar" aria-label=l.t("nav.short")>
                {places(false, false, settings).into_iter().filter(|place| place.bar).map(|place| view! { <PlaceLink place class="tabbar-item"/> }).collect_view()}
            </nav>
        </div>
    }
}

/// What a phone shows instead of the navigation at the side: the shop, or on a page of one thing the way back to the list.
#[component]
fn PhoneHead(shop: String) -> impl IntoView {
    let l = use_lang();
    let path = use_location().pathname;
    let list = Memo::new(move |_| path.with(|path| list_above(path)));
    move || match list.get() {
        Some(place) => view! {
            <a class="btn btn-ghost phone-only" href=place.href><Icon name="chevron-left"/> {l.t(place.label)}</a>
        }
        .into_any(),
        None => view! {
            <a class="brand phone-only" href="/customers">
                <svg class="brand-mark" aria-hidden="true"><use href="/icons.svg#mark"></use></svg>
                <span class="brand-name" dir="auto">{shop.clone()}</span>
            </a>
        }
        .into_any(),
    }
}

/// The list that a page of one thing belongs to. The settings have rows of links of their own.
fn list_above(path: &str) -> Option<Place> {
    let beneath = |place: &Place| path.strip_prefix(place.href).is_some_and(|rest| rest.starts_with('/'));
    places(true, true, false).into_iter().find(beneath)
}

/// Who is logged in, and the way out.
#[component]
fn Account() -> impl IntoView {
    let l = use_lang();
    let session = use_session();
    let (catalogue, mails) = (session.has(Right::ManageSettings), session.has(Right::SendCampaigns));
    let Some(staff) = session.staff else { return ().into_any() };
    let help = use_key_help();
    let further = places(catalogue, mails, false).into_iter().filter(|place| !place.bar);
    let further = further.map(|place| {
        view! { <a class="menu-item phone-only" href=place.href><Icon name=place.icon/> {l.t(place.label)}</a> }
    });
    view! {
        <details class="dropdown">
            <summary class="btn btn-ghost" aria-label=l.t("nav.account")>
                <span class="avatar" data-hue=(staff.id.0 % 12).to_string() aria-hidden="true">{initials(&staff.name)}</span>
            </summary>
            <div class="menu menu-end">
                <p class="menu-title">{staff.name.clone()} " · " {l.t(staff.role.label_key())}</p>
                {further.collect_view()}
                <hr class="menu-sep phone-only"/>
                <a class="menu-item" href="/settings/account"><Icon name="user"/> {l.t("account.title")}</a>
                <button class="menu-item desk-only" type="button" on:click=move |_| help.open()>
                    <Icon name="keyboard"/> {l.t("keys.title")}
                </button>
                <hr class="menu-sep"/>
                <AppearanceChoices/>
                <hr class="menu-sep"/>
                <form method="post" action="/logout">
                    <button class="menu-item" type="submit"><Icon name="log-out"/> {l.t("nav.log_out")}</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}
