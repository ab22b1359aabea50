//! The routes, and what every page knows.

mod profile;

use crate::base::{Currency, Day};
use crate::commerce::orders::list_page::OrdersRoute;
use crate::commerce::orders::page::OrderRoute;
use crate::customers::palette::view::Palette;
use crate::customers::profile::add::AddRoute;
use crate::office::jobs::{JobTray, RecentJobs, provide_job_tray};
use crate::office::settings::page::SettingsRoute;
use crate::office::staff::manage::StaffRoute;
use crate::office::staff::own::AccountRoute;
use crate::office::staff::{CurrentStaff, Right, pages::*};
use crate::ui::key_help::{KeyHelp, provide_key_help};
use crate::ui::layout::Layout;
use crate::ui::not_found::NotFound;
use crate::ui::toast::{ToastHost, provide_toasts};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, path};
use serde::{Deserialize, Serialize};

/// What every page knows before it asks anything: sent as an attribute of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `None` on the pages before login.
    pub staff: Option<CurrentStaff>,
    pub shop_name: String,
    pub currency: Currency,
    pub time_zone: String,
    /// The shop's calendar day.
    pub today: Day,
    /// Which build of the program this page belongs to.
    pub build: String,
}

impl Session {
    /// Whether the member who is logged in has a right; views hide what would be refused.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.staff.as_ref().is_some_and(|staff| staff.has(right))
    }
}

/// The session of this page.
#[must_use]
pub fn use_session() -> Session {
    expect_context::<Session>()
}

/// Tells builds apart, so that a tab of an older one knows to reload.
#[must_use]
pub fn build_id() -> &'static str {
    option_env!("CLIENTELE_BUILD").unwrap_or(env!("CARGO_PKG_VERSION"))
}

/// The routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    #[cfg(feature = "hydrate")]
    browser::provide();
    #[cfg(feature = "ssr")]
    if use_context::<Session>().is_none() {
        provide_context(crate::server::shell::session());
    }
    mark_hydrated();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/login") view=LogInPage ssr=leptos_router::SsrMode::Async/>
                <Route path=path!("/setup") view=SetUpPage ssr=leptos_router::SsrMode::Async/>
                <Route path=path!("/invite/:token") view=InvitePage ssr=leptos_router::SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("/customers") view=crate::customers::list::page::ListPage ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/orders") view={Lazy::<OrdersRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/orders/:id") view={Lazy::<OrderRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings") view={Lazy::<SettingsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/staff") view={Lazy::<StaffRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/account") view={Lazy::<AccountRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/customers/new") view={Lazy::<AddRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/customers/:id/:tab?") view={Lazy::<profile::ProfileRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The frame of pages after login, with the palette that finds everything.
#[component]
fn Frame() -> impl IntoView {
    provide_toasts();
    provide_job_tray();
    provide_key_help();
    view! {
        <Layout top=|| view! { <Palette/> } end=|| view! { <RecentJobs/> }/>
        <KeyHelp/>
        <ToastHost/>
        <JobTray/>
    }
}

/// Says so on the document once the page answers to clicks and keys: what tests wait for.
fn mark_hydrated() {
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
}

/// What the browser reads from the document before it hydrates.
#[cfg(feature = "hydrate")]
pub mod browser {
    use super::Session;
    use crate::base::i18n::Lang;
    use leptos::prelude::*;
    use std::cell::RefCell;
    use wasm_bindgen::JsCast;

    thread_local! {
        static LANG: RefCell<Option<Lang>> = const { RefCell::new(None) };
    }

    /// Loads the texts of the document's language, which the document has already asked for.
    pub async fn prepare() {
        let Some(root) = document().document_element() else { return };
        let code = root.get_attribute("lang").unwrap_or_default();
        let url = root.get_attribute("data-messages").unwrap_or_default();
        let json = fetch(&url).await.unwrap_or_default();
        LANG.with(|lang| *lang.borrow_mut() = Some(Lang::load(&code, &json)));
    }

    async fn fetch(url: &str) -> Option<String> {
        let response = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str(url)).await.ok()?;
        let response: web_sys::Response = response.dyn_into().ok()?;
        wasm_bindgen_futures::JsFuture::from(response.text().ok()?).await.ok()?.as_string()
    }

    /// Puts language and session into the context of the app.
    pub(super) fn provide() {
        if let Some(lang) = LANG.with(|lang| *lang.borrow()) {
            provide_context(lang);
        }
        let json = document().document_element().and_then(|root| root.get_attribute("data-session")).unwrap_or_default();
        if let Ok(session) = serde_json::from_str::<Session>(&json) {
            provide_context(session);
        }
    }
}
