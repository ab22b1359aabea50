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
struct Place {
    href: &'static str,
    icon: &'static str,
    label: &'static str,
}

fn places(settings: bool) -> Vec<Place> {
    let mut places = vec![
        Place { href: "/customers", icon: "users", label: "nav.customers" },
        Place { href: "/orders", icon: "shopping-bag", label: "nav.orders" },
        Place { href: "/gift-cards", icon: "gift", label: "nav.gift_cards" },
    ];
    if settings {
        places.push(Place { href: "/settings", icon: "settings", label: "nav.settings" });
    }
    places
}

#[component]
fn PlaceLink(place: Place, class: &'static str) -> impl IntoView {
    let l = use_lang();
    let path = use_location().pathname;
    let here = move || path.get().starts_with(place.href).then_some("page");
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
    let settings = session.has(Right::ManageSettings) || session.has(Right::ManageStaff);
    view! {
        <a class="skip-link" href="#main">{l.t("nav.skip")}</a>
        <div class="shell" on:click:capture=dropdown::on_choice>
            <nav class="sidenav" aria-label=l.t("nav.main")>
                <a class="brand" href="/customers">
                    <svg class="brand-mark" aria-hidden="true"><use href="/icons.svg#mark"></use></svg>
                    <span class="brand-name">{session.shop_name.clone()}</span>
                </a>
                <ul class="nav-list">
                    {places(settings).into_iter().map(|place| view! { <li><PlaceLink place class="nav-item"/></li> }).collect_view()}
                </ul>
            </nav>
            <header class="topbar">
                <NavToggle/>
                {top.run()}
                <div class="topbar-end">{end.run()}<Account/></div>
            </header>
            <main class="main" id="main" tabindex="-1">
                <Outlet/>
            </main>
            <nav class="tabbar" aria-label=l.t("nav.short")>
                {places(settings).into_iter().map(|place| view! { <PlaceLink place class="tabbar-item"/> }).collect_view()}
            </nav>
        </div>
    }
}

/// Who is logged in, and the way out.
#[component]
fn Account() -> impl IntoView {
    let l = use_lang();
    let Some(staff) = use_session().staff else { return ().into_any() };
    let help = use_key_help();
    view! {
        <details class="dropdown">
            <summary class="btn btn-ghost" aria-label=l.t("nav.account")>
                <span class="avatar" data-hue=(staff.id.0 % 12).to_string() aria-hidden="true">{initials(&staff.name)}</span>
            </summary>
            <div class="menu menu-end">
                <p class="menu-title">{staff.name.clone()} " · " {l.t(staff.role.label_key())}</p>
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
