//! The document around every page.

use super::{AppState, current, pages::Appearance};
use super::{build, tab};
use crate::app::{App, Session};
use crate::base::i18n::{self, use_lang};
use crate::base::{Currency, Day, wire};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

/// The document. Everything it needs of the request stands in the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let lang = use_lang();
    let look = use_context::<Appearance>().unwrap_or_default();
    let session = session();
    let keys = session.staff.as_ref().filter(|staff| !staff.single_keys).map(|_| "off");
    let known = wire::write(&session).unwrap_or_default();
    let tab = tab::known(lang, &session);
    provide_context(session);
    let some = |text: String| (!text.is_empty()).then_some(text);
    view! {
        <!DOCTYPE html>
        <html
            lang=lang.code()
            data-theme=some(look.theme)
            data-density=some(look.density)
            data-nav=some(look.nav)
            data-keys=keys
            data-session=known
            data-messages=i18n::path(lang)
            data-tab=tab
        >
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <script nonce=leptos::nonce::use_nonce() src=tab::path()></script>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f7f4f6"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#141113"/>
                <HashedStylesheet options=options.clone() id="leptos"/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// What a page knows before it asks anything.
#[must_use]
pub fn session() -> Session {
    let Some(state) = use_context::<AppState>() else {
        // Only while the routes are listed.
        let currency = Currency::USD;
        return Session {
            staff: None,
            shop_name: String::new(),
            currency,
            time_zone: String::new(),
            today: Day(0),
            map_key: String::new(),
            build: String::new(),
        };
    };
    let settings = state.settings();
    let staff = current().map(|context| context.staff);
    Session {
        map_key: if staff.is_some() { settings.maps.google_key.clone() } else { String::new() },
        staff,
        shop_name: settings.name.clone(),
        currency: settings.base_currency,
        time_zone: settings.time_zone.clone(),
        today: state.today(),
        build: build::id().to_owned(),
    }
}
