//! The frame of a profile: opens the customer, shows the head above the tabs, and the tab that the address names.

use super::api::open_profile;
use super::head::{Banners, Head, SummaryStrip};
use super::{Profile, Tab};
use crate::base::i18n::use_lang;
use crate::base::{AppError, CustomerId, resource};
use crate::ui::ErrorState;
use crate::ui::not_found::NotFound;
use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_params_map;

/// What the tabs know of the customer whose profile they are in.
#[derive(Clone, Copy)]
pub struct ProfileContext {
    pub profile: RwSignal<Profile>,
    refresh: Callback<()>,
}

impl ProfileContext {
    /// Reads the head and the summary again, after a tab has changed something that they show. Does nothing where the profile
    /// has been left meanwhile.
    pub fn refresh(self) {
        let _ = self.refresh.try_run(());
    }
}

/// The profile around this tab.
#[must_use]
pub fn use_profile() -> ProfileContext {
    expect_context::<ProfileContext>()
}

/// Opens the customer whom the address names.
#[component]
pub fn ProfilePage(
    /// What stands under each tab.
    body: fn(Tab, CustomerId) -> AnyView,
    /// What stands beside the store credit in the summary strip.
    credit_act: fn(CustomerId) -> AnyView,
) -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<CustomerId>().ok()));
    let tab = Memo::new(move |_| Tab::parse(&params.with(|params| params.get("tab").unwrap_or_default())));
    let opened = resource(
        move || id.get(),
        |id| async move {
            let id = id.ok_or(AppError::NotFound)?;
            open_profile(id).await.map(|profile| (id, profile))
        },
    );
    let retry = Callback::new(move |()| opened.refetch());
    let show = move || {
        Suspend::new(async move {
            match opened.await {
                Ok((asked, profile)) => match tab.get_untracked().filter(|_| asked != profile.id) {
                    Some(tab) => survivor(profile.id, tab),
                    None => view! { <Frame profile tab body credit_act/> }.into_any(),
                },
                Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                Err(error) => view! { <div class="page"><ErrorState error on_retry=retry/></div> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <PageSkeleton/> }>{show}</Transition> }
}

/// Leads from a customer who has been merged away to the same tab of the survivor.
fn survivor(id: CustomerId, tab: Tab) -> AnyView {
    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
    view! { <Redirect path=tab.href(id) options/> }.into_any()
}

#[component]
fn Frame(
    profile: Profile,
    tab: Memo<Option<Tab>>,
    body: fn(Tab, CustomerId) -> AnyView,
    credit_act: fn(CustomerId) -> AnyView,
) -> impl IntoView {
    let id = profile.id;
    let opened_as = profile.name.clone();
    let profile = RwSignal::new(profile);
    let read = Action::new(move |(): &()| async move {
        // A failure leaves what is shown; the tab that asked says what went wrong.
        if let Ok(fresh) = open_profile(id).await {
            let _ = profile.try_set(fresh);
        }
    });
    let refresh = Callback::new(move |()| {
        read.dispatch(());
    });
    provide_context(ProfileContext { profile, refresh });
    let body = move || tab.get().map(|tab| body(tab, id));
    let known = Memo::new(move |_| tab.get().is_some());
    move || {
        if !known.get() {
            return view! { <NotFound/> }.into_any();
        }
        // The server writes the title when all else is rendered and disposed of, the signal too.
        let opened_as = opened_as.clone();
        let name = move || profile.try_with(|profile| profile.name.clone()).unwrap_or_else(|| opened_as.clone());
        view! {
            <Title text=name/>
            <div class="page">
                <Head/>
                <Banners/>
                <SummaryStrip credit_act/>
                <Tabs id tab/>
                {body}
            </div>
        }
        .into_any()
    }
}

#[component]
fn Tabs(id: CustomerId, tab: Memo<Option<Tab>>) -> impl IntoView {
    let l = use_lang();
    let profile = use_profile().profile;
    let link = move |each: Tab| {
        let count = move || {
            let counts = profile.with(|profile| profile.counts);
            let count = match each {
                Tab::Orders => counts.orders,
                Tab::Drafts => counts.drafts,
                Tab::Addresses => counts.addresses,
                Tab::GiftCards => counts.gift_cards,
                Tab::Notes => counts.notes,
                _ => 0,
            };
            (count > 0).then(|| view! { " " <span class="count">{l.integer(count)}</span> })
        };
        view! {
            <a class="tab" href=each.href(id) aria-current=move || (tab.get() == Some(each)).then_some("page")>
                {l.t(each.label_key())}
                {count}
            </a>
        }
    };
    let nav = NodeRef::<html::Nav>::new();
    // On a phone the tabs are wider than the screen.
    Effect::new(move || {
        let (Some(tab), Some(nav)) = (tab.get(), nav.get()) else { return };
        if let Ok(Some(link)) = nav.query_selector(&format!("a[href='{}']", tab.href(id))) {
            let near = web_sys::ScrollIntoViewOptions::new();
            near.set_block(web_sys::ScrollLogicalPosition::Nearest);
            near.set_inline(web_sys::ScrollLogicalPosition::Nearest);
            link.scroll_into_view_with_scroll_into_view_options(&near);
        }
    });
    view! {
        <nav class="tabs profile-tabs" aria-label=l.t("profile.tabs") node_ref=nav>{Tab::ALL.map(link)}</nav>
    }
}

#[component]
fn PageSkeleton() -> impl IntoView {
    view! {
        <div class="page" aria-busy="true">
            <header class="profile-head">
                <span class="skel skel-avatar"></span>
                <div class="profile-id">
                    <div class="profile-line"><span class="skel skel-title" data-w="4"></span></div>
                    <div class="profile-line"><span class="skel" data-w="6"></span></div>
                </div>
            </header>
            <span class="skel skel-block"></span>
        </div>
    }
}
