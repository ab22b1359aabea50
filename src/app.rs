//! The routes, and what every page knows.

#[cfg(feature = "hydrate")]
pub mod browser;
mod profile;

use crate::base::{Currency, Day};
use crate::commerce::credit::statement::StatementRoute;
use crate::commerce::drafts::new_page::NewRoute as NewOrderRoute;
use crate::commerce::drafts::page::EditRoute as EditDraftRoute;
use crate::commerce::giftcards::page::GiftCardsRoute;
use crate::commerce::invoices::print::PrintRoute;
use crate::commerce::orders::list_page::OrdersRoute;
use crate::commerce::orders::page::OrderRoute;
use crate::commerce::products::lists_page::{PriceListRoute, PriceListsRoute};
use crate::commerce::products::page::ProductsRoute;
use crate::commerce::promotions::page::PromotionsRoute;
use crate::commerce::returns::page::ReturnsRoute;
use crate::customers::groups::list_page::GroupsRoute;
use crate::customers::groups::page::GroupRoute;
use crate::customers::list::rule_page::RuleRoute;
use crate::customers::palette::view::Palette;
use crate::customers::profile::add::AddRoute;
use crate::customers::segments::list_page::SegmentsRoute;
use crate::customers::segments::page::SegmentRoute;
use crate::customers::tags::page::TagsRoute;
use crate::messages::campaigns::list_page::CampaignsRoute;
use crate::messages::campaigns::page::CampaignRoute;
use crate::messages::composer::new_page::NewCampaignRoute;
use crate::messages::composer::page::ComposerRoute;
use crate::messages::outbox::list_page::OutboxRoute;
use crate::messages::outbox::page::MailRoute;
use crate::messages::templates::editor::TemplateRoute;
use crate::messages::templates::list_page::TemplatesRoute;
use crate::office::apikeys::page::ApiKeysRoute;
use crate::office::audit::page::AuditRoute;
use crate::office::jobs::{JobTray, RecentJobs, provide_job_tray};
use crate::office::settings::checkout_page::CheckoutRoute;
use crate::office::settings::mail_page::MailSettingsRoute;
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
use leptos_router::hooks::use_location;
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
    /// With which this page may show maps; empty where it may not.
    pub map_key: String,
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
    view! {
        <Router>
            <Destination/>
            <Routes fallback=NotFound>
                <Route path=path!("/login") view={Lazy::<LogInRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                <Route path=path!("/setup") view={Lazy::<SetUpRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                <Route path=path!("/invite/:token") view={Lazy::<InviteRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("/customers") view=crate::customers::list::page::ListPage ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/groups") view={Lazy::<GroupsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/groups/:id") view={Lazy::<GroupRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/segments") view={Lazy::<SegmentsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/segments/:id") view={Lazy::<SegmentRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/tags") view={Lazy::<TagsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/orders") view={Lazy::<OrdersRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/orders/new") view={Lazy::<NewOrderRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/orders/:id/edit") view={Lazy::<EditDraftRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/orders/:id") view={Lazy::<OrderRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/gift-cards") view={Lazy::<GiftCardsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/orders/:id/print") view={Lazy::<PrintRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/returns") view={Lazy::<ReturnsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/products") view={Lazy::<ProductsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/products/lists") view={Lazy::<PriceListsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/products/lists/:id") view={Lazy::<PriceListRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/promotions") view={Lazy::<PromotionsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/campaigns") view={Lazy::<CampaignsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/campaigns/new") view={Lazy::<NewCampaignRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/campaigns/:id/edit") view={Lazy::<ComposerRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/campaigns/:id") view={Lazy::<CampaignRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/outbox") view={Lazy::<OutboxRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/outbox/:id") view={Lazy::<MailRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/templates") view={Lazy::<TemplatesRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/templates/:name") view={Lazy::<TemplateRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings") view={Lazy::<SettingsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/checkout") view={Lazy::<CheckoutRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/mail") view={Lazy::<MailSettingsRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/staff") view={Lazy::<StaffRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/keys") view={Lazy::<ApiKeysRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/audit") view={Lazy::<AuditRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/settings/account") view={Lazy::<AccountRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/customers/rule") view={Lazy::<RuleRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/customers/new") view={Lazy::<AddRoute>::new()} ssr=leptos_router::SsrMode::Async/>
                    <Route path=path!("/customers/:id/credit/statement") view={Lazy::<StatementRoute>::new()} ssr=leptos_router::SsrMode::Async/>
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

/// Keeps on the document where one is going: the address bar changes only when the page has been loaded, and `tab.js` asks
/// the server for this address where its code cannot be loaded.
#[component]
fn Destination() -> impl IntoView {
    let location = use_location();
    Effect::new(move || {
        let search = location.search.get();
        let mark = if search.is_empty() { "" } else { "?" };
        let going = format!("{}{mark}{}", location.pathname.get(), search.trim_start_matches('?'));
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-going", &going);
        }
    });
}
