//! A customer's profile, put together: each tab belongs to a room, some of them to wings that the customers' may not know.

use crate::base::CustomerId;
use crate::commerce::credit::tab::{AddCredit, CreditTab};
use crate::commerce::drafts::tab::DraftsTab;
use crate::commerce::giftcards::tab::GiftCardsTab;
use crate::commerce::loyalty::tab::LoyaltyTab;
use crate::commerce::orders::tab::{LastOrderCard, OrdersTab};
use crate::customers::addresses::tab::AddressesTab;
use crate::customers::notes::tab::NotesTab;
use crate::customers::profile::Tab;
use crate::customers::profile::activity::ActivityTab;
use crate::customers::profile::details::DetailsTab;
use crate::customers::profile::overview::OverviewTab;
use crate::customers::profile::page::ProfilePage;
use crate::insight::analytics::AnalyticsTab;
use crate::insight::timeline::TimelineTab;
use crate::ui::lazy_page;
use leptos::prelude::*;

lazy_page!(
    /// `/customers/{id}` and `/customers/{id}/{tab}`.
    ProfileRoute,
    profile,
    profile_view
);

fn profile_view() -> AnyView {
    view! { <ProfilePage body credit_act=|id| view! { <AddCredit id/> }.into_any()/> }.into_any()
}

/// What stands under the tabs.
fn body(tab: Tab, id: CustomerId) -> AnyView {
    match tab {
        Tab::Overview => view! { <OverviewTab id><LastOrderCard id/></OverviewTab> }.into_any(),
        Tab::Details => view! { <DetailsTab id/> }.into_any(),
        Tab::Orders => view! { <OrdersTab id/> }.into_any(),
        Tab::Drafts => view! { <DraftsTab id/> }.into_any(),
        Tab::Addresses => view! { <AddressesTab id/> }.into_any(),
        Tab::Credit => view! { <CreditTab id/> }.into_any(),
        Tab::GiftCards => view! { <GiftCardsTab id/> }.into_any(),
        Tab::Loyalty => view! { <LoyaltyTab id/> }.into_any(),
        Tab::Notes => view! { <NotesTab id/> }.into_any(),
        Tab::Analytics => view! { <AnalyticsTab id/> }.into_any(),
        Tab::Timeline => view! { <TimelineTab id/> }.into_any(),
        Tab::Activity => view! { <ActivityTab id/> }.into_any(),
    }
}
