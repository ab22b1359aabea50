//! The pages and actions of the palette.

use crate::app::Session;
use crate::customers::segments::list_page::may_edit_in;
use crate::office::staff::Right;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

/// What a line of the palette does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Goes to an address.
    Page(String),
    /// Shows the keyboard shortcuts.
    KeyHelp,
    LogOut,
}

/// A page or an action.
pub struct Place {
    pub icon: &'static str,
    /// The messages key of its name.
    pub label: &'static str,
    pub target: Target,
}

/// Those that the member may use.
#[must_use]
pub fn places(session: &Session) -> Vec<Place> {
    let page = |icon, label, href: &str| Place { icon, label, target: Target::Page(href.to_owned()) };
    let only = |right, place| session.has(right).then_some(place);
    [
        Some(page("users", "nav.customers", "/customers")),
        Some(page("filter", "nav.segments", "/segments")),
        Some(page("layers", "nav.groups", "/groups")),
        Some(page("tag", "nav.tags", "/tags")),
        Some(page("shopping-bag", "nav.orders", "/orders")),
        Some(page("gift", "nav.gift_cards", "/gift-cards")),
        only(Right::EditCustomers, page("user-plus", "list.add", "/customers/new")),
        may_edit_in(session).then(|| page("plus", "segments.new", "/segments/new")),
        only(Right::EditOrders, page("plus", "drafts.new", "/orders/new")),
        only(Right::ManageSettings, page("box", "products.title", "/products")),
        only(Right::ManageSettings, page("layers", "products.lists", "/products/lists")),
        only(Right::ManageSettings, page("percent", "promotions.title", "/promotions")),
        Some(page("megaphone", "campaigns.title", "/campaigns")),
        only(Right::SendCampaigns, page("plus", "composer.new", "/campaigns/new")),
        Some(page("send", "outbox.title", "/outbox")),
        only(Right::SendCampaigns, page("mail", "templates.title", "/templates")),
        only(Right::ManageSettings, page("settings", "nav.settings", "/settings")),
        only(Right::ManageSettings, page("mail", "settings.mail", "/settings/mail")),
        only(Right::ManageStaff, page("shield", "staff.title", "/settings/staff")),
        only(Right::ManageSettings, page("settings", "apikeys.title", "/settings/keys")),
        only(Right::ManageStaff, page("clock", "audit.title", "/settings/audit")),
        Some(page("user", "account.title", "/settings/account")),
        Some(Place { icon: "keyboard", label: "keys.title", target: Target::KeyHelp }),
        Some(Place { icon: "log-out", label: "nav.log_out", target: Target::LogOut }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Sends the form of the account menu, which every page has.
pub fn log_out() {
    let form = document().query_selector("form[action='/logout']").ok().flatten();
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        // Fails only for a form that is no form.
        let _ = form.submit();
    }
}
